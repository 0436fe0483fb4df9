"""What people write under load, and how an answer to it is recognised in their chat."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.model.language import Language

Door = Literal["telegram", "webchat"]
Kind = Literal["question", "press", "media", "case", "emergency"]

QUESTIONS: Final[Mapping[str, Mapping[Language, str]]] = {
    "opening": {
        "en": "What time is the opening?",
        "ar": "متى الجلسة الافتتاحية؟",
        "vi": "Lễ khai mạc lúc mấy giờ?",
    },
    "prayer": {"en": "Where is the prayer room?", "ar": "أين غرفة الصلاة؟", "vi": "Phòng cầu nguyện ở đâu?"},
    "wifi": {"en": "wifi password", "ar": "كلمة سر الواي فاي", "vi": "mật khẩu wifi là gì?"},
    "breakfast": {"en": "what time is breakfast", "ar": "متى الفطور؟", "vi": "Ăn sáng lúc mấy giờ?"},
}
PRESSES: Final = {"today": "command:today"}
CASES: Final[Mapping[Language, str]] = {
    "en": "The air conditioning in my room does not work, nobody came {token}",
    "ar": "التكييف في غرفتي لا يعمل ولم يأت أحد {token}",
    "vi": "Máy lạnh trong phòng tôi bị hỏng, gọi mãi không ai đến {token}",
}
EMERGENCIES: Final[Mapping[Language, str]] = {
    "en": "My colleague collapsed and is not breathing {token}",
    "ar": "زميلي فقد الوعي ولا يتنفس {token}",
    "vi": "Bạn tôi bất tỉnh và không thở {token}",
}
MARKS: Final[Mapping[str, re.Pattern[str]]] = {
    "today": re.compile("18:00–22:00"),
    "opening": re.compile("07:45"),
    "prayer": re.compile("04:30–23:00"),
    "wifi": re.compile("AP11-Delegates"),
    "breakfast": re.compile("06:00–10:00"),
    "media": re.compile("^(I can only read what|لا أقرأ إلا النص|Tôi chỉ đọc được chữ)"),
}
"""Words that stand in the answer to this and in no other."""
REFUSALS: Final = re.compile("^(I could not keep|لم أتمكن من|Vừa rồi tôi chưa lưu được)")
"""A stated refusal while the store is out of order: said past the outbox, and so in no history."""
_NOBODY_HAS_IT: Final = re.compile("^(I could not keep your message|لم أتمكن من حفظ رسالتك|Lúc này tôi chưa lưu)")


def past_the_outbox(text: str) -> bool:
    """What is said while the store is out of order: a stated refusal, or the telephone number with no word of an alarm."""
    lines = bare(text).strip().split("\n")
    return bool(REFUSALS.match(text)) or all(line.startswith("☎") or _NOBODY_HAS_IT.match(line) for line in lines)


NUMBER: Final = re.compile(r"(?:#|رقم |số )([1-9]\d*)")
_UNSEEN: Final = re.compile("[\u2066-\u2069\u200e\u200f]")


@dataclass(slots=True, eq=False)
class Sent:
    """One input of a delegate."""

    id: str
    """Names it in a report; also its token, for kinds that reach staff."""
    chat: str
    door: Door
    kind: Kind
    mark: str
    """The answer that is owed, for kinds that are answered by the bot."""
    at: float
    confirmed: float | None = None
    """When the web page's tick appeared, or Telegram's copy was let go."""
    offered: int = 1
    """How often it was put before the desk on purpose."""


@dataclass(slots=True, eq=False)
class Said:
    """One reply of staff."""

    id: str
    """Its token."""
    ticket: int
    lane: Literal["telegram", "console"]
    at: float
    confirmed: float | None = None
    refused: str = ""
    """Why the desk did not take it, as it told the member of staff."""


@dataclass(slots=True)
class Seen:
    """One message as it stands in a delegate's chat."""

    text: str
    at: float
    own: str = ""
    """The page's own id, for the delegate's own lines."""
    author: str = "desk"


@dataclass(slots=True, eq=False)
class Chat:
    """Somebody who writes, through one door."""

    key: str
    door: Door
    language: Language
    role: Literal["asks", "needs people"]
    sent: list[Sent] = field(default_factory=list)
    last: float = 0.0
    busy: bool = False


def bare(text: str) -> str:
    """Without the invisible letters that keep directions apart."""
    return _UNSEEN.sub("", text)


def mark_of(text: str) -> str:
    """Which answer this is; empty for none of those that are asked for."""
    return next((name for name, mark in MARKS.items() if mark.search(bare(text))), "")

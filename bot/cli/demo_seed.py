"""The people of the demonstration: delegates who write, and staff who answer, slowly enough to watch; it ends by itself.

Everything goes the way that it goes at a conference, through the same doors of the desk; only the wires are missing. It is
not played where a real staff group is connected: nobody shall be rung for an invented emergency.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.channels.webchat.sessions import CHANNEL, ChatSession, ChatSessions
from bot.model.errors import DeskError
from bot.model.language import Language
from bot.model.messages import Inbound, InboundId, Sender
from bot.model.people import Address
from bot.model.tickets import StaffAction, Ticket, Verb
from bot.ports import Accept, Act, Store
from bot.staff.list import StaffList
from bot.transports.web_cookies import new_token

log = structlog.get_logger("demo")


@dataclass(frozen=True, slots=True)
class Writes:
    """A delegate writes, so many seconds after the start."""

    after: float
    key: int
    """Who: the same number is the same person."""
    name: str
    language: Language
    text: str


@dataclass(frozen=True, slots=True)
class Does:
    """Somebody at reception does something to the newest request of a delegate."""

    after: float
    staff: str
    verb: Verb
    key: int
    text: str = ""
    answer: str = ""
    minutes: int = 0
    """Of a promise, or of putting aside."""


DESK: Final = "Reception"
MEDICAL: Final = "Medical team"
PLAY: Final[tuple[Writes | Does, ...]] = (  # all invented
    Writes(0, 1, "Delegate, Fiji", "en", "What time is the opening and where?"),
    Writes(0, 2, "Delegate, Jordan", "ar", "اسمي غير موجود في قائمة البطاقات عند التسجيل"),
    Writes(0, 3, "Khách mời, Huế", "vi", "Đoàn tôi muốn xin một phòng họp song phương chiều nay"),
    Writes(0, 4, "Delegate, Nepal", "en", "The air conditioning in my room does not work, nobody came"),
    Does(15, DESK, "claim", 2),
    Writes(25, 5, "Delegate, Lebanon", "ar", "أين غرفة الصلاة؟"),
    Does(32, DESK, "reply", 2, answer="canned:which-name"),
    Writes(45, 6, "Delegate, Samoa", "en", "My flight home was moved to Friday morning, can the car be changed?"),
    Writes(52, 2, "Delegate, Jordan", "ar", "الاسم كما في الدعوة: ليلى حداد"),
    Does(62, DESK, "reply", 2, answer="canned:badge-added"),
    Does(70, DESK, "resolve", 2),
    Writes(80, 7, "Khách mời, Hà Nội", "vi", "Tối mai xe ra Hồ Văn chạy lúc mấy giờ?"),
    Does(88, "Lễ tân đêm", "promise", 3, "phòng họp", minutes=30),
    Writes(100, 8, "Delegate, Kenya", "en", "Help, my friend cannot breathe! Lobby, next to the lifts"),
    Does(170, MEDICAL, "claim", 8),  # by now it has rung twice and called everybody
    Does(178, MEDICAL, "reply", 8, "We are coming to the lobby now. Stay with your friend."),
    Does(190, DESK, "note", 4, "The hotel's engineer is told."),
    Does(198, DESK, "reply", 4, "The hotel sends an engineer to your room now."),
    Does(240, MEDICAL, "note", 8, "With the doctor, awake and breathing."),
    Does(250, MEDICAL, "resolve", 8),
)


@dataclass(frozen=True)
class Replay:
    store: Store
    accept: Accept
    act: Act
    staff: StaffList
    now: Callable[[], datetime]

    async def run(self) -> None:
        """Play it, each at its time; ends after the last. The chats are open, so answers reach them."""
        begun = asyncio.get_running_loop().time()
        for number, part in enumerate(PLAY, 1):
            await asyncio.sleep(max(0.0, begun + part.after - asyncio.get_running_loop().time()))
            if isinstance(part, Writes):
                await self.write(number, part)
            else:
                await self.do(number, part)

    async def write(self, number: int, part: Writes) -> None:
        sessions, address = ChatSessions(self.store, None), _address(part.key)
        if not await sessions.lives(address.key):
            await sessions.keep(ChatSession(address.key, new_token()), self.now())
        sender = Sender(address, part.name, part.language)
        await self.accept(Inbound(InboundId(f"demo:{number}"), sender, self.now(), text=part.text))

    async def do(self, number: int, part: Does) -> None:
        """What whoever looks on has done meanwhile goes first: a deed that is refused is left out."""
        ticket = await self._newest(part.key)
        if ticket is None or ticket.owner_name not in ("", part.staff):
            return
        now = self.now()
        until = now + timedelta(minutes=part.minutes) if part.minutes else None
        try:
            person = await self.staff.named(part.staff)
            await self.act(
                StaffAction(
                    f"demo:{number}",
                    ticket.id,
                    person.acting("console"),
                    part.verb,
                    now,
                    part.text,
                    answer=part.answer,
                    until=until,
                )
            )
        except DeskError as refused:
            log.info("demo_left_out", ticket=ticket.id, why=type(refused).__name__)

    async def _newest(self, key: int) -> Ticket | None:
        mine = [
            one for one in await self.store.tickets(include_resolved=True) if one.delegate == _address(key).delegate
        ]
        return max(mine, key=lambda one: one.id, default=None)


def _address(key: int) -> Address:
    return Address(CHANNEL, f"demo-{key}")

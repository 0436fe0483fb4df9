"""Small stand-ins for what lies behind the doors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from telegram import Update

from bot.i18n.translator import Speaker, Speakers
from bot.model.content import Event, Library, Origin, Snapshot, Team, Topic
from bot.model.language import Text
from bot.model.messages import Lane, Message, Outbound, OutboundId, Relay, ShowTicket
from bot.model.people import Address
from bot.model.rich import Rich, plain
from bot.transports.telegram import TelegramConnection
from tests.patience import PATIENCE

NOW = datetime(2023, 11, 21, 7, 40, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
VIETNAMESE = {"Claim": "Nhận", "Reopen": "Mở lại", "{name} is helping": "{name} đang hỗ trợ"}


def _speaker(language: str, said: dict[str, str]) -> Speaker:
    return Speaker(language, said, {}, lambda _: 0)  # type: ignore[arg-type]


SPEAKERS: Speakers = {"en": _speaker("en", {}), "ar": _speaker("ar", {}), "vi": _speaker("vi", VIETNAMESE)}


def text(en: str, vi: str = "", ar: str = "") -> Text:
    return Text(en, vi or en, ar or en)


def _topic(name: str, team: str, title: Text) -> Topic:
    return Topic(name, name.partition(".")[0], team, "normal", "none", title, "x.yaml", 1)


def snapshot() -> Snapshot:
    names = {"reception": "Lễ tân", "medical": "Y tế"}
    event = Event(
        id="ap11", name=text("The Conference", "Hội nghị", "المؤتمر"), short="AP-11",
        zone=ZoneInfo("Asia/Ho_Chi_Minh"), languages=("en", "ar", "vi"),
        starts=date(2023, 11, 19), ends=date(2023, 11, 23), currency="VND",
        teams={key: Team(key, text(key.title(), said)) for key, said in names.items()}, nights=None,
        venue="hotel", desk="lobby", programme_updated=NOW, audiences={}, facts={}, places={}, contacts={},
        sessions={}, lines={},
    )  # fmt: skip
    topics = {
        "badge.lost": _topic("badge.lost", "reception", text("Lost badge", "Mất thẻ")),
        "medical.unwell": _topic("medical.unwell", "medical", text("Feeling unwell", "Không khỏe")),
    }
    library = Library(topics, (), {}, {}, {}, {})
    return Snapshot(event, library, "1", {})


ORIGIN = Origin("sample", "tests", date(2023, 11, 19))


def row(
    chat: int, said: Message | Rich | str, *, number: int = 1, lane: Lane = Lane.REPLY, replaces: str = ""
) -> Outbound:
    if isinstance(said, str):
        said = plain(said)
    body = said if isinstance(said, Message) else Message(said, "en")
    to = Address("telegram", str(chat))
    return Outbound(OutboundId(f"row{number}"), to, lane, body, NOW, NOW, replaces=replaces)


def ticket_row(to: Address, body: ShowTicket | Relay, number: int = 1) -> Outbound:
    return Outbound(OutboundId(f"t{number}"), to, Lane.TICKET, body, NOW, NOW, ticket=body.ticket)


@asynccontextmanager
async def receiving(connection: TelegramConnection, handle: Callable[[Update], Awaitable[None]]) -> AsyncIterator[None]:
    """The receiving loop runs meanwhile."""
    loop = asyncio.create_task(connection.receive(handle))
    try:
        yield
    finally:
        loop.cancel()
        await asyncio.wait([loop])


async def until(true: Callable[[], object], patience: float = PATIENCE) -> None:
    async with asyncio.timeout(patience):
        while not true():  # noqa: ASYNC110 -- what is waited for has no bell
            await asyncio.sleep(0.005)


def utc(second: int) -> datetime:
    return datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)

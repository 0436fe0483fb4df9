"""The Telegram doors at one end, the fake Telegram at the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest
from telegram import Update

from bot.channels.telegram import TelegramDoor
from bot.model.errors import StoreUnavailable
from bot.model.messages import Inbound
from bot.transports.telegram import Patience, TelegramConnection
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.fakes.telegram import FakeTelegram
from tests.unit.telegram.desk import NOW, SPEAKERS

QUICK = Patience(long_poll=2.0, network=(0.02, 0.05), conflict=(0.05, 0.1), token=0.05, store=0.02, slow=0.05)


@pytest.fixture
async def tg() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def connect(tg: FakeTelegram) -> Callable[[], TelegramConnection]:
    return lambda: TelegramConnection(tg.token, now=lambda: datetime.now(UTC), api_url=tg.url, patience=QUICK)


@pytest.fixture
async def connection(connect: Callable[[], TelegramConnection]) -> AsyncIterator[TelegramConnection]:
    async with connect() as opened:
        yield opened


@pytest.fixture
def store() -> DocumentStore:
    return DocumentStore(MemoryTables())


class Desk:
    """Accepts messages and remembers them; closed while ``closed``."""

    def __init__(self) -> None:
        self.accepted: list[Inbound] = []
        self.closed = False
        self.tries = 0

    async def accept(self, inbound: Inbound) -> None:
        self.tries += 1
        if self.closed:
            raise StoreUnavailable("disk full")
        self.accepted.append(inbound)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def door(connection: TelegramConnection, desk: Desk) -> TelegramDoor:
    return TelegramDoor(connection, desk.accept, speakers=SPEAKERS, now=lambda: NOW)


Handle = Callable[[Update], Awaitable[None]]

"""A staff list in memory, with a clock that stands still until it is moved."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from bot.model.people import Role
from bot.staff.credentials import Credentials, Setup
from bot.staff.list import StaffList
from bot.staff.people import Person
from storage.documents import DocumentStore
from storage.memory import MemoryTables

PASSWORD = "giraffe lantern otter plum"
NOON = datetime(2023, 11, 21, 12, tzinfo=UTC)


@dataclass
class Watch:
    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def code_of(secret: str, now: datetime, steps: int = 0) -> str:
    """What the app shows."""
    totp = TOTP(base64.b32decode(secret), 6, SHA1(), 30)  # noqa: S303 -- what apps do
    return totp.generate(int(now.timestamp()) + 30 * steps).decode()


@dataclass
class Office:
    watch: Watch = field(default_factory=Watch)
    store: DocumentStore = field(default_factory=lambda: DocumentStore(MemoryTables()))

    def __post_init__(self) -> None:
        self.staff = StaffList(self.store, self.watch)
        self.credentials = Credentials(self.staff, self.watch.now)
        self.setup = Setup("", "")
        self.recovery: list[str] = []

    async def chief(self, name: str = "Chief") -> Person:
        """An administrator who has set up everything."""
        person = await self.staff.add(name, roles=[Role.ADMIN])
        self.setup = await self.credentials.begin(person)
        code = code_of(self.setup.secret, self.watch.now())
        person, self.recovery = await self.credentials.finish(self.setup.token, PASSWORD, code)
        self.watch.pass_(60)
        return person

    def code(self, steps: int = 0) -> str:
        return code_of(self.setup.secret, self.watch.now(), steps)

    async def record(self) -> list[str]:
        return [line.event.what async for line in self.store.audit_trail()]


@pytest.fixture
def office() -> Office:
    return Office()

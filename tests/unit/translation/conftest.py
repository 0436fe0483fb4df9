"""A translation service on this machine, and the room that asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.model.language import Language
from bot.model.messages import TicketId
from bot.model.people import Address
from bot.model.tickets import Priority, Secrecy, Ticket
from bot.ports import Awaits
from bot.translation.machine import MachineTranslation
from bot.transports.libretranslate import LibreTranslate
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.fakes.libretranslate import FakeLibreTranslate, served

QUESTION = "أين حقيبتي الزرقاء؟"
WHO = Address("webchat", "amina")


def guess(text: str, chat: Language) -> tuple[Language, bool]:
    """Sure of Arabic letters only."""
    return ("ar", True) if any("\u0620" <= letter <= "\u064a" for letter in text) else (chat, False)


@dataclass
class Room:
    fake: FakeLibreTranslate
    machine: MachineTranslation
    store: DocumentStore
    ticket: Ticket
    now: list[float]
    allowed: set[Secrecy]
    come: list[str] = field(default_factory=list)

    def passes(self, seconds: float) -> None:
        self.now[0] += seconds

    def awaits(self, place: str = "card") -> Awaits:
        async def come() -> None:
            self.come.append(place)

        return Awaits(place, come)

    def known(self, text: str = QUESTION, **more: Any) -> dict[Language, str]:
        ticket, chat = more.pop("ticket", self.ticket), more.pop("chat", "ar")
        return dict(self.machine.known(text, ticket, more.pop("into", ("en",)), chat=chat, **more))

    async def works_off(self) -> None:
        """Everything that is wished for now, once."""
        for _ in range(len(self.machine.wishes)):
            await self.machine.fulfil(await self.machine.wishes.take())

    async def saves(self, **changes: Any) -> Ticket:
        async with self.store.transaction(WHO.delegate) as tx:
            self.ticket = await tx.save_ticket(replace(self.ticket, **changes))
        return self.ticket


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    store, now, allowed = DocumentStore(MemoryTables()), [1_000.0], set[Secrecy]()
    made = Ticket(
        TicketId(0), WHO.delegate, WHO, "ar", "reception", Priority.NORMAL, datetime.now(UTC), QUESTION
    )  # fmt: skip
    async with store.transaction(WHO.delegate) as tx:
        ticket = await tx.add_ticket(made)
    async with served(FakeLibreTranslate(key="k3y-of-the-service")) as fake:
        async with LibreTranslate(fake.url, fake.key, patience=5.0) as service:
            machine = MachineTranslation(service, store, guess, lambda: frozenset(allowed), ticks=lambda: now[0])
            yield Room(fake, machine, store, ticket, now, allowed)
        assert fake.violations == []

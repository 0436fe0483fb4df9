"""The staff group and staff's own chats, with the real desk and the real catalogs behind them; only understanding is a stand-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any, Final

from bot.desk.staff import StaffDesk
from bot.desk.turn import Turn
from bot.i18n.translator import Speakers, load_speakers
from bot.model.content import Canned, Snapshot
from bot.model.errors import DeskError
from bot.model.language import Language, Text
from bot.model.messages import Entry, InboundId, Message, Outbound, Receipt, TicketId
from bot.model.people import Address, Delegate, Role
from bot.model.rich import letters, plain
from bot.model.tickets import Priority, Ticket
from bot.ports import Translator
from bot.reception.telegram import TelegramReception
from bot.reception.telegram.doing import DutyRoom
from bot.settings import locales_root
from bot.staff.list import StaffList
from bot.tickets.roster import OnDuty, Said
from bot.transports.telegram import TelegramConnection
from storage.documents import DocumentStore
from tests.fakes.telegram import FakeTelegram, Group, Person
from tests.unit.telegram.desk import NOW, receiving, snapshot

AMINA: Final = Address("webchat", "amina")


CANNED: Final = (
    Canned(
        "found", Text("Found it", "Đã tìm thấy", "وجدناه"),
        Text("Your badge is at the desk.", "Thẻ của quý vị ở bàn lễ tân.", "بطاقتك في المكتب."),
    ),
    Canned(
        "coming", Text("Somebody is coming", "Có người đang đến", "أحدنا قادم"),
        Text("We come in {{ fill.minutes }}.", "{{ fill.minutes }} nữa chúng tôi đến.",
             "نصل بعد {{ fill.minutes }}."),
    ),
    Canned(
        "where", Text("Where are you?", "Quý vị ở đâu?", "أين أنت؟"),
        Text("Where are you?", "Quý vị đang ở đâu?", "أين أنت الآن؟"), asks=True,
    ),
    Canned(
        "place", Text("Come to …", "Mời đến …", "تفضّل إلى …"),
        Text("Come to {{ fill.place }}.", "Mời đến {{ fill.place }}.", "تفضّل إلى {{ fill.place }}."),
    ),
)  # fmt: skip


@cache
def speakers() -> Speakers:
    return load_speakers(locales_root())


def content() -> Snapshot:
    small = snapshot()
    return replace(small, library=replace(small.library, canned={one.id: one for one in CANNED}))


class Noon:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


def _guess(text: str, chat: Language) -> Any:
    """Sure of what is written in Arabic letters or in English sentences."""
    del chat
    arabic = any("\u0600" <= letter <= "\u06ff" for letter in text)
    return SimpleNamespace(language="ar" if arabic else "en", sure=len(text) > 8)


@dataclass
class Delegates:
    """The delegates' door: what they read."""

    read: list[str] = field(default_factory=list)
    blocked: bool = False

    async def deliver(self, row: Outbound) -> Receipt:
        assert isinstance(row.body, Message)
        self.read.append(letters(row.body.text, isolate=False))
        return Receipt((f"m{len(self.read)}",))


class RealDesk:
    def __init__(
        self,
        tg: FakeTelegram,
        connection: TelegramConnection,
        store: DocumentStore,
        translator: Translator | None = None,
    ) -> None:
        self.tg, self.connection, self.store = tg, connection, store
        self.group: Group = tg.forum("Desk", ["Lan", "Minh"])
        self.clock = Noon()
        self.snapshot, self.speakers = content(), speakers()
        self.staff = StaffList(store, self.clock)
        self.on_duty: list[OnDuty] = []
        self.said: list[tuple[str, Said]] = []
        self.may_open: list[bool] = []
        engine: Any = SimpleNamespace(snapshot=self.snapshot, language=_guess)
        self.lanes = (Address("reception-telegram", str(self.group.id)), Address("reception-direct", "duty"))
        self.desk = StaffDesk(store, lambda: engine, self.speakers, self.clock, self.lanes, translator=translator)
        self.engine = engine
        self.reception = TelegramReception(
            connection, self.group.id, store=store, act=self.desk.act, speakers=self.speakers,
            snapshot=lambda: self.snapshot, now=self.clock.now, may_open=self.may_open.append,
            duty=DutyRoom(self._people, self._say), translator=translator,
        )  # fmt: skip
        self.delegates = Delegates()
        self.failed: list[str] = []
        self.doors: dict[str, Any] = {
            "webchat": self.delegates,
            **{door.name: door for door in (self.reception, self.reception.fan, self.reception.personal)},
        }
        self._lines = 0

    async def _people(self) -> Sequence[OnDuty]:
        return self.on_duty

    async def _say(self, name: str, said: Said) -> None:
        self.said.append((name, said))

    # ---------------------------------------------------------------- people

    async def clerk(self, name: str, *roles: Role, language: Language = "en", team: str = "reception") -> Person:
        """Somebody on the list who is in the group, is on duty, and has pressed Start."""
        person = next((one for one in self.group.staff if one.name == name), None) or await self.group.joins(name)
        held = frozenset(roles) or frozenset({Role.DESK})
        await self.staff.add(name, roles=held, language=language, telegram=person.id)
        self.on_duty.append(OnDuty(name, (team,), held, (language,), here=True))
        alone = person.in_private()
        alone.chat.started = True
        return alone

    # ---------------------------------------------------------------- tickets

    async def opens(self, question: str = "I lost my badge", **changes: Any) -> Ticket:
        """A delegate's ticket; every lane has shown it afterwards."""
        made = Ticket(
            TicketId(0), AMINA.delegate, AMINA, "ar", "reception", Priority.NORMAL, self.clock.now(), question,
            topic="badge.lost", delegate_name="Amina Khalil",
        )  # fmt: skip
        async with self.store.transaction(AMINA.delegate) as tx:
            turn = self.turn(tx, "opens")
            await tx.save_delegate(turn.delegate)
            ticket = await tx.add_ticket(replace(made, **changes))
            await turn.show(ticket)
        await self.runs()
        return await self.ticket(ticket.id)

    async def writes(self, ticket: Ticket, text: str) -> None:
        """The delegate adds a line."""
        async with self.store.transaction(AMINA.delegate) as tx:
            self._lines += 1
            turn = self.turn(tx, f"line{self._lines}")
            said = Entry(0, AMINA.delegate, self.clock.now(), "delegate", Message(plain(text), "ar"))
            turn.heard = await tx.append(said)
            fresh = await tx.ticket(ticket.id)
            assert fresh is not None
            await turn.join(fresh)
        await self.runs()

    def turn(self, tx: Any, cause: str) -> Turn:
        delegate = Delegate(AMINA.delegate, AMINA, "ar", self.clock.now())
        return Turn(
            tx, delegate, self.engine, self.speakers["ar"], self.clock.now(), AMINA, self.lanes, InboundId(cause)
        )

    async def ticket(self, number: int = 1) -> Ticket:
        found = await self.store.ticket(TicketId(number))
        assert found is not None
        return found

    # ---------------------------------------------------------------- time

    async def runs(self) -> None:
        """Everything that waits in the outbox leaves, or fails for good."""
        for _ in range(50):
            later = self.clock.now() + timedelta(minutes=1)
            rows = await self.store.claim_outbox(limit=20, now=later, lease=timedelta(seconds=5))
            if not rows:
                return
            for row in rows:
                try:
                    receipt = await self.doors[row.to.channel].deliver(row)
                except DeskError as error:
                    self.failed.append(f"{row.to.channel}: {error}")
                    await self.store.undeliverable(row, str(error))
                else:
                    await self.store.delivered(row, receipt, self.clock.now())
        raise AssertionError("the outbox never empties")

    async def hears(self) -> None:
        """What people did arrives, and all that follows from it happens."""

        async def handle(update: Any) -> None:
            await self.reception.receive(update)

        async with receiving(self.connection, handle):
            await self.tg.settled()
        await self.runs()

"""Both Telegram doors, the outbox and a store, against a Telegram with people in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from telegram import Update

from bot.channels.telegram import TelegramDoor
from bot.clock import RealClock, real_now
from bot.model.errors import Refused
from bot.model.messages import (
    Button,
    Entry,
    Inbound,
    InboundId,
    Lane,
    Message,
    Outbound,
    OutboundId,
    Relay,
    ShowTicket,
    TicketId,
)
from bot.model.people import Address
from bot.model.rich import Rich, Span, plain
from bot.model.tickets import Priority, StaffAction, Ticket, TicketState
from bot.outbox.dispatcher import Dispatcher
from bot.outbox.limits import Pace
from bot.ports import Channel
from bot.reception.telegram import TelegramReception
from bot.transports.telegram import Patience, TelegramConnection
from bot.transports.telegram_webhook import TelegramWebhook
from storage.documents import DocumentStore, DocumentTransaction
from storage.memory import MemoryTables
from tests.fakes.loopback import served
from tests.fakes.telegram import FakeTelegram, Group, Limits
from tests.patience import Stopwatch
from tests.unit.telegram.desk import SPEAKERS, snapshot

QUICK = Patience(long_poll=2.0, network=(0.02, 0.05), conflict=(0.05, 0.1), token=0.05, store=0.02, slow=0.05)
CLOCK = RealClock(ZoneInfo("Asia/Ho_Chi_Minh"))


@dataclass
class SmallDesk:
    """The least desk there can be: a question about a badge becomes a ticket, anything else is echoed."""

    store: DocumentStore
    lane: Address
    handled: list[InboundId] = field(default_factory=list)

    async def accept(self, inbound: Inbound) -> None:
        address = inbound.sender.address
        async with self.store.transaction(address.delegate) as tx:
            if await tx.known(inbound.id, now=real_now(), until=real_now() + timedelta(days=2)):
                return
            self.handled.append(inbound.id)
            said = Message(plain(inbound.text), "en")
            tickets = await tx.open_tickets()
            entry = await tx.append(
                Entry(0, address.delegate, CLOCK.now(), "delegate", said, ticket=tickets[0].id if tickets else None)
            )
            if tickets:
                await self._to_staff(tx, tickets[0], Relay(tickets[0].id, entry.seq), inbound.id)
            elif "badge" in inbound.text:
                await self._open(tx, inbound)
            else:
                menu = ((Button("Person", "command:human"),),) if inbound.command else ()
                await self._say(
                    tx, address, (Span("You said: "), Span(inbound.text or inbound.press, "value")), inbound.id, menu
                )

    async def _open(self, tx: DocumentTransaction, inbound: Inbound) -> None:
        address = inbound.sender.address
        ticket = await tx.add_ticket(
            Ticket(
                id=TicketId(0),
                delegate=address.delegate,
                address=address,
                language=inbound.sender.language_hint or "en",
                team="reception",
                priority=Priority.NORMAL,
                opened_at=CLOCK.now(),
                question=inbound.text,
                topic="badge.lost",
                delegate_name=inbound.sender.name,
            )
        )
        await self._to_staff(tx, ticket, ShowTicket(ticket.id), inbound.id)
        await self._say(tx, address, plain(f"Your request is #{ticket.id}."), inbound.id)

    async def act(self, action: StaffAction) -> Ticket:
        known = await self.store.ticket(action.ticket)
        if known is None:
            raise Refused("There is no request #{number}.", number=str(action.ticket))
        async with self.store.transaction(known.delegate) as tx:
            ticket = await tx.ticket(action.ticket)
            assert ticket is not None
            if await tx.known(InboundId(action.id), now=real_now(), until=real_now() + timedelta(days=2)):
                return ticket
            if action.verb == "reply":
                said = (Span("Reception: ", "bold"), Span(action.text, "value"))
                await self._say(tx, ticket.address, said, InboundId(action.id))
                return ticket
            state = {"claim": TicketState.CLAIMED, "resolve": TicketState.RESOLVED}[action.verb]
            ticket = await tx.save_ticket(replace(ticket, state=state, owner=action.by.id, owner_name=action.by.name))
            await self._to_staff(tx, ticket, ShowTicket(ticket.id), InboundId(action.id))
            return ticket

    async def _say(
        self, tx: DocumentTransaction, to: Address, said: Rich, cause: str, menu: tuple[tuple[Button, ...], ...] = ()
    ) -> None:
        now = CLOCK.now()
        body = Message(said, "en", menu)
        await tx.enqueue(Outbound(OutboundId(f"{cause}>d"), to, Lane.REPLY, body, now, now, delegate=to.delegate))

    async def _to_staff(self, tx: DocumentTransaction, ticket: Ticket, body: ShowTicket | Relay, cause: str) -> None:
        now, row = CLOCK.now(), OutboundId(f"{cause}>s")
        await tx.enqueue(
            Outbound(row, self.lane, Lane.TICKET, body, now, now, delegate=ticket.delegate, ticket=ticket.id)
        )


class House:
    """What the application does with the doors, without the rest of it."""

    def __init__(self, tg: FakeTelegram, group: Group, *, webhook: bool = False) -> None:
        self.tg = tg
        self.store = DocumentStore(MemoryTables())
        self.desk = SmallDesk(self.store, Address("reception-telegram", str(group.id)))
        self._staff_chat = group.id
        self._webhook = webhook

    @asynccontextmanager
    async def open(self) -> AsyncIterator[TelegramConnection]:
        """Everything runs until the block ends, which is as sudden as a kill for whatever is under way."""
        async with AsyncExitStack() as stack:
            connection = TelegramConnection(
                self.tg.token, now=lambda: datetime.now(UTC), api_url=self.tg.url, patience=QUICK
            )
            await stack.enter_async_context(connection)
            door = TelegramDoor(connection, self.desk.accept, speakers=SPEAKERS, now=CLOCK.now)
            reception = TelegramReception(
                connection, self._staff_chat, store=self.store, act=self.desk.act, speakers=SPEAKERS,
                snapshot=snapshot, now=CLOCK.now,
            )  # fmt: skip
            assert reception.address == self.desk.lane

            async def handle(update: Update) -> None:
                if not await reception.receive(update):
                    await door.receive(update)

            channels: dict[str, Channel] = {door.name: door, reception.name: reception}
            paced = {door.name: False, reception.name: True}
            dispatcher = Dispatcher(self.store, channels, CLOCK, Pace(), paced)
            running = [asyncio.create_task(dispatcher.run())]
            if self._webhook:
                hook = TelegramWebhook(connection, "secret-of-thirty-two-letters-000", handle)
                await hook.announce(await stack.enter_async_context(served(hook.routes)))
            else:
                running.append(asyncio.create_task(connection.receive(handle)))
            try:
                yield connection
            finally:
                for task in running:
                    task.cancel()
                await asyncio.wait(running)


@pytest.fixture
async def tg() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


async def until(true: Callable[[], object], patience: float = 20.0) -> None:
    async with asyncio.timeout(patience):
        while not true():  # noqa: ASYNC110 -- what is waited for has no bell
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_a_question_goes_to_staff_and_their_answer_comes_back(tg: FakeTelegram, way: str) -> None:
    group = tg.forum("Desk", ["Lan", "Minh"])
    amina = tg.user("Amina", language_code="ar")

    async with House(tg, group, webhook=way == "webhook").open():
        await amina.start("ar_lobby")
        menu = await amina.reads("You said: ar_lobby")
        await (await amina.presses(menu, "Person")).answered()
        await amina.reads("You said: command:human")
        await amina.says("I lost my badge")
        await amina.reads("Your request is #1.")
        topic = await group.topic("#1 · Lost badge · AR")
        card = await group["Lan"].reads(contains="I lost my badge", topic=topic)

        press = await (await group["Lan"].presses(card, "Claim / Nhận")).answered()
        await card.edited("Lan is helping / Lan đang hỗ trợ")
        await amina.says("It is blue")
        relayed = await group["Minh"].reads(contains="It is blue", topic=topic)
        said = await group["Minh"].replies(relayed, "We have it at the desk <3")
        await amina.reads("Reception: We have it at the desk <3")
        await group["Lan"].says("/resolve", topic=topic)
        await card.edited("Resolved")
        await tg.settled()

    assert press.text == "You are helping with request #1."
    assert said.reactions == ["👀"]
    assert tg.violations == []


async def test_restarts_lose_nothing_and_repeat_nothing_accepted(tg: FakeTelegram) -> None:
    house = House(tg, tg.forum("Desk", ["Lan"]))
    people = [tg.user(f"Guest {number}") for number in range(20)]
    for person in people:
        await person.start("0")

    async def write() -> None:
        for turn in range(1, 10):
            for person in people:
                await person.says(f"{person.id}-{turn}")
                await asyncio.sleep(0.002)

    writing = asyncio.create_task(write())
    for restart in range(12):
        async with house.open():
            await asyncio.sleep(0.03 + 0.01 * (restart % 5))
    await writing
    async with house.open():
        await tg.settled(20)

    assert len(house.desk.handled) == len(set(house.desk.handled)) == 200
    for person in people:
        entries = await house.store.entries(Address("telegram", str(person.id)).delegate)
        heard = ["".join(span.text for span in entry.message.text) for entry in entries]
        assert heard == ["0", *(f"{person.id}-{turn}" for turn in range(1, 10))]


async def test_many_messages_keep_every_limit_and_answers_do_not_wait_for_them() -> None:
    async with FakeTelegram(limits=Limits()) as tg:
        house = House(tg, tg.forum("Desk", ["Lan"]))
        people = [tg.user(f"Guest {number}") for number in range(70)]
        for person in people:
            person.chat.started = True
        asking = tg.user("Amina")
        async with house.open():
            await asking.start()
            await asking.reads(contains="You said")
            await _broadcast(house, [Address("telegram", str(person.id)) for person in people])
            watch, waits = Stopwatch(), []
            for number in range(2):
                asked = Stopwatch()
                await asking.says(f"n{number}")
                await asking.reads(f"You said: n{number}")
                waits.append(asked.seconds)
            await until(lambda: all(person.inbox for person in people))
            took = watch.seconds

        assert [len(person.inbox) for person in people] == [1] * 70
        assert max(waits) < 1.0
        assert took < 70 / 27 + 2.0
        assert not [call for call in tg.calls if call.status == 429]
        assert tg.violations == []


async def _broadcast(house: House, to: list[Address]) -> None:
    now, body = CLOCK.now(), Message(plain("The coach leaves at 17:40."), "en")
    for address in to:
        async with house.store.transaction(address.delegate) as tx:
            row = OutboundId(f"notice:1:{address.key}")
            await tx.enqueue(Outbound(row, address, Lane.BROADCAST, body, now, now, delegate=address.delegate))

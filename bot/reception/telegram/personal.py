"""The second lane: a chat of one's own with the bot, for staff whose account is linked.

``Fan`` is the lane that the desk knows. It sends nothing: it decides who gets a row, and puts one for each of them into the
outbox, where every person has a pace, retries and an end of their own. ``Personal`` brings those rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog
from telegram import Bot, ReplyParameters
from telegram.error import BadRequest, TelegramError

from bot.i18n.translator import mark
from bot.model.errors import Refused, Undeliverable
from bot.model.messages import (
    Button,
    Lane,
    Outbound,
    OutboundId,
    Receipt,
    Relay,
    Ring,
    ShowTicket,
    TicketId,
    Unshow,
)
from bot.model.people import Address, DelegateId, Staff
from bot.model.rich import Rich, Span
from bot.model.tickets import Priority, Ticket
from bot.ports import Store
from bot.reception.telegram import audience
from bot.reception.telegram.audience import Crew
from bot.reception.telegram.card import ELSEWHERE, StaffWords, card, relay, rung
from bot.reception.telegram.crew import Crews
from bot.reception.telegram.doing import Doing
from bot.reception.telegram.earlier import Earlier
from bot.reception.telegram.editing import edit_card
from bot.reception.telegram.foreign import Foreign
from bot.reception.telegram.glosses import Glosses
from bot.reception.telegram.keys import Rows, keys
from bot.staff.before import one_person
from bot.staff.people import Person
from bot.tickets import ladder, rights
from bot.tickets.rights import Sight
from bot.transports.telegram_errors import delivery_errors
from bot.transports.telegram_shapes import NO_PREVIEW, entities, inline_keyboard
from bot.transports.telegram_text import Shown, parts, shown

FAN: Final = "reception-direct"
PERSONAL: Final = "staff-telegram"
DUTY: Final = Address(FAN, "duty")
"""Where the desk sends what staff should see in chats of their own."""
REMEMBERED: Final = 1_000  # cards as they stand in chats
_STAFF: Final = DelegateId("staff:direct")
"""In whose turn a ticket is taken back of which nothing else is left."""
FIRST_CALL: Final = "alarm:0"
_ERASED: Final = mark("The words of request #{number} were erased.")

log = structlog.get_logger("reception.direct")


class Fan:
    """A reception lane; see ``bot.ports.Channel`` for ``deliver``."""

    def __init__(self, store: Store, crews: Crews) -> None:
        self._store = store
        self._crews = crews

    @property
    def name(self) -> str:
        return FAN

    async def deliver(self, row: Outbound) -> Receipt:
        """Puts a row for each person concerned into the outbox; a card counts as seen only when one of those arrives."""
        match row.body:
            case ShowTicket(number):
                people = await self._of_card(number)
            case Relay(number, seq):
                people = await self._of_line(number, seq)
            case Unshow(number, _):
                people = await self._crews.shown_to(number)
            case _:  # whom a ring calls, the desk has asked already
                people = ()
        if people:
            who = row.delegate if not isinstance(row.body, Unshow) and row.delegate else _STAFF
            async with self._store.transaction(who) as tx:
                for account in dict.fromkeys(people):
                    await tx.enqueue(_for(row, account))
        return Receipt(shown=False)

    async def _of_card(self, number: TicketId) -> Sequence[int]:
        ticket = await self._ticket(number)
        crew = await self._crews.now()
        known = await self._crews.shown_to(number)
        fresh = audience.for_card(ticket, crew) if ticket.open else ()
        owner = [one for one in crew.people if one.id == ticket.owner and one.telegram in crew.opted]
        return [*known, *(one.telegram for one in (*fresh, *owner) if one.telegram is not None)]

    async def _of_line(self, number: TicketId, seq: int) -> Sequence[int]:
        """Lines go to whoever has the ticket; while nobody has it, to everybody who has its card."""
        ticket = await self._ticket(number)
        entry = await self._store.entry(ticket.delegate, seq)
        if entry is None:
            raise Undeliverable("the message is no longer stored")
        known = await self._crews.shown_to(number)
        crew = await self._crews.now()
        readers = [one for one in crew.people if ticket.owner in (None, one.id) and entry.name != one.name]
        return [one.telegram for one in readers if one.telegram is not None and one.telegram in known]

    async def _ticket(self, number: TicketId) -> Ticket:
        ticket = await self._store.ticket(number)
        if ticket is None:
            raise Undeliverable("the request is no longer stored", address_gone=True)
        return ticket

    async def everybody(self, ticket: Ticket, cause: str) -> None:
        """The group did not take a ticket: it goes to everybody on duty at once."""
        crew = replace(await self._crews.now(), group_is_deaf=True)
        await self._enqueue(ticket, cause, audience.for_card(ticket, crew))

    async def bring(self, ticket: Ticket, person: Person, cause: str) -> None:
        """The card of a ticket to one person who asked for it."""
        await self._enqueue(ticket, cause, [person])

    async def _enqueue(self, ticket: Ticket, cause: str, people: Sequence[Person]) -> None:
        now = self._crews.clock.now()
        lane = Lane.EMERGENCY if ticket.priority is Priority.EMERGENCY else Lane.TICKET
        row = Outbound(
            OutboundId(cause), DUTY, lane, ShowTicket(ticket.id), now, now, delegate=ticket.delegate, ticket=ticket.id
        )
        async with self._store.transaction(ticket.delegate) as tx:
            for person in people:
                if person.telegram is not None:
                    await tx.enqueue(_for(row, person.telegram))


def _for(row: Outbound, account: int) -> Outbound:
    return replace(row, id=OutboundId(f"{row.id}>{account}"), to=Address(PERSONAL, str(account)), attempts=0)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads, and what they may."""

    person: Person
    staff: Staff
    words: StaffWords
    sight: Sight
    ticket: Ticket


class Personal:
    """Brings rows to single members of staff; see ``bot.ports.Channel`` for ``deliver``."""

    def __init__(self, bot: Bot, doing: Doing, crews: Crews, foreign: Foreign) -> None:
        self._bot = bot
        self._doing = doing
        self._crews = crews
        self._glosses = Glosses(doing.store)
        self._foreign = foreign
        self._earlier = Earlier(doing.store, self._glosses, foreign)
        self._stands: dict[tuple[int, int], tuple[Shown, Rows]] = {}

    @property
    def name(self) -> str:
        return PERSONAL

    async def deliver(self, row: Outbound) -> Receipt:
        with delivery_errors(outbound_id=row.id, ticket_id=row.ticket):
            match row.body:
                case Unshow(number, _):
                    await self._take_back(int(row.to.key), number)
                    return Receipt()
                case ShowTicket(number):
                    return await self._show(await self._reader(row, number))
                case Relay(number, seq):
                    return await self._line(await self._reader(row, number), seq, int(row.replaces or 0))
                case Ring(number, why):
                    return await self._ring(await self._reader(row, number), why)
                case _:
                    raise TypeError(f"staff get tickets, not {type(row.body).__name__}")

    async def _reader(self, row: Outbound, number: TicketId) -> _Reader:
        """Who may read what is asked at the last moment: a person may have been removed while the row waited."""
        person = await self._doing.staff.on_telegram(int(row.to.key))
        if person is None or not person.active:
            raise Undeliverable("no longer on the staff list", address_gone=True)
        ticket = await self._doing.store.ticket(number)
        if ticket is None:
            raise Undeliverable("the request is no longer stored", address_gone=True)
        return await self.reader(person, ticket)

    async def reader(self, person: Person, ticket: Ticket) -> _Reader:
        crew: Crew = await self._crews.now()
        staff = crew.acting(person)
        words = self._doing.words().read_by(person.language)
        return _Reader(person, staff, words, rights.visible(ticket, staff), ticket)

    # ---------------------------------------------------------------- the card

    async def _show(self, reader: _Reader) -> Receipt:
        account, ticket = _account(reader.person), reader.ticket
        known = await self._crews.messages(ticket.id, account)
        text = await self._text(reader)
        rows = self.keys(reader)
        if known:
            # A call and a change often come together: the second finds nothing to do.
            stands = self._stands.get((account, known[0])) == (text, rows)
            if stands or await self._edit(account, known[0], text, rows):
                return Receipt((str(known[0]),), free=stands)
            known = []
        if not ticket.open:
            return Receipt(shown=False)
        return await self._post_card(reader, text, rows, known)

    async def _post_card(self, reader: _Reader, text: Shown, rows: Rows, known: Sequence[int]) -> Receipt:
        account = _account(reader.person)
        number = await self._send(account, text, rows)
        self._note_shown(account, number, text, rows)
        await self._crews.note(reader.ticket.id, account, [number, *known])
        return Receipt((str(number),))

    async def _text(self, reader: _Reader) -> Shown:
        full = reader.sight == "full"
        told = await self._glosses.told(reader.ticket, reader.words) if full else {}
        to = Address(PERSONAL, str(_account(reader.person)))
        foreign = self._foreign.question(reader.ticket, reader.words, to) if full else {}
        reads = one_person(reader.staff, reader.ticket)
        before = await self._earlier.on_card(reader.ticket, reader.words, reads, to) if full else ()
        return self._shown(reader, card(reader.ticket, reader.words, reader.sight, told, foreign, before))[0]

    async def tell_before(self, person: Person, ticket: Ticket) -> bool:
        """Write what was said before a ticket below its card; False when that is nothing.

        Raises:
            TelegramError: It did not get through.
        """
        reader = await self.reader(person, ticket)
        if reader.sight != "full":
            raise Refused(ELSEWHERE)
        known = await self._crews.messages(ticket.id, _account(person))
        said = await self._earlier.asked_for(ticket, reader.words, one_person(reader.staff, ticket))
        if not (known and said):
            return False
        await self._below(reader, known, said)
        return True

    def keys(self, reader: _Reader) -> Rows:
        return keys(reader.ticket, reader.words, reader.sight)

    async def _edit(self, account: int, message: int, text: Shown, rows: Rows) -> bool:
        """False when the card is gone."""
        if not await edit_card(self._bot, account, message, text, rows):
            return False
        self._note_shown(account, message, text, rows)
        return True

    def turned(self, account: int, message: int) -> None:
        """Somebody turned the page of a card: it no longer stands as it was sent."""
        self._stands.pop((account, message), None)

    def _note_shown(self, account: int, message: int, text: Shown, rows: Rows) -> None:
        if len(self._stands) >= REMEMBERED:
            del self._stands[next(iter(self._stands))]
        self._stands[account, message] = (text, rows)

    # ---------------------------------------------------------------- lines and calls

    async def _line(self, reader: _Reader, seq: int, replaces: int) -> Receipt:
        account = _account(reader.person)
        known = await self._crews.messages(reader.ticket.id, account)
        entry = await self._doing.store.entry(reader.ticket.delegate, seq)
        if not known or entry is None or reader.sight != "full":
            return Receipt()
        foreign = self._foreign.line(reader.ticket, entry, reader.words)
        said = relay(entry, reader.words, self._glosses.of(entry, reader.words), foreign)
        if replaces:
            texts = self._shown(reader, said)
            if len(texts) == 1 and replaces in known:  # one that is gone, or too long now, stays as it is
                await self._edit(account, replaces, texts[0], ())
            return Receipt()
        receipt = await self._below(reader, known, said)
        if len(receipt.refs) == 1:
            to = Address(PERSONAL, str(account))
            self._foreign.ask_for_line(reader.ticket, entry, reader.words, to, int(receipt.refs[0]))
        return receipt

    async def _ring(self, reader: _Reader, why: str) -> Receipt:
        """A new message, so that the telephone makes a sound; the first call is the card itself."""
        known = await self._crews.messages(reader.ticket.id, _account(reader.person))
        if not known:
            return await self._show(reader)
        if why == FIRST_CALL or not reader.ticket.open:
            return Receipt((str(known[0]),))
        ticket = reader.ticket
        called = ticket.unclaimed or (reader.sight == "full" and ladder.running(ticket))
        claim = keys(ticket, reader.words, reader.sight)[:1] if called else ()
        return await self._below(reader, known, rung(reader.ticket, why, reader.words), claim)

    async def _below(
        self, reader: _Reader, known: Sequence[int], said: Rich, rows: tuple[tuple[Button, ...], ...] = ()
    ) -> Receipt:
        account, sent = _account(reader.person), []
        for part in self._shown(reader, said):
            sent.append(await self._send(account, part, rows, below=known[0]))  # noqa: PERF401 -- in order
        await self._crews.note(reader.ticket.id, account, [*known, *sent])
        return Receipt(tuple(map(str, sent)))

    def _shown(self, reader: _Reader, said: Rich) -> list[Shown]:
        # Cases for few people show no words on a locked screen, whoever's it is.
        return parts(shown(said, reader.person.language, covered=bool(rights.secrecy(reader.ticket))))

    async def _send(self, account: int, text: Shown, rows: Rows, *, below: int = 0) -> int:
        message = await self._bot.send_message(
            account,
            text.text,
            entities=entities(text),
            link_preview_options=NO_PREVIEW,
            reply_markup=inline_keyboard(rows),
            reply_parameters=ReplyParameters(below, allow_sending_without_reply=True) if below else None,
            protect_content=True,
        )
        return message.message_id

    async def tell(self, account: int, text: str) -> bool:
        """A sentence that belongs to no ticket; False when it does not get through."""
        try:
            await self._bot.send_message(account, text, link_preview_options=NO_PREVIEW)
        except TelegramError as error:
            log.info("not_told", error=type(error).__name__)
            return False
        return True

    # ---------------------------------------------------------------- taking back

    async def _take_back(self, account: int, number: TicketId) -> None:
        for message in await self._crews.messages(number, account):
            try:
                await self._bot.delete_message(account, message)
            except BadRequest as error:
                if "not found" not in error.message.lower():  # two days are over: it can only be overwritten
                    await self._overwrite(account, message, number)
        await self._crews.forget(number, account)

    async def _overwrite(self, account: int, message: int, number: TicketId) -> None:
        words = self._doing.words()
        said: Rich = (Span(words.both(_ERASED, number=str(number))),)
        await self._edit(account, message, parts(shown(said, "en"))[0], ())


def _account(person: Person) -> int:
    if person.telegram is None:
        raise Undeliverable("no linked account", address_gone=True)
    return person.telegram

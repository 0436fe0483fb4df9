"""The lane itself: cards and further messages out, replies and buttons of staff in."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog
from telegram import ChatMember, Update
from telegram.constants import ChatMemberStatus
from telegram.error import BadRequest, ChatMigrated, Forbidden

from bot.health.alarms import Alarms
from bot.i18n.translator import Speakers
from bot.model.content import Snapshot
from bot.model.errors import StoreUnavailable, Undeliverable
from bot.model.language import Language
from bot.model.messages import Outbound, OutboundId, Receipt, Relay, Ring, ShowTicket, TicketId, Unshow
from bot.model.people import Address, Role, Staff
from bot.model.rich import Rich
from bot.model.tickets import Ticket
from bot.ports import Act, Store, Translator
from bot.reception.telegram.answering import Answers
from bot.reception.telegram.by_machine import MachineReplies
from bot.reception.telegram.card import GROUP, StaffWords, group_sight, more_elsewhere, relay, rung
from bot.reception.telegram.crew import Crews
from bot.reception.telegram.direct import Direct
from bot.reception.telegram.direct_desk import DirectDesk
from bot.reception.telegram.doing import Doing, DutyRoom
from bot.reception.telegram.foreign import Foreign
from bot.reception.telegram.glosses import Glosses
from bot.reception.telegram.hearing import Hearing
from bot.reception.telegram.marks import Marks
from bot.reception.telegram.menu import offer_commands
from bot.reception.telegram.notices import Notices
from bot.reception.telegram.personal import DUTY, PERSONAL, Fan, Personal
from bot.reception.telegram.posting import Posting, Said
from bot.reception.telegram.removing import Removing
from bot.reception.telegram.staff import Members, Rights
from bot.reception.telegram.topics import NAME, Place, Topics
from bot.staff.list import StaffList
from bot.transports.telegram import TelegramConnection
from bot.transports.telegram_errors import delivery_errors

REMEMBERED: Final = 1_000  # half-sent rows

log = structlog.get_logger("reception.telegram")

_MAY_WRITE = frozenset({ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER})


@dataclass(frozen=True)
class _Now:
    now: Callable[[], datetime]


class TelegramReception:
    """A reception lane; see ``bot.ports.Channel`` for ``deliver``.

    Args:
        connection: Sends.
        staff_chat: The id of the staff group in the settings.
        store: Tickets and their timelines, and where they stand in the group.
        act: Carries out what staff do.
        speakers: Staff read English and Vietnamese.
        snapshot: The names of teams and topics.
        now: The present of the house.
        tick: Seconds that only go forward, for what is remembered for a while.
        others: Members of the group who are not on the staff list act too, for the desk.
        console: The address of the console, for staff who ask the bot for it.
        standing: Told whether the bot may write in the group, whenever somebody changes that.
        may_open: Told whether it may open topics there.
        languages: What the group reads.
        duty: Who is on duty, and how somebody says that they are.
        spend: Takes one of the group's messages of this minute for what staff cause by pressing; False when none is left.
        translator: Translates what delegates write in languages that staff do not read; None: nothing is translated.
    """

    def __init__(
        self,
        connection: TelegramConnection,
        staff_chat: int,
        *,
        store: Store,
        act: Act,
        speakers: Speakers,
        snapshot: Callable[[], Snapshot],
        now: Callable[[], datetime],
        tick: Callable[[], float] = time.monotonic,
        standing: Callable[[bool], None] = lambda _: None,
        may_open: Callable[[bool], None] = lambda _: None,
        others: bool = True,
        console: Callable[[], str] = lambda: "",
        languages: tuple[Language, ...] = GROUP,
        duty: DutyRoom | None = None,
        spend: Callable[[], bool] = lambda: True,
        translator: Translator | None = None,
    ) -> None:
        self._store = store
        self._speakers = speakers
        self._snapshot = snapshot
        self._languages = languages
        self._bot = connection.bot
        self._standing = standing
        self._may_open = may_open
        clock = _Now(now)
        staff = StaffList(store, clock)
        self._doing = Doing(store, act, staff, self._words, now, duty or DutyRoom())
        self.crews = Crews(store, staff, clock, self._doing.duty)
        self._topics = Topics(connection.bot, store, staff_chat, tick, may_open)
        self._glosses = Glosses(store)
        self._foreign = Foreign(translator, store, now)
        self._posting = Posting(
            connection.bot, self._topics, self._words, self._glosses, self._foreign, spend=spend, tick=tick
        )
        self._removing = Removing(connection.bot, self._topics, self._words)
        members = Members(connection.bot, tick, Rights(staff, others))
        self.marks = Marks(store, now, Answers(connection.bot).react)
        self.replies = MachineReplies(self._doing, Answers(connection.bot), self.marks)
        self.fan = Fan(store, self.crews)
        self.personal = Personal(connection.bot, self._doing, self.crews, self._foreign)
        desk = DirectDesk(
            connection.bot,
            self._doing,
            self.crews,
            self.marks,
            self.replies,
            words=self._words,
            turned=self.personal.turned,
            before=self.personal.tell_before,
            console=console,
        )
        self._direct = Direct(connection.bot, staff, speakers, console, desk)
        self._half: dict[OutboundId, Said] = {}  # parts that arrived before a row was interrupted
        self._hearing = Hearing(
            connection.bot,
            self._topics,
            self._posting,
            members,
            self._doing,
            self.marks,
            self.replies,
            words=self._words,
            bring=self._bring,
        )

    @property
    def name(self) -> str:
        return NAME

    @property
    def address(self) -> Address:
        """Where rows for this lane go; it stays when the group gets a new id: references are filed under it."""
        return self._topics.address

    def _words(self) -> StaffWords:
        return StaffWords(self._speakers, self._snapshot(), self._languages)

    @property
    def lanes(self) -> tuple[Address, ...]:
        """Where the desk sends what staff should see: the group, and chats of their own."""
        return self.address, DUTY

    async def paging(self, ticket: Ticket, wanted: str) -> Sequence[Address]:
        """Where single members of staff are called; see ``bot.desk.onduty.Paging``."""
        return await self.crews.paging(ticket, wanted, PERSONAL)

    async def introduce(self) -> None:
        """Show staff their commands, in their group alone."""
        await offer_commands(self._bot, await self._topics.chat(), self._speakers, self._languages)

    async def _bring(self, ticket: Ticket, by: Staff) -> bool:
        """The card to the presser's own chat; False when they cannot be written to."""
        person = await self._doing.staff.person(by.id)
        if person is None or person.telegram is None:
            return False
        await self.fan.bring(ticket, person, f"bring:{ticket.id}:{ticket.version}:{self._doing.now().timestamp():.0f}")
        return True

    # ---------------------------------------------------------------- out

    async def deliver(self, row: Outbound) -> Receipt:
        with delivery_errors(outbound_id=row.id, ticket_id=row.ticket):
            try:
                return await self._deliver_or_pass_on(row)
            except ChatMigrated as error:
                await self._topics.moved(error.new_chat_id)
                return await self._deliver_or_pass_on(row)

    async def _deliver_or_pass_on(self, row: Outbound) -> Receipt:
        """What the group refuses goes to everybody on duty at once: the desk's own next try may be a minute away (S1)."""
        try:
            receipt = await self._deliver(row)
        except (BadRequest, Forbidden) as error:
            if not isinstance(error, ChatMigrated) and row.ticket is not None and isinstance(row.body, ShowTicket):
                await self._pass_on(row)
            raise
        if isinstance(row.body, ShowTicket):
            self.crews.group_is_deaf = False
        return receipt

    async def _pass_on(self, row: Outbound) -> None:
        self.crews.group_is_deaf = True
        ticket = await self._store.ticket(row.ticket) if row.ticket is not None else None
        if ticket is None or not ticket.open:
            return
        try:
            await self.fan.everybody(ticket, f"{row.id}:instead")
        except StoreUnavailable:  # the duties show it again, and then the group is known to be deaf
            log.warning("not_passed_on", ticket_id=ticket.id)

    async def _deliver(self, row: Outbound) -> Receipt:
        match row.body:
            case ShowTicket(number):
                ticket = await self._ticket(number)
                if (place := await self._posting.stands(ticket)) is not None:
                    return replace(self._receipt(place, [place.card]), free=True)
                place = await self._posting.show(ticket)
                await self._still_there(ticket)
                return self._receipt(place, [place.card])
            case Relay(number, seq):
                ticket = await self._ticket(number)
                entry = await self._store.entry(ticket.delegate, seq)
                if entry is None:
                    raise Undeliverable("the message is no longer stored")
                words = self._words()
                if group_sight(ticket) == "number":
                    if entry.author != "delegate":
                        return Receipt()  # what is said in a case for few people is not said in front of all
                    line = more_elsewhere(words)
                else:
                    foreign = self._foreign.line(ticket, entry, words)
                    line = relay(entry, words, self._glosses.of(entry, words), foreign)
                if row.replaces:
                    await self._posting.amend(ticket, int(row.replaces), line)
                    await self._still_there(ticket)
                    return Receipt()
                place, messages = await self._say(row.id, ticket, line)
                await self._topics.note_said(ticket.id, place.chat, messages)
                await self._still_there(ticket)
                if group_sight(ticket) == "full" and len(messages) == 1:
                    self._foreign.ask_for_line(ticket, entry, words, self.address, messages[0])
                return self._receipt(place, messages)
            case Ring(number, why):
                ticket = await self._ticket(number)
                place, messages = await self._say(row.id, ticket, rung(ticket, why, self._words()))
                return self._receipt(place, messages)
            case Unshow(number, thread):
                await self._removing.remove(number, thread)
                return Receipt()
            case _:
                raise TypeError(f"reception gets tickets, not {type(row.body).__name__}")

    async def _say(self, row: OutboundId, ticket: Ticket, said: Rich) -> tuple[Place, list[int]]:
        """A row that was interrupted goes on with the parts that are missing."""
        so_far = self._half.pop(row, None) or Said()
        try:
            return await self._posting.say(ticket, said, so_far), so_far.messages
        except BaseException:
            if so_far.messages:
                if len(self._half) >= REMEMBERED:
                    del self._half[next(iter(self._half))]
                self._half[row] = so_far
            raise

    async def _ticket(self, number: TicketId) -> Ticket:
        ticket = await self._store.ticket(number)
        if ticket is None:
            raise Undeliverable("the request is no longer stored")
        return ticket

    async def _still_there(self, ticket: Ticket) -> None:
        """What was erased while we were posting it is taken back at once: its ``Unshow`` may have come before."""
        now = await self._store.ticket(ticket.id)
        if now is None or (now.redacted_at is not None and ticket.redacted_at is None):
            await self._removing.remove(ticket.id)
            raise Undeliverable("the request was erased meanwhile")

    def _receipt(self, place: Place, messages: Sequence[int]) -> Receipt:
        refs = [number for number in (place.thread, *messages) if number]
        return Receipt(tuple(self._topics.ref(place.chat, number) for number in refs), str(place))

    async def receive(self, update: Update) -> bool:
        """Deal with an update of the staff group; False when it comes from elsewhere.

        Raises:
            StoreUnavailable: Not committed; bring the update again.
        """
        change = update.my_chat_member
        if change is not None and await self._topics.is_ours(change.chat.id):
            self._changed(change.new_chat_member)
        return await self._direct.receive(update) or await self._hearing.receive(update)

    def _changed(self, member: ChatMember) -> None:
        """Somebody changed what the bot may do in the group."""
        may_write = member.status in _MAY_WRITE
        self._standing(may_write)
        self.crews.group_is_deaf = not may_write
        self._topics.look_again()
        if may_write:
            self._may_open(bool(getattr(member, "can_manage_topics", False)))

    async def _tell_alone(self, said: Callable[[Language], str]) -> bool:
        """Tell duty officers and administrators in their own chats; True when somebody got it."""
        people = (await self.crews.now()).people
        first = [one for one in people if {Role.DUTY_OFFICER, Role.ADMIN} & one.roles] or people
        told = [await self.personal.tell(one.telegram, said(one.language)) for one in first if one.telegram is not None]
        return any(told)

    def notices(self, alarms: Alarms, sends: Callable[[], bool]) -> Notices:
        """Tells alarms in the group."""
        return Notices(self._bot, self._topics, alarms, self._speakers, sends, alone=self._tell_alone)

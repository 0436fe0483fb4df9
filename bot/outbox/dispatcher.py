"""Takes rows from the outbox and brings them to their doors; nothing is forgotten and no chat holds up another."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal, ParamSpec, Protocol

import structlog

from bot.model.errors import DeliveryDelayed, StoreUnavailable, Undeliverable
from bot.model.messages import Lane, Message, Outbound, OutboundId, Receipt, ShowTicket, Unshow
from bot.model.people import Address
from bot.outbox.groups import GroupMinutes
from bot.outbox.limits import Pace
from bot.outbox.role import Role
from bot.outbox.slots import Slots
from bot.outbox.turns import Place, Turns
from bot.ports import Change, Channel, Clock, Store

log = structlog.get_logger("outbox")

_Arguments = ParamSpec("_Arguments")

# Short, for the rows of a process that died wait for it. Who lives claims its own again while they wait or are sent.
_LEASE: Final = timedelta(seconds=8)
_AT_ONCE: Final = 64  # rows claimed in one go; then others have their turn in the event loop
_BULK_IN_HAND: Final = 32  # rows of one broadcast; the others stay in the store, where they can be paused and withdrawn
_BULK_TOO_MANY: Final = (
    96  # in hand, when they do not leave; then none is claimed. To step over them costs the store time
)
_LOOK_WHEN_FULL: Final = 0.1  # seconds between looks for anything else, while enough of a broadcast is in hand
_DELIVERY_TIMEOUT: Final = 45.0  # seconds for one delivery
_GIVE_UP_AFTER: Final = timedelta(hours=24)
_LONGEST_SLEEP: Final = 5.0  # seconds between looks at the outbox when nothing wakes the loop
_RECORD_AGAIN: Final = 0.5  # seconds until a delivery that could not be recorded is recorded again
_MOST_FAULTS: Final = 3  # unexpected faults after which a row is set aside; the log and the history say so
_SHORT_WAIT: Final = 0.2  # seconds for the pace that a row may spend in its slot; a longer wait gives it to others
_LAST_DELIVERIES: Final = 5.0  # seconds that deliveries on their way have when the house closes


@dataclass(frozen=True, slots=True)
class Broadcasts:
    """What organisers want of their announcements at present; see ``bot/desk/announce``."""

    paused: Callable[[], Collection[str]] = frozenset
    withdrawn: Callable[[], Collection[str]] = frozenset


class Gone(Protocol):
    """Tells the desk that a row is given up. May be called again for the same row."""

    async def __call__(self, row: Outbound, reason: str, *, address_gone: bool) -> Address | None:
        """Another address of the same person that shall be tried, or None."""


async def _nobody(row: Outbound, reason: str, *, address_gone: bool) -> Address | None:  # noqa: ARG001
    return None


@dataclass(slots=True)
class _Carried:
    """A row in this process's hands."""

    row: Outbound
    since: float
    """The loop's time at which it was claimed."""
    begun: float | None
    """Since when the role was ours as it was claimed: in another term of it, others may have sent the row meanwhile."""
    task: asyncio.Task[None] | None = None
    sending: bool = False


@dataclass
class Dispatcher:
    store: Store
    channels: Mapping[str, Channel]
    clock: Clock
    pace: Pace | None = None
    """How fast the bot may send; doors that are not its own have no limit."""
    paced: Mapping[str, bool] = field(default_factory=dict)
    """The doors that share the pace, and whether their addresses are groups."""
    role: Role | None = None
    """Who has it sends through the paced doors; without one, this process does."""
    broadcasts: Broadcasts = field(default_factory=Broadcasts)
    gone: Gone = _nobody
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _carried: dict[OutboundId, _Carried] = field(default_factory=dict)
    """Claimed and not yet through: a row that waits longer than its lease is claimed again, but not sent again."""
    _bulk: Counter[str] = field(default_factory=Counter)
    """How many of these belong to each broadcast."""
    _choked: set[str] = field(default_factory=set)
    _fault: BaseException | None = None
    """What ended a delivery and should not have been possible."""
    _begun: float | None = None
    """Since when the role was ours, once this process knew enough to send."""
    _slots: defaultdict[str, Slots] = field(default_factory=lambda: defaultdict(Slots))
    _turns: Turns = field(default_factory=Turns)

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen(), name="outbox wake-up")
                group.create_task(self._dispatch(), name="outbox dispatch")
                if self.role is not None:
                    group.create_task(self._follow(self.role), name="outbox role")
        finally:
            await self._last_deliveries()

    async def _last_deliveries(self) -> None:
        """When the house closes, what is on its way may finish: else it would be sent again after the next start."""
        tasks = {held.task for held in self._carried.values() if held.task is not None}
        for held in self._carried.values():
            if held.task is not None and not held.sending:
                held.task.cancel()
        try:
            if tasks:
                await asyncio.wait(tasks, timeout=_LAST_DELIVERIES)
        finally:
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    async def deliver_at_once(self, row: Outbound) -> None:
        """Past the outbox, for an emergency that could not be stored. Failure is logged: there is nowhere to keep it."""
        channel = self.channels.get(row.to.channel)
        if channel is None:
            return
        if self.pace is not None and row.to.channel in self.paced:
            self.pace.sent(row.to.key, row.lane, asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout(5):
                await channel.deliver(row)
        except (Undeliverable, DeliveryDelayed, TimeoutError) as error:
            log.error("emergency_answer_failed", row=_log_id(row), reason=type(error).__name__)  # noqa: TRY400 -- the reason is enough

    # ---------------------------------------------------------------- who sends, and what

    async def _follow(self, role: Role) -> None:
        """Begin when the role is ours, with the knowledge of what others sent lately, and end with it."""
        while True:
            await role.wait_held()
            since = role.since
            try:
                minutes = await GroupMinutes(self.store).read() if self.pace is not None else {}
            except StoreUnavailable:
                await asyncio.sleep(_RECORD_AGAIN)
                continue
            now = asyncio.get_running_loop().time()
            if self.pace is not None:
                self.pace.begin(now, {key: [now - ago for ago in times] for key, times in minutes.items()})
            self._begun = since
            self._wake.set()
            if role.since == since:  # else it was lost and taken again meanwhile
                await role.wait_lost()
            self._hand_back()
            self._wake.set()

    def _leads(self) -> bool:
        """Whether this process may send through the paced doors now."""
        return self.role is None or (self.role.held and self._begun == self.role.since)

    def _ours(self, row: Outbound) -> bool:
        """Whether we may send a row that we hold: claimed before the role was lost, it is no longer ours."""
        held = self._carried.get(row.id)
        return self._leads() and (held is None or held.begun == self._begun)

    def _hand_back(self) -> None:
        """The role is lost: what waits here for its pace is for whoever has it next."""
        for held in list(self._carried.values()):
            if held.row.to.channel in self.paced and not held.sending and held.task is not None:
                held.task.cancel()

    def _doors(self) -> Collection[str] | None:
        return None if self._leads() else [name for name in self.channels if name not in self.paced]

    def _held_back(self) -> Collection[str]:
        """Broadcasts of which nothing is claimed now: paused, or far too many in hand."""
        self._choked = {
            name
            for name, count in self._bulk.items()
            if count >= (_BULK_IN_HAND if name in self._choked else _BULK_TOO_MANY)
        }
        return self._choked.union(self.broadcasts.paused())

    @property
    def _full(self) -> bool:
        return any(count >= _BULK_IN_HAND for count in self._bulk.values())

    def _fate(self, row: Outbound) -> Literal["leave", "stay", "withdraw"]:
        """Asked again right before a row leaves: it may have waited for its pace, and things change meanwhile."""
        if row.to.channel in self.paced and not self._ours(row):
            return "stay"
        if row.broadcast and row.broadcast in self.broadcasts.withdrawn():
            return "withdraw"
        return "stay" if row.broadcast and row.broadcast in self.broadcasts.paused() else "leave"

    async def _listen(self) -> None:
        while True:
            with suppress(StoreUnavailable):
                async for change in self.store.changes():
                    if change.gap:
                        self._let_go(change)
                    if change.outbox or change.gap:
                        self._wake.set()
            await asyncio.sleep(_RECORD_AGAIN)

    def _let_go(self, change: Change) -> None:
        """Rows that wait here may have been erased meanwhile; those that still exist are claimed again.

        A gap without a delegate only says that something was missed: then it is enough to look again at those that
        have waited for long, for a server without notifications sends such a gap every two seconds.
        """
        long_ago = asyncio.get_running_loop().time() - _LEASE.total_seconds()
        for held in list(self._carried.values()):
            mine = change.delegate in (held.row.delegate, held.row.to.delegate)
            concerned = mine if change.delegate else held.since < long_ago
            if concerned and not held.sending and held.task is not None and held.row.lane is not Lane.EMERGENCY:
                held.task.cancel()

    async def _dispatch(self) -> None:
        while True:
            self._wake.clear()
            if self._fault is not None:
                fault, self._fault = self._fault, None
                raise fault
            try:
                full, begun = self._full, self._begun
                rows = await self.store.claim_outbox(
                    limit=1 if full else _AT_ONCE,
                    now=self.clock.now(),
                    lease=_LEASE,
                    doors=self._doors(),
                    paused=self._held_back(),
                )
                for row in rows:
                    if row.id not in self._carried:
                        self._take(row, begun)
                if not rows:
                    await self._rest()
                elif full and rows[-1].lane is Lane.BROADCAST:
                    await self._sleep(_LOOK_WHEN_FULL)
            except StoreUnavailable:
                await asyncio.sleep(_RECORD_AGAIN)
            await asyncio.sleep(0)  # a long outbox must not keep everybody else from the event loop

    def _take(self, row: Outbound, begun: float | None) -> None:
        held = self._carried[row.id] = _Carried(row, asyncio.get_running_loop().time(), begun)
        if row.broadcast:
            self._bulk[row.broadcast] += 1
        held.task = asyncio.create_task(self._carry(held), name=f"deliver {row.id}")
        held.task.add_done_callback(self._carried_off)

    def _carried_off(self, task: asyncio.Task[None]) -> None:
        """A fault in the program ends the loop, which is then begun anew."""
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._fault = fault
            self._wake.set()

    async def _rest(self) -> None:
        due = await self.store.next_due(doors=self._doors(), paused=self._held_back())
        seconds = _LONGEST_SLEEP if due is None else (due - self.clock.now()).total_seconds()
        await self._sleep(min(_LONGEST_SLEEP, max(0.02, seconds)))

    async def _sleep(self, seconds: float) -> None:
        alarm = asyncio.get_running_loop().call_later(seconds, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            alarm.cancel()

    # ---------------------------------------------------------------- one row

    async def _carry(self, held: _Carried) -> None:
        try:
            await self._deliver(held.row)
        finally:
            self._carried.pop(held.row.id, None)
            self._put_down(held.row.broadcast)
            self._wake.set()

    def _put_down(self, broadcast: str) -> None:
        if broadcast:
            self._bulk[broadcast] -= 1
            if not self._bulk[broadcast]:
                del self._bulk[broadcast]

    async def _deliver(self, row: Outbound) -> None:
        channel = self.channels.get(row.to.channel)
        if channel is None:
            await self._record(self.store.postpone, row.id, self.clock.now() + timedelta(seconds=30))
            return
        place = self._turns.join(row) if self.pace is not None and self.paced.get(row.to.channel) else None
        try:
            if await self._sent_in_turn(row, channel, place):
                return
        finally:
            if place is not None:
                self._turns.leave(row, place)
        if self._fate(row) == "withdraw":
            await self._record(self.store.undeliverable, row, "withdrawn before it was sent")
        # A row that is to stay is claimed again when its lease ends.

    async def _sent_in_turn(self, row: Outbound, channel: Channel, place: Place | None) -> bool:
        """Whether it left, as soon as the pace, the door and those before it allow; False when it is not to leave."""
        slots = self._slots[channel.name]
        while self._fate(row) == "leave":
            if place is not None and not place.first:
                await place.comes()
                continue
            async with slots.slot(row.lane):
                wait = self._pace_wait(row)
                while 0 < wait <= _SHORT_WAIT:
                    await asyncio.sleep(wait)
                    wait = self._pace_wait(row)
                if wait <= 0 and self._fate(row) == "leave" and (place is None or place.first):
                    if row.id in self._carried:
                        self._carried[row.id].sending = True
                    self._count_sent(row)
                    if place is not None:
                        self._turns.leave(row, place)  # counted: the next may go while this is on its way
                    await self._send(row, channel)
                    return True
            await asyncio.sleep(max(0.0, wait))
        return False

    async def _send(self, row: Outbound, channel: Channel) -> None:
        try:
            receipt = await self._hand_over(row, channel)
        except Undeliverable as error:
            log.warning("undeliverable", row=_log_id(row), channel=row.to.channel, reason=error.reason)
            await self._give_up(row, error.reason, address_gone=error.address_gone)
        except DeliveryDelayed as error:
            self._hold(row, error)
            await self._delayed(row, error)
        except TimeoutError:
            await self._delayed(row, DeliveryDelayed("no answer in time", timedelta(seconds=5), may_have_arrived=True))
        except Exception:  # one odd row must not stop all others; it is kept and tried again later
            log.exception("delivery_failed", row=_log_id(row), channel=row.to.channel)
            if row.attempts >= _MOST_FAULTS:
                await self._give_up(row, "it could not be shown: an unexpected fault")
            else:
                await self._delayed(row, DeliveryDelayed("unexpected fault", timedelta(seconds=10)))
        else:
            self._count_parts(row, receipt)
            if receipt.free and self.pace is not None and row.to.channel in self.paced:
                self.pace.spared(row.to.key)
            await self._record(self.store.delivered, row, receipt, self.clock.now())
            await self._note_group(row)

    async def _hand_over(self, row: Outbound, channel: Channel) -> Receipt:
        now = asyncio.get_running_loop().time
        began = now()
        try:
            async with asyncio.timeout(_DELIVERY_TIMEOUT):
                return await channel.deliver(row)
        finally:
            if self.pace is not None and row.to.channel in self.paced:
                self.pace.answered(now(), now() - began)

    async def _give_up(self, row: Outbound, reason: str, *, address_gone: bool = False) -> None:
        """Another door of the same person is tried; else the reason stays for staff."""
        other: Address | None = None
        while True:
            try:
                other = await self.gone(row, reason, address_gone=address_gone)
            except StoreUnavailable:
                await asyncio.sleep(_RECORD_AGAIN)
            except Exception:  # the row must not be sent for ever because of it
                log.exception("giving_up_failed", row=_log_id(row))
                break
            else:
                break
        if other is not None:
            await self._record(self.store.redirect, row, other)
        else:
            await self._record(self.store.undeliverable, row, reason)

    async def _note_group(self, row: Outbound) -> None:
        """For the next process: a group's minute is long, and it must know what was sent in it."""
        if self.pace is not None and self.paced.get(row.to.channel, False):
            now = asyncio.get_running_loop().time()
            with suppress(StoreUnavailable):
                await GroupMinutes(self.store).note(
                    row.to.key, [now - then for then in self.pace.minute(row.to.key, now)]
                )

    def _pace_wait(self, row: Outbound) -> float:
        if self.pace is None or row.to.channel not in self.paced:
            return 0.0
        now = asyncio.get_running_loop().time()
        return self.pace.wait_for(row.to.key, row.lane, now, group=self.paced[row.to.channel])

    def _count_sent(self, row: Outbound) -> None:
        if self.pace is not None and row.to.channel in self.paced:
            now = asyncio.get_running_loop().time()
            self.pace.sent(row.to.key, row.lane, now, under_way=True)

    def _count_parts(self, row: Outbound, receipt: Receipt) -> None:
        """A long message went out in several parts, and each counts. In a group the references also name the thread."""
        several = isinstance(row.body, Message) and len(receipt.refs) > 1
        if self.pace is not None and row.to.channel in self.paced and several:
            now = asyncio.get_running_loop().time()
            self.pace.sent(row.to.key, row.lane, now, count=len(receipt.refs) - 1)

    def _hold(self, row: Outbound, error: DeliveryDelayed) -> None:
        if self.pace is None or row.to.channel not in self.paced:
            return
        now = asyncio.get_running_loop().time()
        until = now + error.retry_after.total_seconds()
        if error.whole_channel:
            self.pace.hold(until)
        else:
            self.pace.refused(row.to.key, row.lane, until, now)

    async def _delayed(self, row: Outbound, error: DeliveryDelayed) -> None:
        now = self.clock.now()
        # A card that is shown or removed twice changes nothing, and "reception has it" may only be said when it is true.
        unsure = error.may_have_arrived and not isinstance(row.body, ShowTicket | Unshow)
        if unsure and row.unsure:
            # Sent twice already, each time without an answer: a third copy would help nobody.
            log.warning("may_have_arrived", row=_log_id(row))
            await self._give_up(row, "sent twice without an answer: it may have arrived")
            return
        if now - row.created_at > _GIVE_UP_AFTER:
            await self._give_up(row, "could not be delivered within a day")
            return
        backoff = (
            min(60.0, 0.5 * 2.0 ** min(row.attempts, 7))
            if row.lane > Lane.TICKET
            else min(5.0, 0.5 * 2.0 ** min(row.attempts, 4))
        )
        until = now + max(error.retry_after, timedelta(seconds=backoff))
        await self._record(self.store.postpone, row.id, until, unsure=unsure)

    async def _record(
        self, verb: Callable[_Arguments, Awaitable[None]], *arguments: _Arguments.args, **named: _Arguments.kwargs
    ) -> None:
        """Write down an outcome; a full disk delays this, and a delivery is not repeated because of it."""
        while True:
            try:
                await verb(*arguments, **named)
            except StoreUnavailable:
                await asyncio.sleep(_RECORD_AGAIN)
            else:
                return


def _log_id(row: Outbound) -> str:
    """An id for the log from which no chat or session can be read."""
    return hashlib.sha256(row.id.encode()).hexdigest()[:12]

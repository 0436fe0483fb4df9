"""Takes rows from the outbox and brings them to their doors; nothing is forgotten and no chat holds up another."""

from __future__ import annotations

import asyncio
import hashlib
import heapq
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, ParamSpec

import structlog

from bot.model.errors import DeliveryDelayed, StoreUnavailable, Undeliverable
from bot.model.messages import Lane, Message, Outbound, OutboundId, Receipt, ShowTicket
from bot.outbox.limits import Pace
from bot.ports import Channel, Clock, Store

log = structlog.get_logger("outbox")

_Arguments = ParamSpec("_Arguments")

_LEASE: Final = timedelta(seconds=60)
_SLOTS: Final = 16  # replies and broadcasts on their way through one door at once; urgent lanes are not counted
_AT_ONCE: Final = 64  # rows claimed in one go; then others have their turn in the event loop
_DELIVERY_TIMEOUT: Final = 45.0  # seconds for one delivery, less than the lease
_GIVE_UP_AFTER: Final = timedelta(hours=24)
_LONGEST_SLEEP: Final = 5.0  # seconds between looks at the outbox when nothing wakes the loop
_RECORD_AGAIN: Final = 0.5  # seconds until a delivery that could not be recorded is recorded again
_MOST_FAULTS: Final = 3  # unexpected faults after which a row is set aside; the log and the history say so
_SHORT_WAIT: Final = 0.2  # seconds for the pace that a row may spend in its slot; a longer wait gives it to others
_LAST_DELIVERIES: Final = 5.0  # seconds that deliveries on their way have when the house closes


class Slots:
    """Lets through a few at a time; urgent lanes pass without a slot, so nothing that hangs can hold them up."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._numbers = 0
        self._queue: list[tuple[Lane, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def slot(self, lane: Lane) -> AsyncIterator[None]:
        if lane <= Lane.TICKET:
            yield
            return
        await self._take(lane)
        try:
            yield
        finally:
            self._give()

    async def _take(self, lane: Lane) -> None:
        if self._free:
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._numbers += 1
        heapq.heappush(self._queue, (lane, self._numbers, place))
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # given a slot in the same moment: pass it on
                self._give()
            raise

    def _give(self) -> None:
        while self._queue:
            _, _, place = heapq.heappop(self._queue)
            if not place.done():
                place.set_result(None)
                return
        self._free += 1


@dataclass
class Dispatcher:
    store: Store
    channels: Mapping[str, Channel]
    clock: Clock
    pace: Pace | None = None
    """How fast the bot may send; doors that are not its own have no limit."""
    paced: Mapping[str, bool] = field(default_factory=dict)
    """The doors that share the pace, and whether their addresses are groups."""
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _carried: set[OutboundId] = field(default_factory=set)
    """Claimed and not yet through: a row that waits longer than its lease is claimed again, but not sent again."""
    _unsure: set[OutboundId] = field(default_factory=set)
    """Sent once without an answer."""
    _slots: defaultdict[str, Slots] = field(default_factory=lambda: defaultdict(lambda: Slots(_SLOTS)))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(), name="outbox wake-up")
            group.create_task(self._dispatch(group), name="outbox dispatch")

    async def deliver_at_once(self, row: Outbound) -> None:
        """Past the outbox, for an emergency that could not be stored. Failure is logged: there is nowhere to keep it."""
        channel = self.channels.get(row.to.channel)
        if channel is None:
            return
        try:
            async with asyncio.timeout(5):
                await channel.deliver(row)
        except (Undeliverable, DeliveryDelayed, TimeoutError) as error:
            log.error("emergency_answer_failed", row=_log_id(row), reason=type(error).__name__)  # noqa: TRY400 -- the reason is enough

    async def _listen(self) -> None:
        while True:
            with suppress(StoreUnavailable):
                async for change in self.store.changes():
                    if change.outbox or change.gap:
                        self._wake.set()
            await asyncio.sleep(_RECORD_AGAIN)

    async def _dispatch(self, group: asyncio.TaskGroup) -> None:
        while True:
            self._wake.clear()
            try:
                rows = await self.store.claim_outbox(limit=_AT_ONCE, now=self.clock.now(), lease=_LEASE)
                for row in rows:
                    if row.id not in self._carried:
                        self._carried.add(row.id)
                        group.create_task(self._carry(row), name=f"deliver {row.id}")
                if not rows:
                    await self._rest()
            except StoreUnavailable:
                await asyncio.sleep(_RECORD_AGAIN)
            await asyncio.sleep(0)  # a long outbox must not keep everybody else from the event loop

    async def _rest(self) -> None:
        due = await self.store.next_due()
        seconds = _LONGEST_SLEEP if due is None else (due - self.clock.now()).total_seconds()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(_LONGEST_SLEEP, max(0.02, seconds))):
                await self._wake.wait()

    async def _carry(self, row: Outbound) -> None:
        try:
            await self._deliver(row)
        finally:
            self._carried.discard(row.id)
            self._wake.set()

    async def _deliver(self, row: Outbound) -> None:
        channel = self.channels.get(row.to.channel)
        if channel is None:
            await self._record(self.store.postpone, row.id, self.clock.now() + timedelta(seconds=30))
            return
        slots = self._slots[channel.name]
        while True:
            async with slots.slot(row.lane):
                wait = self._pace_wait(row)
                while 0 < wait <= _SHORT_WAIT:
                    await asyncio.sleep(wait)
                    wait = self._pace_wait(row)
                if wait <= 0:
                    self._count_sent(row)
                    await self._to_the_end(row, channel)
                    return
            await asyncio.sleep(wait)

    async def _to_the_end(self, row: Outbound, channel: Channel) -> None:
        """When the house closes, what is on its way may finish: else it would be sent again after the next start."""
        sending = asyncio.create_task(self._send(row, channel), name=f"send {row.id}")
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            try:
                await asyncio.wait([sending], timeout=_LAST_DELIVERIES)
            finally:
                sending.cancel()
                await asyncio.wait([sending])
            raise

    async def _send(self, row: Outbound, channel: Channel) -> None:
        try:
            async with asyncio.timeout(_DELIVERY_TIMEOUT):
                receipt = await channel.deliver(row)
        except Undeliverable as error:
            log.warning("undeliverable", row=_log_id(row), channel=row.to.channel, reason=error.reason)
            await self._record(self.store.undeliverable, row, error.reason)
        except DeliveryDelayed as error:
            self._hold(row, error)
            await self._delayed(row, error)
        except TimeoutError:
            await self._delayed(row, DeliveryDelayed("no answer in time", timedelta(seconds=5), may_have_arrived=True))
        except Exception:  # one odd row must not stop all others; it is kept and tried again later
            log.exception("delivery_failed", row=_log_id(row), channel=row.to.channel)
            if row.attempts >= _MOST_FAULTS:
                await self._record(self.store.undeliverable, row, "it could not be shown: an unexpected fault")
            else:
                await self._delayed(row, DeliveryDelayed("unexpected fault", timedelta(seconds=10)))
        else:
            self._count_parts(row, receipt)
            await self._record(self.store.delivered, row, receipt, self.clock.now())
            self._unsure.discard(row.id)

    def _pace_wait(self, row: Outbound) -> float:
        if self.pace is None or row.to.channel not in self.paced:
            return 0.0
        now = asyncio.get_running_loop().time()
        return self.pace.wait_for(row.to.key, row.lane, now, group=self.paced[row.to.channel])

    def _count_sent(self, row: Outbound) -> None:
        if self.pace is not None and row.to.channel in self.paced:
            now = asyncio.get_running_loop().time()
            self.pace.sent(row.to.key, row.lane, now, group=self.paced[row.to.channel])

    def _count_parts(self, row: Outbound, receipt: Receipt) -> None:
        """A long message went out in several parts, and each counts. In a group the references also name the thread."""
        several = isinstance(row.body, Message) and len(receipt.refs) > 1
        if self.pace is not None and row.to.channel in self.paced and several:
            now = asyncio.get_running_loop().time()
            self.pace.sent(row.to.key, row.lane, now, group=self.paced[row.to.channel], count=len(receipt.refs) - 1)

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
        # A card that is shown twice changes nothing, and "reception has it" may only be said when it is true.
        if error.may_have_arrived and not isinstance(row.body, ShowTicket):
            if row.id in self._unsure:
                # Sent twice already, each time without an answer: a third copy would help nobody.
                log.warning("may_have_arrived", row=_log_id(row))
                await self._record(self.store.undeliverable, row, "sent twice without an answer: it may have arrived")
                self._unsure.discard(row.id)
                return
            self._unsure.add(row.id)
        if now - row.created_at > _GIVE_UP_AFTER:
            await self._record(self.store.undeliverable, row, "could not be delivered within a day")
            return
        backoff = (
            min(60.0, 0.5 * 2.0 ** min(row.attempts, 7))
            if row.lane > Lane.TICKET
            else min(5.0, 0.5 * 2.0 ** min(row.attempts, 4))
        )
        await self._record(self.store.postpone, row.id, now + max(error.retry_after, timedelta(seconds=backoff)))

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

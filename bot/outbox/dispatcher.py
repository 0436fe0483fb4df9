"""Takes rows from the outbox and brings them to their doors; nothing is forgotten and no chat holds up another."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from bot.model.errors import DeliveryDelayed, StoreUnavailable, Undeliverable
from bot.model.messages import Lane, Outbound, Receipt
from bot.outbox.limits import Pace
from bot.ports import Channel, Clock, Store

log = structlog.get_logger("outbox")

_LEASE: Final = timedelta(seconds=60)
_SLOTS: Final = 16  # replies and broadcasts on their way at once; urgent lanes are not counted
_DELIVERY_TIMEOUT: Final = 45.0  # seconds for one delivery, less than the lease
_GIVE_UP_AFTER: Final = timedelta(hours=24)
_LONGEST_SLEEP: Final = 5.0  # seconds between looks at the outbox when nothing wakes the loop
_RECORD_AGAIN: Final = 0.5  # seconds until a delivery that could not be recorded is recorded again


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
    _busy: int = 0

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
            log.error("emergency_answer_failed", row=row.id, reason=type(error).__name__)  # noqa: TRY400 -- the reason is enough

    async def _listen(self) -> None:
        async for change in self.store.changes():
            if change.outbox or change.gap:
                self._wake.set()

    async def _dispatch(self, group: asyncio.TaskGroup) -> None:
        while True:
            self._wake.clear()
            now = self.clock.now()
            rows = await self.store.claim_outbox(limit=max(4, 2 * _SLOTS - self._busy), now=now, lease=_LEASE)
            for row in rows:
                self._busy += 1
                group.create_task(self._carry(row), name=f"deliver {row.id}")
            if not rows:
                await self._rest()

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
            self._busy -= 1
            self._wake.set()

    async def _deliver(self, row: Outbound) -> None:
        channel = self.channels.get(row.to.channel)
        if channel is None:
            await self._record(self.store.postpone, row.id, self.clock.now() + timedelta(seconds=30))
            return
        try:
            await self._wait_for_pace(row)
            async with asyncio.timeout(_DELIVERY_TIMEOUT):
                receipt = await channel.deliver(row)
        except Undeliverable as error:
            log.warning("undeliverable", row=row.id, channel=row.to.channel, reason=error.reason)
            await self._record(self.store.undeliverable, row, error.reason)
        except DeliveryDelayed as error:
            await self._delayed(row, error)
        except TimeoutError:
            await self._delayed(row, DeliveryDelayed("no answer in time", timedelta(seconds=5), may_have_arrived=True))
        except Exception:  # one odd row must not stop all others; it is kept and tried again later
            log.exception("delivery_failed", row=row.id, channel=row.to.channel)
            await self._delayed(row, DeliveryDelayed("unexpected fault", timedelta(seconds=30)))
        else:
            self._count_parts(row, receipt)
            await self._record(self.store.delivered, row, receipt, self.clock.now())

    async def _wait_for_pace(self, row: Outbound) -> None:
        if self.pace is None or row.to.channel not in self.paced:
            return
        loop, group = asyncio.get_running_loop(), self.paced[row.to.channel]
        while (wait := self.pace.wait_for(row.to.key, row.lane, loop.time(), group=group)) > 0:  # noqa: ASYNC110 -- only time is waited for
            await asyncio.sleep(wait)
        self.pace.sent(row.to.key, row.lane, loop.time(), group=group)

    def _count_parts(self, row: Outbound, receipt: Receipt) -> None:
        """A long message went out in several parts, and each counts."""
        if self.pace is not None and row.to.channel in self.paced and len(receipt.refs) > 1:
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
        if error.may_have_arrived and row.attempts >= 1:
            # Sent twice already, each time without an answer: a third copy would help nobody.
            log.warning("may_have_arrived", row=row.id)
            await self._record(self.store.delivered, row, Receipt(), now)
            return
        if now - row.created_at > _GIVE_UP_AFTER:
            await self._record(self.store.undeliverable, row, "could not be delivered within a day")
            return
        self._hold(row, error)
        backoff = (
            min(60.0, 0.5 * 2.0 ** min(row.attempts, 7))
            if row.lane > Lane.TICKET
            else min(5.0, 0.5 * 2.0 ** min(row.attempts, 4))
        )
        await self._record(self.store.postpone, row.id, now + max(error.retry_after, timedelta(seconds=backoff)))

    async def _record(self, verb: object, *arguments: object) -> None:
        """Write down an outcome; a full disk delays this, and a delivery is not repeated because of it."""
        while True:
            try:
                await verb(*arguments)  # type: ignore[operator]
            except StoreUnavailable:
                await asyncio.sleep(_RECORD_AGAIN)
            else:
                return

"""The real process with one thing broken on purpose, or with a bad disk below it; never a part of the product.

    python -m tests.load.desk.patched NAME run

The product knows nothing of this: a function is exchanged, and then its own command line takes over.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Any, Final

from bot.channels.webchat.door import WebChat
from bot.clock import RealClock
from bot.desk.front import FrontDesk
from bot.desk.turn import Turn
from bot.model.errors import StoreUnavailable
from bot.model.messages import Inbound, Lane, Outbound
from bot.model.people import Address
from bot.transports.web_errors import Told

_running: set[asyncio.Task[Any]] = set()
chance = random.Random(7)  # noqa: S311 -- chance, not secrets


def confirm_before_store() -> None:
    """Both doors confirm at once, and the message is handled a moment later."""
    receive = FrontDesk.receive

    async def later(self: FrontDesk, inbound: Inbound) -> None:
        async def handle() -> None:
            await asyncio.sleep(0.3)
            await receive(self, inbound)

        task = asyncio.create_task(handle())
        _running.add(task)
        task.add_done_callback(_running.discard)

    FrontDesk.receive = later  # type: ignore[method-assign]


def no_dedupe() -> None:
    """A message that was handled before is handled again."""

    async def known(_self: FrontDesk, _tx: object, _inbound: object) -> bool:
        return False

    FrontDesk._known = known  # type: ignore[method-assign, assignment]


def forget_outbox() -> None:
    """What was waiting to be sent when the process ended is not sent by the next one."""
    from storage.documents import DocumentStore  # noqa: PLC0415 -- only this fault needs it

    claim, began = DocumentStore.claim_outbox, list[bool]()

    async def forgetting(self: DocumentStore, **asked: Any) -> Any:
        if not began:
            began.append(True)
            while await claim(self, **(asked | {"limit": 10_000, "lease": timedelta(days=1)})):
                pass
        return await claim(self, **asked)

    DocumentStore.claim_outbox = forgetting  # type: ignore[method-assign]


def send_before_commit() -> None:
    """Answers leave while the turn is still open, on a disk that fails now and then."""
    flaky_store()

    async def at_once(self: Turn, message: Any, entry: Any, lane: Lane, _replaces: str) -> None:
        row = Outbound("", self.reply_to, lane, message, self.now, self.now, entry=entry.seq)  # type: ignore[arg-type]
        assert _desks
        assert _desks[0].at_once is not None
        await _desks[0].at_once(row)

    _remember_desk()
    Turn._send = at_once  # type: ignore[method-assign, assignment]


def wrong_chat() -> None:
    """One place remembers to whom is being spoken, and two turns at once share it."""
    receive, start, speaking = FrontDesk.receive, FrontDesk._start_turn, list[Address]()

    async def noting(self: FrontDesk, inbound: Inbound) -> None:
        speaking[:] = [inbound.sender.address]
        await asyncio.sleep(0.1)
        await receive(self, inbound)

    async def starting(self: FrontDesk, tx: Any, inbound: Inbound, **more: Any) -> Turn:
        turn = await start(self, tx, inbound, **more)
        if turn.reply_to.channel == speaking[0].channel:
            turn.reply_to = speaking[0]
        return turn

    FrontDesk.receive = noting  # type: ignore[method-assign]
    FrontDesk._start_turn = starting  # type: ignore[method-assign]


def limit_per_address() -> None:
    """The limiter counts the hotel's one address instead of the session."""
    slow_down = WebChat._slow_down

    def by_address(self: WebChat, session: Any) -> None:
        slow_down(self, replace(session, key="127.0.0.1"))

    WebChat._slow_down = by_address  # type: ignore[method-assign]


def limit_emergencies() -> None:
    """The limiter looks at no words."""
    hand_over, buckets = WebChat._hand_over, dict[str, float]()

    async def limited(self: WebChat, inbound: Inbound) -> None:
        now = time.monotonic()
        due = buckets.get("all", 0.0)
        if due > now + 0.5:
            from bot.channels.webchat.door import TOO_FAST  # noqa: PLC0415

            raise Told(429, TOO_FAST, headers={"Retry-After": "30"})
        buckets["all"] = max(due, now) + 0.05
        await hand_over(self, inbound)

    WebChat._hand_over = limited  # type: ignore[method-assign]


# -------------------------------------------------------------------- not faults of the desk, but of what it stands on


def flaky_store() -> None:
    """Every now and then a turn cannot be stored."""
    committed = FrontDesk._committed

    async def failing(self: FrontDesk, inbound: Inbound) -> Any:
        if chance.random() < 0.05:
            # Rolled back after everything was decided, as a disk does that fails at the last moment.
            return await committed(_failing(self), inbound)
        return await committed(self, inbound)

    FrontDesk._committed = failing  # type: ignore[method-assign]


def _failing(desk: FrontDesk) -> FrontDesk:
    class Rolling:
        def __init__(self, turn: Any) -> None:
            self._turn = turn

        async def __aenter__(self) -> Any:
            self._tx = await self._turn.__aenter__()
            return self._tx

        async def __aexit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
        ) -> None:
            failed = error or StoreUnavailable("planted")
            with suppress(type(failed)):
                await self._turn.__aexit__(type(failed), failed, failed.__traceback__)
            raise failed

    class Store:
        def transaction(self, who: Any) -> Any:
            return Rolling(desk.store.transaction(who))

        def __getattr__(self, name: str) -> Any:
            return getattr(desk.store, name)

    return replace(desk, store=Store())


def slow_disk() -> None:
    """Every sync takes up to a third of a second, and now and then two."""

    def slowly(sync: Callable[[Any], None]) -> Callable[[Any], None]:
        def slow(descriptor: Any) -> None:
            time.sleep(2.0 if chance.random() < 0.01 else chance.uniform(0.0, 0.3))
            sync(descriptor)

        return slow

    os.fsync, os.fdatasync = slowly(os.fsync), slowly(os.fdatasync)  # type: ignore[assignment]


def machine_clock() -> None:
    """``DESK_CLOCK`` is what the machine's clock says at the start, and the house reads it as it reads a real one.

    A demonstration's clock is believed whatever it says; a real house goes on with the time of the process before.
    """
    from bot import app  # noqa: PLC0415 -- only this weather needs it

    def clock(settings: Any, content: Any) -> RealClock:
        start = settings.clock.timestamp() - time.monotonic()
        return RealClock(content.snapshot().event.zone, wall=lambda: start + time.monotonic())

    app._clock = clock


_desks: list[FrontDesk] = []


def _remember_desk() -> None:
    receive = FrontDesk.receive

    async def noting(self: FrontDesk, inbound: Inbound) -> None:
        _desks[:] = [self]
        await receive(self, inbound)

    FrontDesk.receive = noting  # type: ignore[method-assign]


PATCHES: Final[Mapping[str, Callable[[], None]]] = {
    "confirm-before-store": confirm_before_store,
    "no-dedupe": no_dedupe,
    "forget-outbox": forget_outbox,
    "send-before-commit": send_before_commit,
    "wrong-chat": wrong_chat,
    "limit-per-address": limit_per_address,
    "limit-emergencies": limit_emergencies,
    "flaky-store": flaky_store,
    "slow-disk": slow_disk,
    "machine-clock": machine_clock,
}


def command(name: str) -> tuple[str, ...]:
    """What starts the process with this patch."""
    return "-m", "tests.load.desk.patched", name, "run"


if __name__ == "__main__":
    PATCHES[sys.argv[1]]()
    del sys.argv[1]
    from bot.__main__ import main

    main()

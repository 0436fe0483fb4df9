"""The figures of one process, for ``/metrics``; counts and times only, never people."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector

from bot.model.messages import Lane

_COMMITS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_LAGS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_WORST_OF: Final = 60.0  # seconds over which the worst lag is shown
OUTCOMES: Final = ("received", "handled", "repeated", "aside")


class Figures:
    """Each house has a registry of its own, so that two in one process do not add up."""

    def __init__(self, tick: Callable[[], float] = time.monotonic) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._tick = tick
        self._worst: list[tuple[float, float]] = []
        self._updates = Counter(
            "desk_updates", "Messages and presses by what became of them.", ["outcome"], registry=self.registry
        )
        for outcome in OUTCOMES:
            self._updates.labels(outcome)
        self.commit = Histogram(
            "desk_commit_seconds", "How long a turn's commit took.", buckets=_COMMITS, registry=self.registry
        )
        self._lag = Histogram(
            "desk_loop_lag_seconds", "How late the event loop was.", buckets=_LAGS, registry=self.registry
        )
        self.worst_lag = Gauge(
            "desk_loop_lag_worst_seconds", "The worst lag of the last minute.", registry=self.registry
        )
        self.outbox = Gauge(
            "desk_outbox_under_way", "Rows claimed and not yet delivered.", ["lane"], registry=self.registry
        )
        self.waiting = Gauge("desk_outbox_rows", "All rows of the outbox.", registry=self.registry)
        self.oldest = Gauge(
            "desk_outbox_oldest_seconds", "How long the oldest row has been due.", registry=self.registry
        )
        self.tickets = Gauge("desk_open_tickets", "Tickets that are not resolved.", registry=self.registry)
        self.parts = Gauge("desk_part", "2 green, 1 amber, 0 red.", ["part"], registry=self.registry)
        self.alarms = Gauge("desk_alarms", "Alarms that are raised now.", registry=self.registry)
        self.silent = Gauge("desk_telegram_silent_seconds", "Since Telegram was last heard of.", registry=self.registry)
        self.restarts = Gauge("desk_loop_restarts", "Loops that were started again.", ["loop"], registry=self.registry)

    def count(self, outcome: str) -> None:
        self._updates.labels(outcome).inc()

    def lag(self, seconds: float) -> None:
        self._lag.observe(seconds)
        now = self._tick()
        self._worst = [(at, lag) for at, lag in self._worst if now - at < _WORST_OF and lag > seconds]
        self._worst.append((now, seconds))
        self.worst_lag.set(self._worst[0][1])

    def lane(self, lane: Lane, rows: int) -> None:
        self.outbox.labels(lane.name.lower()).set(rows)

"""Delegates and staff act at random over several lanes, with restarts: all views agree, and no word reaches anyone else."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from bot.answers.engine import Engine
from bot.i18n.translator import Speakers
from bot.model.tickets import Verb
from tests.conversations.histories import DEEDS, GUESTS, PAUSES, STAFF, WISHES, History

numbers = st.integers(1, 5)
lanes = st.sampled_from(["telegram", "console"])
names = st.sampled_from(sorted(STAFF))


class Machine(RuleBasedStateMachine):
    content: ClassVar[Engine]
    speakers: ClassVar[Speakers]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.history = self.runner.run(History.begin(self.content, self.speakers))

    @initialize(name=st.sampled_from(sorted(GUESTS)), wish=st.sampled_from(["person", "emergency:medical"]))
    def somebody_comes(self, name: str, wish: str) -> None:
        self.runner.run(self.history.wishes(name, wish, 0))

    @rule(name=st.sampled_from(sorted(GUESTS)), wish=st.sampled_from(WISHES), number=numbers)
    def delegate(self, name: str, wish: str, number: int) -> None:
        self.runner.run(self.history.wishes(name, wish, number))

    @rule(name=names, verb=st.sampled_from(DEEDS), number=numbers, lane=lanes, to=names)
    def staff(self, name: str, verb: Verb, number: int, lane: str, to: str) -> None:
        self.runner.run(self.history.acts(name, verb, number, lane, to))

    @rule(seconds=st.sampled_from(PAUSES))
    def time(self, seconds: int) -> None:
        self.runner.run(self.history.passes(seconds))

    @rule()
    def restart(self) -> None:
        self.runner.run(self.history.restarts())

    @rule(out=st.booleans())
    def group(self, out: bool) -> None:  # noqa: FBT001 -- what hypothesis draws
        self.runner.run(self.history.reach(out=out))

    def teardown(self) -> None:
        try:
            self.runner.run(self.history.agrees())
        finally:
            self.runner.close()


def test_all_views_agree_in_every_history(content: Engine, speakers: Speakers) -> None:
    """Thousands more by ``python -m tests.load.histories``."""
    Machine.content, Machine.speakers = content, speakers

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

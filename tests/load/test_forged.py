"""A sample of the attempts; all of them: ``python -m tests.load.forged --attempts 100000``."""

from __future__ import annotations

import pytest
from telegram import User

from bot.model.people import Staff, StaffId
from bot.reception.telegram.staff import Members
from tests.load.forged import run


async def test_no_forged_action_has_an_effect() -> None:
    made = await run(2_000, seed=7)

    assert sum(made.values()) == 2_000
    assert len(made) == 34, sorted(made)


async def test_attempts_find_a_desk_that_asks_nobody_who_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    async def anybody(self: Members, chat: int, person: User) -> Staff:  # noqa: ARG001 -- as the real one is called
        return Staff(StaffId(f"telegram:{person.id}"), "Anybody", "telegram")

    monkeypatch.setattr(Members, "acting", anybody)

    with pytest.raises(ExceptionGroup) as found:
        await run(2_000, seed=7)
    assert found.group_contains(AssertionError, match="had an effect")

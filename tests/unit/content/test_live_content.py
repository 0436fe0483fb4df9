"""Edits while the desk is open: good ones go live, bad ones leave the last good content serving."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bot.desk import live
from bot.desk.live import LiveContent
from bot.model.errors import ContentError, Fault
from tests.unit.content.small import SmallContent

pytestmark = pytest.mark.process
LONGEST = 45.0  # seconds; an edit needs a fresh process, which is slow to start on a busy machine


@pytest.fixture
async def watched(content: SmallContent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LiveContent]:
    monkeypatch.setattr(live, "_LOOK_EVERY", 0.05)
    opened = await LiveContent.open(content.folders, tmp_path / "cache")
    watching = asyncio.create_task(opened.run())
    yield opened
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONGEST):
        while not true():  # noqa: ASYNC110 -- the desk tells nobody that an edit went live; a look is all there is
            await asyncio.sleep(0.02)


def password(watched: LiveContent) -> object:
    return watched.snapshot().event.facts["wifi.password"].value


async def test_an_edit_goes_live(content: SmallContent, watched: LiveContent) -> None:
    assert password(watched) == "lotus-2023"

    content.edit("tiny/facts.yaml", "lotus-2023", "bamboo-2024")
    content.edit("tiny/contacts.yaml", '"+84 24 5555 0101"', '"+84 24 5555 0199"')

    await until(lambda: password(watched) == "bamboo-2024" and watched.card().desk == "+84 24 5555 0199")
    assert watched.faults == ()
    assert watched.engine().snapshot is watched.snapshot()


async def test_a_bad_edit_leaves_the_last_good_content_until_it_heals(
    content: SmallContent, watched: LiveContent
) -> None:
    before = watched.engine()

    content.edit("tiny/facts.yaml", "value: lotus-2023", "value: TODO")
    await until(lambda: bool(watched.faults))

    assert watched.engine() is before
    assert password(watched) == "lotus-2023"
    assert watched.faults == (
        Fault("tiny/facts.yaml", 10, "wifi.password.value", "this is a placeholder, not a text", "TODO"),
    )

    content.edit("tiny/facts.yaml", "value: TODO", "value: bamboo-2024")
    await until(lambda: not watched.faults)

    assert password(watched) == "bamboo-2024"


async def test_a_start_after_a_bad_edit_goes_on_with_the_last_good_content(
    content: SmallContent, tmp_path: Path
) -> None:
    await LiveContent.open(content.folders, tmp_path / "cache")
    content.edit("tiny/facts.yaml", "value: lotus-2023", "value: TODO")

    again = await LiveContent.open(content.folders, tmp_path / "cache")

    assert password(again) == "lotus-2023"
    assert [fault.field for fault in again.faults] == ["wifi.password.value"]
    with pytest.raises(ContentError):  # nothing good was ever there
        await LiveContent.open(content.folders, tmp_path / "another")

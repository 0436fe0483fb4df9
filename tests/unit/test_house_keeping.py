"""What the house sees to at its ends: whole stores, duties given back, and a word about a disk that anybody can read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app_keeping import DataKeeping
from bot.backup.keeper import Backups
from bot.backup.move import MOVING, refuse_unfinished
from bot.cli.run import tell_unsealed
from bot.model.content import Retention
from bot.model.errors import SettingsError
from bot.privacy.erasing import Eraser
from bot.privacy.keeping import Keeping
from bot.settings import read_settings
from storage.crypt import new_key
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.unit.telegram.desk import snapshot

TOKEN = "123456:a9Kq7LmZx2Vb8Nw4Rt6Yp1"
NOW = datetime(2023, 11, 21, 9, 0, tzinfo=UTC)


class Shared(DocumentStore):
    """A store that several processes open, as far as its duties go."""

    def __init__(self) -> None:
        super().__init__(MemoryTables())
        self.holders: dict[str, str] = {}

    async def lead(self, role: str, holder: str, lease: timedelta) -> bool:  # noqa: ARG002 -- no lease ends here
        return self.holders.setdefault(role, holder) == holder

    async def resign(self, role: str, holder: str) -> None:
        if self.holders.get(role) == holder:
            del self.holders[role]


class Noon:
    def now(self) -> datetime:
        return NOW


async def test_duties_are_given_back_at_the_end_and_those_of_others_are_left(tmp_path: Path) -> None:
    store, event = Shared(), replace(snapshot().event, retention=Retention())
    eraser = Eraser(store, Noon())
    keeping = DataKeeping(
        store, eraser, Keeping(store, lambda: event, Noon(), eraser), Backups(store, tmp_path, None, "1")
    )
    assert keeping.backups is not None
    assert await store.lead("telegram", "another desk", timedelta(minutes=1))
    await keeping.backups.look()
    assert await store.lead("retention", keeping.retention.holder, timedelta(minutes=1))
    assert set(store.holders) == {"telegram", "backup", "retention"}

    await keeping.resign()

    assert store.holders == {"telegram": "another desk"}


async def test_a_store_that_a_move_left_half_full_is_refused() -> None:
    store = DocumentStore(MemoryTables())
    await refuse_unfinished(store)
    await store.remember(MOVING, "the source")

    with pytest.raises(SettingsError, match="a move into this store was interrupted"):
        await refuse_unfinished(store)

    await store.forget(MOVING)
    await refuse_unfinished(store)


@pytest.mark.parametrize("doors", [{"DESK_TELEGRAM_TOKEN": TOKEN}, {"DESK_PUBLIC_URL": "https://desk.example.org"}])
def test_a_public_desk_without_a_key_is_told_once(doors: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    tell_unsealed(read_settings(doors))

    told = capsys.readouterr()
    assert told.out == ""
    [line] = told.err.splitlines()
    assert "not encrypted" in line
    assert "DESK_STORE_KEY" in line


@pytest.mark.parametrize(
    "given",
    [
        {},  # only this machine reaches it
        {"DESK_TELEGRAM_TOKEN": TOKEN, "DESK_STORE_KEY": new_key()},
        {"DESK_TELEGRAM_TOKEN": TOKEN, "DESK_STORE_KEY_FILE": "/run/key"},
        {"DESK_TELEGRAM_TOKEN": TOKEN, "DESK_DATABASE_URL": "postgresql://desk@server/desk"},
        {"DESK_TELEGRAM_TOKEN": TOKEN, "DESK_DATABASE_URL": "memory:"},
    ],
)
def test_there_is_nothing_to_tell(given: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    tell_unsealed(read_settings(given))

    assert capsys.readouterr().err == ""

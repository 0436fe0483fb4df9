"""A snapshot holds everything, or is told to be broken."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.errors import DeskError, SettingsError, StoreUnavailable
from bot.ports import Record
from storage.archive import BackupDamaged, SnapshotReader, check_snapshot, write_snapshot
from storage.crypt import Key, SealBroken, new_key, parse_key
from storage.tables import TABLES

MADE = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
KEY = parse_key(new_key())
SECRET = "my knee hurts"

records = st.lists(
    st.builds(
        lambda table, key, text: Record(
            table, key, json.dumps({"text": text}, ensure_ascii=False).encode("utf-8", "surrogatepass")
        ),
        st.sampled_from(TABLES),
        st.text(st.characters(), min_size=1, max_size=20),
        st.text(st.characters(), max_size=200),
    ),
    max_size=40,
)


async def stream(given_: Sequence[Record]) -> AsyncIterator[Record]:
    for record in given_:
        yield record


def some(count: int) -> list[Record]:
    return [
        Record("entries", f"telegram:1|{n:08d}", json.dumps({"text": f"{SECRET} {n}"}).encode()) for n in range(count)
    ]


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def write(place: Path, given_: Sequence[Record], key: Key | None = None) -> None:
    await write_snapshot(stream(given_), place, key, made=MADE, version="1.0")


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "sealed"])
@settings(max_examples=40, deadline=None)
@given(kept=records)
def test_what_goes_in_comes_out(tmp_path_factory: pytest.TempPathFactory, key: Key | None, kept: list[Record]) -> None:
    import asyncio  # noqa: PLC0415 -- hypothesis runs no coroutines

    place = tmp_path_factory.mktemp("archive") / "one.desk"
    asyncio.run(write(place, kept, key))

    reading = SnapshotReader(place, key)
    assert list(reading.records()) == kept
    assert reading.summary().records == len(kept)
    assert reading.summary().made == MADE


async def test_a_sealed_snapshot_shows_no_word(tmp_path: Path) -> None:
    await write(tmp_path / "one.desk", some(3_000), KEY)

    assert SECRET.encode() not in (tmp_path / "one.desk").read_bytes()
    assert (tmp_path / "one.desk").stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["one.desk"]


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "sealed"])
async def test_every_cut_and_every_flip_is_told(tmp_path: Path, key: Key | None) -> None:
    place = tmp_path / "one.desk"
    await write(place, some(40), key)
    whole = place.read_bytes()
    broken = [whole[:end] for end in range(0, len(whole), 7)]
    broken += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), 7)]

    for content in broken:
        place.write_bytes(content)
        with pytest.raises((BackupDamaged, SealBroken, SettingsError)):
            check_snapshot(place, key)


async def test_a_sealed_snapshot_needs_its_key(tmp_path: Path) -> None:
    await write(tmp_path / "one.desk", some(2), KEY)

    for key in (None, parse_key(new_key())):
        with pytest.raises(SettingsError):
            check_snapshot(tmp_path / "one.desk", key)


async def test_a_store_that_fails_half_way_leaves_no_snapshot(tmp_path: Path) -> None:
    async def failing() -> AsyncIterator[Record]:
        for record in some(1_200):
            yield record
        raise StoreUnavailable("the database is away")

    with pytest.raises(StoreUnavailable, match="away"):
        await write_snapshot(failing(), tmp_path / "one.desk", KEY, made=MADE, version="1.0")

    assert names(tmp_path) == []


async def test_a_folder_that_refuses_is_an_error_that_may_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(StoreUnavailable, match="refused"):
        await write(tmp_path / "file" / "one.desk", some(3_000))


async def test_a_file_of_another_kind_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "one.desk").write_bytes(b"PK\x03\x04 something else entirely, and longer than any head of ours is")

    with pytest.raises(DeskError, match="not a backup"):
        check_snapshot(tmp_path / "one.desk", None)

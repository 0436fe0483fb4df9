"""Moves an event from one store to another: streamed, resumable, compared at the end; the source stays as it is."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.backup.places import NotEmpty, check_url, opened, put_all
from bot.model.errors import DeskError, Fault, SettingsError, StoreLocked
from bot.ports import Record, Store
from storage.crypt import Key
from storage.tables import TABLES

MOVING: Final = "store:moving"
"""Stands in a target that is not complete yet, and names the source."""
_ROLES: Final = ("telegram", "announcements", "retention", "backup")
"""What a running desk holds in a store that several processes share."""
_LEASE: Final = timedelta(minutes=5)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

Say = Callable[[str], None]


class NotTheSame(DeskError):
    """The target does not hold what the source holds."""


@dataclass(frozen=True, slots=True)
class Sum:
    """What a table holds, whatever the order and the spelling of its documents."""

    count: int = 0
    digest: int = 0


async def migrate(source_url: str, target_url: str, *, key: Key | None, say: Say) -> Mapping[str, Sum]:
    """Copy everything and compare; run it again after an interruption.

    Args:
        source_url: Read only; no desk may run on it.
        target_url: Empty, or left unfinished by an earlier run with the same source.
        key: Of the stores of files, where one is set.
        say: Told how far it is.

    Raises:
        StoreLocked: A desk runs on the source.
        NotEmpty: The target holds something else.
        NotTheSame: The source changed since an earlier run, or the target did not keep what it was given.
    """
    check_url(source_url)
    check_url(target_url)
    if source_url == target_url:
        raise NotEmpty("These are one and the same store.")
    async with opened(source_url, key) as source, _alone(source), opened(target_url, key) as target:
        await _begin(target, _fingerprint(source_url))
        wanted = dict.fromkeys(TABLES, Sum())
        await put_all(_summed(_theirs(source), wanted, say), target)
        found = dict.fromkeys(TABLES, Sum())
        async for record in _theirs(target):
            _add(found, record)
        _compare(wanted, found)
        await target.forget(MOVING)
    return found


async def refuse_unfinished(store: Store) -> None:
    """For a desk that opens a store. Raises SettingsError when a move into it did not come to its end."""
    if await store.recall(MOVING) is not None:
        half = "a move into this store was interrupted, and only a part of the event is in it"
        raise SettingsError([Fault("DESK_DATABASE_URL", 1, "", half, allowed="the same `desk migrate` again")])


def _fingerprint(url: str) -> str:
    """An address without the password that may stand in it."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


async def _begin(target: Store, source: str) -> None:
    unfinished = await target.recall(MOVING)
    if unfinished is None and any((await target.counts()).values()):
        raise NotEmpty("The target holds something already. Give an empty one.")
    if unfinished not in (None, source):
        raise NotEmpty("The target was left unfinished by a move from another store. Give an empty one.")
    await target.remember(MOVING, source)


@asynccontextmanager
async def _alone(source: Store) -> AsyncIterator[None]:
    """No desk runs on the source, and none takes up its duties meanwhile. Files have a lock of their own."""
    holder = f"migrate:{secrets.token_hex(4)}"
    held = []
    try:
        for role in _ROLES:
            if not await source.lead(role, holder, _LEASE):
                raise StoreLocked("A desk is running on the source (or was a moment ago); stop it first.")
            held.append(role)
        yield
    finally:
        for role in held:
            await source.resign(role, holder)


async def _theirs(store: Store) -> AsyncIterator[Record]:
    async for record in store.records():
        if (record.table, record.key) != ("settings", MOVING):
            yield record


async def _summed(records: AsyncIterator[Record], sums: dict[str, Sum], say: Say) -> AsyncIterator[Record]:
    table = ""
    async for record in records:
        if table and record.table != table:
            say(f"{table}: {sums[table].count}")
        table = record.table
        _add(sums, record)
        yield record
    if table:
        say(f"{table}: {sums[table].count}")


def _add(sums: dict[str, Sum], record: Record) -> None:
    before = sums[record.table]
    sums[record.table] = Sum(before.count + 1, before.digest ^ digest(record))


def _compare(wanted: Mapping[str, Sum], found: Mapping[str, Sum]) -> None:
    different = [
        f"{table}: {wanted[table].count} in the source, {found[table].count} in the target"
        + (", with different content" if wanted[table].count == found[table].count else "")
        for table in TABLES
        if wanted[table] != found[table]
    ]
    if different:
        raise NotTheSame(
            "The target does not hold what the source holds: " + "; ".join(different) + ". If a desk ran on the source "
            "since an earlier, interrupted move, empty the target and move again."
        )


def digest(record: Record) -> int:
    """The same for documents that say the same: order of fields, spelling of letters and zones of times do not count."""
    document = _plain(json.loads(record.document.decode("utf-8", "surrogatepass")))
    said = json.dumps([record.table, record.key, document], sort_keys=True)
    return int.from_bytes(hashlib.sha256(said.encode()).digest())


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case str() if _TIME.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC).isoformat()
        case _:
            return value

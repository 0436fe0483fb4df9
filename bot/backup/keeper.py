"""Keeps the backups: a snapshot every hour, the log every few seconds, and nothing longer than a week."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import structlog

from bot.backup import erased
from bot.clock import real_now
from bot.i18n.translator import mark
from bot.model.errors import DeskError, StoreUnavailable
from bot.model.people import DelegateId
from bot.ports import Store
from storage.archive import Summary, write_snapshot
from storage.crypt import Key
from storage.logcopy import LogCopy

log = structlog.get_logger("backup")

SNAPSHOT_EVERY: Final = timedelta(hours=1)
KEEP_SNAPSHOTS: Final = timedelta(days=7)
KEEP_LOGS: Final = timedelta(hours=24)
OVERDUE: Final = timedelta(hours=2)
FOLLOW_EVERY: Final = 20.0  # seconds; the log may be 60 behind, and one look may fail
SNAPSHOTS: Final = "snapshots"
LOG: Final = "log"
_SUFFIX: Final = ".desk"
_VERSION: Final = "desk:version"
_ROLE: Final = "backup"
_LEASE: Final = timedelta(minutes=10)
_ALARM: Final = "backup"
_SAID: Final = mark("The last backup was made at {last}. Look at the backup folder and the log.")

Json = Mapping[str, Any]


class Bells(Protocol):
    """What of ``bot.health.alarms`` is needed here."""

    def raise_(self, key: str, message: str, fields: Mapping[str, str] | None = None) -> None: ...

    def clear(self, key: str) -> None: ...


@dataclass
class Backups:
    """The backups of one store in one folder.

    Args:
        store: What is kept.
        folder: ``DESK_BACKUP_DIR``.
        key: Seals the snapshots; None writes them plainly, which the settings allow only when asked to.
        version: Of this project; another one than last time makes a snapshot before anything else.
        journal: The file of a store that has one, for the continuous log.
        alarms: Told when backups fail for too long.
    """

    store: Store
    folder: Path
    key: Key | None
    version: str
    journal: Path | None = None
    alarms: Bells | None = None
    now: Callable[[], datetime] = real_now  # not the desk's: backups of a demonstration live by the real clock too
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    _salt: str = field(default_factory=erased.new_salt)
    _copy: LogCopy | None = None
    _copying: asyncio.Lock = field(default_factory=asyncio.Lock)
    _began: datetime | None = None

    def __post_init__(self) -> None:
        if self.journal is not None:
            self._copy = LogCopy(self.journal, self.folder / LOG)

    # ---------------------------------------------------------------- the loop

    async def run(self) -> None:
        self._began = self.now()
        while True:
            await self.look()
            await asyncio.sleep(FOLLOW_EVERY)

    async def look(self) -> None:
        """Do what is due; failures are told, and tried again at the next look."""
        try:
            due = await self._snapshot_is_due()
            if due:
                await self._make_room()
            await self.follow()
            if due and await self.store.lead(_ROLE, self.holder, _LEASE):
                await self.snapshot()
        except DeskError as error:
            log.error("backup_failed", problem=str(error))  # noqa: TRY400 -- a sentence for the organiser
        except OSError as error:
            log.error("backup_failed", problem=error.strerror or type(error).__name__)  # noqa: TRY400
        except Exception:  # the desk does not stop because a copy of it cannot be made; the alarm tells
            log.exception("backup_failed")
        await self._watch()

    async def _snapshot_is_due(self) -> bool:
        last = await asyncio.to_thread(self.newest)
        return last is None or not timedelta() <= self.now() - last < SNAPSHOT_EVERY

    async def _make_room(self) -> None:
        """Before anything is written: a full folder must not be what keeps the old ones in it."""
        try:
            await asyncio.to_thread(self._prune)
        except OSError as error:
            log.warning("backups_not_removed", problem=error.strerror or type(error).__name__)

    async def resign(self) -> None:
        """At the end: another process need not wait for the lease. Raises StoreUnavailable."""
        await self.store.resign(_ROLE, self.holder)

    async def _watch(self) -> None:
        if self.alarms is None:
            return
        last = await asyncio.to_thread(self.newest)
        since = last or self._began or self.now()
        if self.now() - since > OVERDUE:
            self.alarms.raise_(_ALARM, _SAID, {"last": f"{last:%Y-%m-%d %H:%M} UTC" if last else "–"})
        else:
            self.alarms.clear(_ALARM)

    # ---------------------------------------------------------------- snapshots

    async def snapshot(self) -> Summary:
        """Make one now, and remove what is too old.

        Raises:
            StoreUnavailable: The store or the folder is out of order.
            BackupDamaged: The disk did not keep what was written.
        """
        made = self.now()
        place = self.folder / SNAPSHOTS / f"{stamp(made)}{_SUFFIX}"
        await self._copy_list()
        summary = await write_snapshot(self.store.records(), place, self.key, made=made, version=self.version)
        await asyncio.to_thread(self._prune)
        log.info("snapshot_made", records=summary.records, bytes=place.stat().st_size)
        return summary

    async def before_upgrade(self) -> None:
        """At a start: what another version of the project left is kept as it is, before this one changes it."""
        before = await self.store.recall(_VERSION)
        if before == self.version:
            return
        if before is not None:
            log.info("snapshot_before_upgrade", before=before, now=self.version)
            await self.snapshot()
        await self.store.remember(_VERSION, self.version)

    def newest(self) -> datetime | None:
        """When the newest snapshot was made."""
        found = snapshots(self.folder)
        return found[-1][0] if found else None

    def _prune(self) -> None:
        now = self.now()
        for made, place in snapshots(self.folder)[:-1]:  # the newest stays, however old: there may be no other
            if now - made > KEEP_SNAPSHOTS:
                place.unlink(missing_ok=True)
        if self._copy is not None:
            self._copy.prune(now, KEEP_LOGS)

    # ---------------------------------------------------------------- the log

    async def follow(self) -> int:
        """Copy what the journal has got since; returns how many bytes."""
        if self._copy is None:
            return 0
        async with self._copying:
            return await asyncio.to_thread(self._copy.follow, self.now())

    # ---------------------------------------------------------------- erased people

    async def note_erased(self, who: DelegateId, at: datetime) -> None:
        """On the list before the erasure itself: in the store, and beside the backups.

        Raises:
            StoreUnavailable: It is on no list.
        """
        entry = erased.erased(who, at, self._salt, self.key)
        value = f"{entry.salt} {entry.at.isoformat()}"
        await self.store.remember(f"{erased.PREFIX}{entry.hash}", value, until=at + erased.KEPT_IN_STORE)
        try:
            await asyncio.to_thread(erased.append_to_file, self.folder, [entry])
        except OSError as error:  # nobody's erasure waits for a folder: the next snapshot brings the list along
            log.error("erased_list_not_written", problem=error.strerror)  # noqa: TRY400

    async def _copy_list(self) -> None:
        """What the store has on its list and the folder lacks."""
        kept = await listed_in(self.store)

        def missing() -> None:
            there = {(entry.hash, entry.at) for entry in erased.read_file(self.folder)}
            if lacking := [entry for entry in kept if (entry.hash, entry.at) not in there]:
                erased.append_to_file(self.folder, lacking)

        try:
            await asyncio.to_thread(missing)
        except OSError as error:
            raise StoreUnavailable(f"the backup folder refused: {error.strerror}") from error

    # ---------------------------------------------------------------- for the organiser

    async def asked(self, _asked: Json) -> Json:
        """``backup`` over the admin door."""
        summary = await self.snapshot()
        await self.follow()
        return told(summary, self.folder)


def told(summary: Summary, folder: Path) -> dict[str, Any]:
    return {"made": summary.made.isoformat(), "records": summary.records, "folder": str(folder)}


async def listed_in(store: Store) -> list[erased.Erased]:
    """The list as the store has it."""
    kept = await store.recall_all(erased.PREFIX)
    lines = []
    for name, value in kept.items():
        salt, _, at = value.partition(" ")
        lines.append(f"1 {salt} {name.removeprefix(erased.PREFIX)} {at}")
    return erased.read(lines)


def snapshots(folder: Path) -> list[tuple[datetime, Path]]:
    """The snapshots in a backup folder with their times, oldest first."""
    found = []
    for place in (folder / SNAPSHOTS).glob(f"*{_SUFFIX}"):
        try:
            made = datetime.strptime(place.name.removesuffix(_SUFFIX), _STAMP).replace(tzinfo=UTC)
        except ValueError:
            continue
        found.append((made, place))
    return sorted(found)


_STAMP: Final = "%Y%m%dT%H%M%S%fZ"


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_STAMP)

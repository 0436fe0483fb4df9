"""The default keeper: group commit on the journal, and compaction while it is in use."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, cast

import structlog

from bot.model.errors import StoreUnavailable
from storage.crypt import Key
from storage.frames import pack
from storage.hands import Commit, Errand, Hands, aside, settle
from storage.tables import TABLES, Damage, Document, Write, nothing
from storage.tiny import DeskDB, JournalStorage

PATIENCE: Final = 5.0  # seconds that a commit waits for a disk that does not answer
SCRUB_PATIENCE: Final = 120.0  # seconds that an erasure waits for the journal to be rewritten
_COMPACT_AGAIN: Final = 60.0  # seconds after a refused compaction that nobody waits for
_NO_HURRY: Final = 0.01  # seconds that a commit may wait for others to share its sync with
_LAST_WRITES: Final = 5.0  # seconds that writes on their way have when the store closes

log = structlog.get_logger("storage.group")


class TinyTables:
    def __init__(self, folder: Path, key: Key | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.db = DeskDB(folder, storage=JournalStorage, key=key)
        self._storage = cast("JournalStorage", self.db.storage)
        for name in TABLES:
            self._storage.tables.setdefault(name, {})
        self._hands = Hands(self._storage, self._wrote)
        self._unhurried: list[Commit] = []
        """Commits that wait for company."""
        self._sending_on: asyncio.TimerHandle | None = None
        self._open: dict[Commit, None] = {}
        """Commits whose callers wait, the oldest first."""
        self._late: set[Commit] = set()
        """Commits that are being written, and whose callers were told that they failed."""
        self._known = asyncio.Event()
        """Set when nothing is late."""
        self._watch: asyncio.TimerHandle | None = None
        self._scrubs: list[asyncio.Future[None]] = []
        self._compaction: asyncio.Task[None] | None = None
        self._compact_after = 0.0
        self._closing = False

    @property
    def damage(self) -> Sequence[Damage]:
        return self._storage.journal.damage

    def get(self, table: str, key: str) -> Document | None:
        return self._storage.tables[table].get(key)

    def items(self, table: str) -> Iterator[tuple[str, Document]]:
        return iter(list(self._storage.tables[table].items()))

    def count(self, table: str) -> int:
        return len(self._storage.tables[table])

    # ---------------------------------------------------------------- commits

    async def commit(self, writes: Sequence[Write], then: Callable[[], None] = nothing, *, hurry: bool = True) -> None:
        loop = asyncio.get_running_loop()
        if self._closing:
            raise StoreUnavailable("the store is closing")
        if not writes:
            then()
            return
        # Packed here: a document that cannot be written fails its own turn and not those that share the sync.
        commit = Commit(writes, pack(writes), then, loop.create_future(), loop.time())
        self._open[commit] = None
        if self._watch is None:
            self._watch = loop.call_later(PATIENCE, self._look)
        self._unhurried.append(commit)
        if hurry:
            self._send_on()
        elif self._sending_on is None:
            self._sending_on = loop.call_later(_NO_HURRY, self._send_on)
        try:
            await commit.done
        except asyncio.CancelledError:
            await self._uninterrupted(commit)
            raise

    def _send_on(self) -> None:
        if self._sending_on is not None:
            self._sending_on.cancel()
            self._sending_on = None
        waiting, self._unhurried = self._unhurried, []
        for commit in waiting:
            self._hands.give(commit)

    async def _uninterrupted(self, commit: Commit) -> None:
        """Wait to the end even when cancelled: a write on its way cannot be taken back, and its turn ends after it."""
        if commit not in self._open:
            return
        commit.done = done = asyncio.get_running_loop().create_future()
        await _ended(done)

    def _wrote(self, batch: Sequence[Commit], position: int, failed: StoreUnavailable | None) -> None:
        """In the event loop, in the order of the writes."""
        for commit in batch:
            self._open.pop(commit, None)
            self._late.discard(commit)
            if failed is None:
                self._storage.apply(commit.writes)
                try:
                    commit.then()
                except Exception:  # it is on disk, and nobody else's commit may suffer
                    log.exception("commit_followed_badly")
            settle(commit.done, failed)
        if failed is None:
            self._storage.reached(position)
            if self._storage.worn:
                self._start_compaction()
        if not self._late:
            self._known.set()

    def _look(self) -> None:
        """Tell those who have waited too long; what the thread has not taken yet is never written."""
        loop = asyncio.get_running_loop()
        self._watch, now = None, loop.time()
        for commit in list(self._open):
            if now - commit.began < PATIENCE:
                self._watch = loop.call_at(commit.began + PATIENCE, self._look)
                return
            del self._open[commit]
            if not self._hands.take_back(commit):
                self._late.add(commit)
                self._known.clear()
            settle(commit.done, StoreUnavailable("the disk does not answer"))

    async def settled(self) -> None:
        if not self._late:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._known.wait()
        except TimeoutError:
            raise StoreUnavailable("the disk does not answer") from None

    # ---------------------------------------------------------------- compaction

    async def scrub(self) -> None:
        if self._closing:
            raise StoreUnavailable("the store is closing")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._scrubs.append(done)
        self._start_compaction(asked=True)
        await asyncio.wait([done], timeout=SCRUB_PATIENCE)
        if not done.done():
            raise StoreUnavailable("the journal could not be rewritten in time")
        done.result()

    def _start_compaction(self, *, asked: bool = False) -> None:
        running = self._compaction is not None and not self._compaction.done()
        if not running and not self._closing and (asked or time.monotonic() >= self._compact_after):
            self._compaction = asyncio.create_task(self._compact(), name="compaction")

    async def _compact(self) -> None:
        """Rewrite the journal; again for those who asked when it had begun, for what they removed may be in it."""
        while True:
            scrubs, self._scrubs = self._scrubs, []
            failed: StoreUnavailable | None = StoreUnavailable("the store is closing")
            try:
                await self._rewrite()
                if scrubs:
                    await aside(self._storage.journal.forget_damage, "removal")
                failed = None
            except StoreUnavailable as error:
                log.warning("compaction_refused", reason=str(error))
                self._compact_after = time.monotonic() + _COMPACT_AGAIN
                failed = error
            finally:
                for done in scrubs:
                    settle(done, failed)
            if not self._scrubs:
                return

    async def _rewrite(self) -> None:
        bodies, since = self._storage.snapshot()
        journal = self._storage.journal
        fresh = await aside(lambda: journal.prepare(bodies, since, self._keep_on), "compaction")
        swapped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._hands.give(Errand(lambda: journal.swap(fresh), swapped))
        await swapped

    def _keep_on(self) -> None:
        if self._closing:
            raise StoreUnavailable("the store is closing")

    # ---------------------------------------------------------------- the end

    async def close(self) -> None:
        """Finish what is on its way; a disk that does not answer is left to itself."""
        self._closing = True
        if self._compaction is not None:
            await asyncio.wait([self._compaction], timeout=_LAST_WRITES)
        self._send_on()
        finished = await asyncio.to_thread(self._hands.close, _LAST_WRITES)
        await asyncio.sleep(0)  # the outcomes of the last batch
        if self._watch is not None:
            self._watch.cancel()
        for commit in self._open:
            settle(commit.done, StoreUnavailable("the store is closing"))
        if finished:
            self.db.close()
        else:
            log.error("store_not_closed", reason="the disk does not answer")


async def _ended(done: asyncio.Future[None]) -> None:
    """Wait until it is done, also when cancelled meanwhile, and be cancelled then."""
    interrupted: asyncio.CancelledError | None = None
    while not done.done():
        try:
            await asyncio.wait([done])
        except asyncio.CancelledError as error:
            interrupted = error
    if interrupted is not None:
        raise interrupted

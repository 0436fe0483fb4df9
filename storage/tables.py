"""What the store's logic asks of a keeper: documents by table and key, and a commit of several at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

Document = bytes
"""A JSON object in UTF-8, without spaces between its parts; see ``storage.codec``."""

SCRUB_OWED: Final = "store:scrub-owed"
"""A key of ``settings``: something was removed, and the files may still hold it."""

TABLES: Final = ("delegates", "entries", "tickets", "outbox", "seen", "refs", "settings", "audit")


@dataclass(frozen=True, slots=True)
class Put:
    """A new key stands last in its table; a known key keeps its place."""

    table: str
    key: str
    document: Document


@dataclass(frozen=True, slots=True)
class Drop:
    table: str
    key: str


Write = Put | Drop


@dataclass(frozen=True, slots=True)
class Damage:
    """A place in a file that cannot be read any more, or (with no length) a damaged file that was set aside."""

    file: str
    offset: int
    length: int
    """Bytes."""

    def __str__(self) -> str:
        if not self.length:
            return f"{self.file}: a damaged journal was set aside here"
        return f"{self.file}: {self.length} bytes from byte {self.offset} on cannot be read"


def nothing() -> None:
    """For a commit after which nothing is to be done."""


class Tables(Protocol):
    @property
    def damage(self) -> Sequence[Damage]:
        """What was found unreadable; empty when all is well."""

    def get(self, table: str, key: str) -> Document | None: ...

    def items(self, table: str) -> Iterator[tuple[str, Document]]:
        """As it is now, in the order in which the keys were put; what changes meanwhile does not disturb."""

    def count(self, table: str) -> int: ...

    async def commit(self, writes: Sequence[Write], then: Callable[[], None] = nothing, *, hurry: bool = True) -> None:
        """Make all the writes durable, in order, or none of them; returns when they are on disk and readable.

        Args:
            writes: What changes.
            then: Called in the moment in which the writes become readable, also when the caller was cancelled while
                they were on their way; what is derived from the tables changes here.
            hurry: Whether it is worth a sync of its own; else it may wait a moment for others to share one with.

        Raises:
            StoreUnavailable: Nothing was changed; or the disk does not answer, and all of it or nothing will be
                changed: ``settled`` waits until that is known.
        """

    async def settled(self) -> None:
        """Wait until no write is on its way whose caller was told that it failed.

        Raises:
            StoreUnavailable: The disk still does not answer.
        """

    async def scrub(self) -> None:
        """Make sure that nothing removed can still be read from any file.

        Raises:
            StoreUnavailable: It may still be there; ask again.
        """

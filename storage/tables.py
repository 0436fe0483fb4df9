"""What the store's logic asks of a keeper: documents by table and key, and a commit of several at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

Document = Mapping[str, Any]

TABLES: Final = ("delegates", "entries", "tickets", "outbox", "seen", "refs", "settings")


@dataclass(frozen=True, slots=True)
class Put:
    table: str
    key: str
    document: Document


@dataclass(frozen=True, slots=True)
class Drop:
    table: str
    key: str


Write = Put | Drop


def nothing() -> None:
    """For a commit after which nothing is to be done."""


class Tables(Protocol):
    def get(self, table: str, key: str) -> Document | None:
        """A document; the caller must not change it."""

    def items(self, table: str) -> Iterator[tuple[str, Document]]: ...

    async def commit(self, writes: Sequence[Write], then: Callable[[], None] = nothing) -> None:
        """Make all the writes durable, in order, or none of them; returns when they are on disk and readable.

        Args:
            writes: What changes.
            then: Called in the moment in which the writes become readable, also when the caller was cancelled while
                they were on their way; what is derived from the tables changes here.

        Raises:
            StoreUnavailable: Nothing was changed.
        """

    async def scrub(self) -> None:
        """Make sure that nothing removed can still be read from any file."""

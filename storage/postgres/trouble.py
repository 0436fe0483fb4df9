"""The driver's errors as ours, in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from bot.model.errors import DeskError, StaleWrite, StoreUnavailable

_STALE: Final = "DK001"  # raised by our own functions; see the migrations
_LEASE_LOST: Final = "DK002"


class LeaseLost(DeskError):
    """Somebody else holds the row now: what became of it in our hands has no effect."""


@contextmanager
def store_errors() -> Iterator[None]:
    """Everything that means "not now" is one error; a fault of ours (a wrong statement, odd data) stays what it is.

    Raises:
        StoreUnavailable: No connection, a restart, no room, a lock or statement that took too long, a standby. After
            a lost connection nobody knows whether a commit came through; the repeat is recognised by its id.
        StaleWrite: Somebody else changed the record.
        LeaseLost: Somebody else holds the row.
    """
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError) as error:
        raise StoreUnavailable(f"the database cannot do it now ({type(error).__name__})") from error
    except TimeoutError as error:
        raise StoreUnavailable("the database did not answer in time") from error
    except psycopg.Error as error:
        if error.sqlstate == _STALE:
            raise StaleWrite("the ticket was changed or erased meanwhile") from None
        if error.sqlstate == _LEASE_LOST:
            raise LeaseLost from None
        if error.sqlstate is not None and error.sqlstate[:2] in {"53", "57", "58", "40", "08"}:
            raise StoreUnavailable(f"the database cannot do it now ({error.sqlstate})") from error
        raise

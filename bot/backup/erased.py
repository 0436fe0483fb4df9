"""Who was erased, as salted hashes: nobody can be read from the list, but whoever comes back in a backup is known.

Each line is ``1 SALT HASH TIME``. With a store key the hash needs that key as well; lines of the time before the key
need none, and both kinds stand in one list. The list lies beside the backups,
and a copy of its recent lines in the store; a restore erases whoever is on it and was first seen before that time.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bot.model.people import DelegateId
from storage.crypt import Key

FILE: Final = "erased.list"
PREFIX: Final = "erased:"
KEPT_IN_STORE: Final = timedelta(days=30)
"""Longer than any backup is kept."""
_PURPOSE: Final = "erased people"
_BYTES: Final = 20  # of a hash


@dataclass(frozen=True, slots=True)
class Erased:
    salt: str
    hash: str
    at: datetime

    @property
    def line(self) -> str:
        return f"1 {self.salt} {self.hash} {self.at.isoformat()}"


def new_salt() -> str:
    """One for each run of the process, so that a long list is compared in few steps."""
    return secrets.token_hex(8)


def erased(who: DelegateId, at: datetime, salt: str, key: Key | None) -> Erased:
    return Erased(salt, _hash(who, _pepper(salt, key)), at)


def read(lines: Iterable[str]) -> list[Erased]:
    """The entries; a line that was cut short is left out, for its write was never confirmed."""
    found = []
    for line in lines:
        parts = line.split()
        if len(parts) != 4 or parts[0] != "1" or len(parts[2]) != 2 * _BYTES:
            continue
        try:
            at = datetime.fromisoformat(parts[3])
        except ValueError:
            continue
        if at.tzinfo is not None:
            found.append(Erased(parts[1], parts[2], at))
    return found


def coming_back(
    people: Mapping[DelegateId, datetime | None], known: Iterable[Erased], key: Key | None
) -> set[DelegateId]:
    """Who of these people was erased.

    Args:
        people: When each was first seen; None when nobody can tell.
        known: The list.
        key: The one that the list, or a part of it, was written with.
    """
    last: dict[str, dict[str, datetime]] = defaultdict(dict)
    for entry in known:
        before = last[entry.salt].get(entry.hash)
        last[entry.salt][entry.hash] = entry.at if before is None else max(before, entry.at)
    back = set()
    for salt, hashes in last.items():
        peppers = {_pepper(salt, None), _pepper(salt, key)}
        for who, first_seen in people.items():
            times = (hashes.get(_hash(who, pepper)) for pepper in peppers)
            # Whoever wrote again after being erased is a new person to the desk.
            if any(at is not None and (first_seen is None or first_seen <= at) for at in times):
                back.add(who)
    return back


def _pepper(salt: str, key: Key | None) -> bytes:
    return key.derive(salt.encode(), _PURPOSE) if key is not None else salt.encode()


def _hash(who: DelegateId, pepper: bytes) -> str:
    return hmac.digest(pepper, who.encode("utf-8", "surrogatepass"), hashlib.sha256)[:_BYTES].hex()


# ------------------------------------------------------------ the file


def read_file(folder: Path) -> list[Erased]:
    try:
        return read((folder / FILE).read_text("ascii", "replace").splitlines())
    except FileNotFoundError:
        return []


def append_to_file(folder: Path, entries: Iterable[Erased]) -> None:
    """Add entries; on disk when it returns. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"  # cut short by a kill
        file.write((b"\n" if torn else b"") + "".join(f"{entry.line}\n" for entry in entries).encode())
        file.flush()
        os.fsync(file.fileno())

"""Passwords of administrators: which are good enough, and Argon2id, of which only the hash is kept."""

from __future__ import annotations

import asyncio
import itertools
import os
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Final, TypeVar

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from bot.i18n.translator import mark
from bot.model.errors import Refused, StoreUnavailable
from bot.staff.names import folded

SHORTEST: Final = 12  # characters
LONGEST: Final = 256
_MEMORY: Final = 19 * 1024  # KiB; with two rounds in one lane about 35 ms, what OWASP asks for at least
_ROUNDS: Final = 2
_AT_ONCE: Final = 2
_MOST_WAITING: Final = 20
_WAIT: Final = 10.0  # seconds

TOO_SHORT: Final = mark("The password needs at least 12 characters.")
TOO_LONG: Final = mark("The password may have at most 256 characters.")
TOO_EASY: Final = mark(
    "This password is easily guessed. Four or five words that do not belong together make a good one."
)

_COMMON: Final = frozenset(
    [
        "password1234",
        "password12345",
        "password123456",
        "passwordpassword",
        "password2023",
        "password2024",
        "123456789012",
        "1234567890123",
        "12345678901234",
        "123456123456",
        "123123123123",
        "111111111111",
        "000000000000",
        "abcdefghijkl",
        "abcdef123456",
        "abcd12345678",
        "abc123abc123",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwerty123456",
        "qwertyqwerty",
        "qwertyuiopas",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "zaq12wsxcde3",
        "q1w2e3r4t5y6",
        "asdfghjkl123",
        "asdfghjklzxc",
        "zxcvbnm12345",
        "letmein12345",
        "letmeinletmein",
        "welcome12345",
        "welcome123456",
        "iloveyou1234",
        "iloveyouiloveyou",
        "administrator",
        "administrador",
        "admin1234567",
        "admin12345678",
        "adminadmin12",
        "adminadminadmin",
        "changeme1234",
        "changemechangeme",
        "trustno1trustno1",
        "superman1234",
        "football1234",
        "baseball1234",
        "princess1234",
        "sunshine1234",
        "dragon123456",
        "monkey123456",
        "michael12345",
        "computer1234",
        "internet1234",
        "correcthorsebatterystaple",
        "redcross1234",
        "redcrescent1",
        "redcross2023",
        "redcrescent2023",
        "conference12",
        "conference2023",
        "delegatedesk",
        "reception1234",
        "receptiondesk",
        "matkhau12345",
        "matkhaumatkhau",
        "vietnam12345",
        "vietnam2023",
        "hanoi1234567",
        "anhyeuem1234",
        "emyeuanh1234",
    ]
)
"""Long ones out of the lists that are tried first; shorter ones are refused for their length."""
_ROWS: Final = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")

T = TypeVar("T")


def check_password(password: str, *names: str) -> None:
    """Raises Refused for one that is too short, too long, or among the first that anybody would try.

    Args:
        password: As it was typed; every letter counts, and none is forbidden.
        names: Words that everybody knows, such as the person's own name and the event's.
    """
    if len(password) < SHORTEST:
        raise Refused(TOO_SHORT)
    if len(password) > LONGEST:
        raise Refused(TOO_LONG)
    bare = "".join(letter for letter in unicodedata.normalize("NFKC", password).casefold() if letter.isalnum())
    for name in (*map(folded, names), *(n.casefold() for n in names)):
        if len(name) >= 3:
            bare = bare.replace(name, "")
    if bare in _COMMON or len(set(bare)) < 5 or _runs(bare) > len(bare) * 2 // 3:
        raise Refused(TOO_EASY)


def _runs(bare: str) -> int:
    """Letters that only follow the one before on the keyboard, in the alphabet, or again."""
    pairs = itertools.pairwise(bare)
    steps = {a + b for row in (*_ROWS, *(row[::-1] for row in _ROWS)) for a, b in itertools.pairwise(row)}
    return sum(a == b or a + b in steps for a, b in pairs)


class Hasher:
    """Argon2id in threads, a few at a time: it takes memory and time on purpose, and strangers can ask for it."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._nobody = _nobodys_hash()

    async def hash(self, password: str) -> str:
        """Salt, parameters and hash in one line, as PHC strings are."""
        return await self._in_turn(lambda: _hash(password))

    async def fits(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; takes as long for somebody who has none.

        Raises:
            StoreUnavailable: Too many ask at once.
        """
        fits = await self._in_turn(lambda: _fits(kept or self._nobody, password[: 2 * LONGEST]))
        return fits and kept is not None

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._waiting >= _MOST_WAITING:
            raise StoreUnavailable("too many try to sign in at once")
        self._waiting += 1
        try:
            async with asyncio.timeout(_WAIT), self._turns:
                return await asyncio.to_thread(work)
        except TimeoutError as error:
            raise StoreUnavailable("too many try to sign in at once") from error
        finally:
            self._waiting -= 1


def _hash(password: str) -> str:
    argon = Argon2id(salt=os.urandom(16), length=32, iterations=_ROUNDS, lanes=1, memory_cost=_MEMORY)
    return argon.derive_phc_encoded(_bytes(password))


@cache
def _nobodys_hash() -> str:
    """Of a password that nobody has; once in a process, before anybody asks, for it takes as long as any other."""
    return _hash("nobody's password")


def _fits(kept: str, password: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(_bytes(password), kept)
    except InvalidKey:
        return False
    return True


def _bytes(password: str) -> bytes:
    """The same for the same letters, however a keyboard composes them."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "replace")

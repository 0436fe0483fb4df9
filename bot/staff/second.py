"""The second factor: codes of an app that change every 30 seconds (RFC 6238), and codes for when the telephone is lost."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from bot.model.tokens import hashed

STEP: Final = 30  # seconds
DIGITS: Final = 6
DRIFT: Final = 1  # steps that a telephone's clock may be wrong, either way
SECRET: Final = 20  # bytes
RECOVERY_CODES: Final = 8
_RECOVERY_BYTES: Final = 10  # 80 bits: not to be guessed back from a plain hash
_LETTERS: Final = 16


def new_secret() -> str:
    """In base32, as people type it into an app that cannot read the picture."""
    return base64.b32encode(secrets.token_bytes(SECRET)).decode()


def app_address(secret: str, name: str, issuer: str) -> str:
    """What the picture says to the app."""
    label = f"{quote(issuer)}:{quote(name)}"
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer})}"


def matching_step(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The time step whose code this is, newer than the one that was used last; None for a wrong or used code.

    All steps are compared, so that the time it takes tells nothing.
    """
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return None
    totp = TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP)  # noqa: S303 -- what every app knows; used inside HMAC
    present, found = int(now.timestamp()) // STEP, None
    for step in range(present - DRIFT, present + DRIFT + 1):
        try:
            totp.verify(code.encode(), step * STEP)
        except InvalidToken:
            continue
        if step > after:
            found = step
    return found


def new_recovery_codes() -> list[str]:
    codes = (base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES))
    return ["-".join(code[at : at + 4] for at in range(0, _LETTERS, 4)) for code in codes]


def recovery_hash(code: str) -> str:
    """What is kept of a code; spaces, dashes and capitals do not count."""
    bare = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashed(f"recovery:{bare}")


def matching_recovery(code: str, kept: list[str]) -> str | None:
    """The hash among those kept that this code has."""
    mine, found = recovery_hash(code), None
    for one in kept:
        if hmac.compare_digest(one, mine):
            found = one
    return found

"""Random tokens, of which the desk keeps only a hash."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, as 43 letters that may stand in an address."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What the store knows of a token; of 256 random bits a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

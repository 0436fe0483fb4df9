"""Encryption at rest: AES-256-GCM under keys derived from one secret that is kept elsewhere.

Whoever stores something asks for a ``Sealer`` of a fresh salt (a file of frames), or seals a stream of any length that
notices when a piece of it is changed, moved or missing (``seal_stream``, ``open_stream``). The secret itself never
encrypts anything: each file has a key of its own, derived with HKDF from the secret, the file's salt and its purpose.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from bot.model.errors import DeskError, Fault, SettingsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
OVERHEAD: Final = NONCE_BYTES + 16  # bytes by which a sealed block is longer: nonce and tag
PIECE: Final = 64 << 10  # bytes of plain text in one piece of a stream
STREAM_HEAD: Final = b"desk-sealed 1\n"
_CHECK_BYTES: Final = 16
_SETTING: Final = "DESK_STORE_KEY"


class SealBroken(DeskError):
    """What was sealed was changed, cut short or mixed up since."""


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """The secret of a store; never printed."""

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a store key has {KEY_BYTES} bytes")

    def __repr__(self) -> str:
        return "Key(…)"

    def derive(self, salt: bytes, purpose: str, length: int = KEY_BYTES) -> bytes:
        """HKDF with SHA-256 (RFC 5869), which the standard library can do in four lines."""
        extracted = hmac.digest(salt or bytes(32), self.secret, sha256)
        block, output = b"", b""
        for number in range(1, 2 + (length - 1) // 32):
            block = hmac.digest(extracted, block + purpose.encode() + bytes([number]), sha256)
            output += block
        return output[:length]

    def check(self, salt: bytes) -> bytes:
        """Tells a wrong key from damage without giving anything of the key away."""
        return self.derive(salt, "desk key check", _CHECK_BYTES)

    def fits(self, salt: bytes, check: bytes) -> bool:
        return hmac.compare_digest(self.check(salt), check)


class Sealer:
    """Seals and opens single blocks under the key of one file.

    Nonces are random: one file must not hold more than 2**32 blocks, which a journal never reaches before it is
    rewritten with a fresh salt.
    """

    def __init__(self, key: Key, salt: bytes, purpose: str) -> None:
        self._cipher = _cipher(key.derive(salt, purpose))

    def seal(self, block: bytes, about: bytes = b"") -> bytes:
        """The block as nonce, encrypted text and tag; ``about`` is not in it, but must be the same when it is opened."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, block, about)

    def open(self, sealed: bytes | memoryview, about: bytes = b"") -> bytes:
        """The block that was sealed.

        Raises:
            SealBroken: Not sealed under this key, or changed since.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 -- loaded only where something is encrypted

        try:
            return self._cipher.decrypt(bytes(sealed[:NONCE_BYTES]), bytes(sealed[NONCE_BYTES:]), about)
        except (InvalidTag, ValueError) as error:
            raise SealBroken("this was changed since it was sealed, or sealed under another key") from error


def _cipher(secret: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 -- 20 ms that not every start needs

    return AESGCM(secret)


# -------------------------------------------------------------------- keys


def new_key() -> str:
    """A fresh secret in the form of the setting: 32 random bytes in base64."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def new_salt() -> bytes:
    return os.urandom(SALT_BYTES)


def parse_key(written: str, *, setting: str = _SETTING) -> Key:
    """The key that somebody wrote down.

    Raises:
        SettingsError: It is not base64 of 32 bytes; the fault does not show what was written.
    """
    try:
        secret = base64.b64decode(written.strip(), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES or len(set(secret)) < 8:  # a key of zeros is a placeholder
        raise SettingsError(
            [Fault(setting, 1, "", "this is not a store key", allowed="what `desk key` prints: base64 of 32 bytes")]
        )
    return Key(secret)


def read_key(store_key: str, store_key_file: Path | None) -> Key | None:
    """The key of the settings ``store_key`` and ``store_key_file``; None when neither is set.

    Raises:
        SettingsError: Both are set, the file cannot be read or is open to others, or it holds no key.
    """
    if store_key and store_key_file is not None:
        raise SettingsError([Fault(_SETTING, 1, "", "DESK_STORE_KEY_FILE is set as well", allowed="one of the two")])
    if store_key_file is None:
        return parse_key(store_key) if store_key else None
    setting = f"{_SETTING}_FILE"
    try:
        with store_key_file.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(4096).decode("ascii", "replace")
    except OSError as error:
        raise SettingsError([Fault(setting, 1, "", f"cannot be read: {error.strerror}")]) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError([Fault(setting, 1, "", "others can read this file", oct(mode & 0o777), "chmod 600")])
    return parse_key(text, setting=setting)


# -------------------------------------------------------------------- streams


def seal_stream(key: Key, plain: Iterable[bytes], purpose: str) -> Iterator[bytes]:
    """What to write to a file: a head, then pieces that only open in this order and to the end.

    Args:
        key: The store's secret.
        plain: Parts of any size.
        purpose: What the file is, such as ``backup``; opening needs the same.
    """
    salt = new_salt()
    cipher = _cipher(key.derive(salt, f"stream {purpose}"))
    yield STREAM_HEAD + salt + key.check(salt)
    number, waiting = 0, bytearray()
    for part in plain:
        waiting += part
        while len(waiting) > PIECE:  # the last piece is kept back: only it may say that it is the last
            piece = bytes(waiting[:PIECE])
            del waiting[:PIECE]
            yield cipher.encrypt(_count(number, last=False), piece, None)
            number += 1
    yield cipher.encrypt(_count(number, last=True), bytes(waiting), None)


def open_stream(key: Key | None, file: BinaryIO, purpose: str) -> Iterator[bytes]:
    """The plain parts of a file that ``seal_stream`` made; each is checked before it is given.

    Raises:
        SettingsError: No key, or not the one it was sealed with.
        SealBroken: It was changed or cut short since.
    """
    head = file.read(len(STREAM_HEAD) + SALT_BYTES + _CHECK_BYTES)
    salt, check = head[len(STREAM_HEAD) : -_CHECK_BYTES], head[-_CHECK_BYTES:]
    if len(head) < len(STREAM_HEAD) + SALT_BYTES + _CHECK_BYTES or not head.startswith(STREAM_HEAD):
        raise SealBroken("this is not a sealed file that this version reads")
    cipher = _cipher(fitting(key, salt, check).derive(salt, f"stream {purpose}"))
    yield from _pieces(cipher, file)


def _pieces(cipher: AESGCM, file: BinaryIO) -> Iterator[bytes]:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 -- loaded only where something is encrypted

    number, piece = 0, _read_full(file)
    while True:
        following = _read_full(file)
        try:
            yield cipher.decrypt(_count(number, last=not following), piece, None)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"piece {number + 1} was changed, or the end is missing") from error
        if not following:
            return
        number, piece = number + 1, following


def is_sealed(head: bytes) -> bool:
    """Whether a file that begins so was made by ``seal_stream``."""
    return head.startswith(STREAM_HEAD)


def fitting(key: Key | None, salt: bytes, check: bytes) -> Key:
    """The key, when it is the one that this salt and check were made with.

    Raises:
        SettingsError: It is missing, or another.
    """
    if key is None:
        raise SettingsError(
            [
                Fault(
                    _SETTING, 1, "", "this store is encrypted: set the key (or DESK_STORE_KEY_FILE) it was written with"
                )
            ]
        )
    if not key.fits(salt, check):
        raise SettingsError([Fault(_SETTING, 1, "", "this is not the key that the store was encrypted with")])
    return key


def _count(number: int, *, last: bool) -> bytes:
    """A nonce that says where a piece belongs; the key is this file's alone, so it is used once."""
    return number.to_bytes(NONCE_BYTES - 1, "big") + bytes([last])


def _read_full(file: BinaryIO) -> bytes:
    """A whole sealed piece, or what is left; an unbuffered file may give less than was asked for."""
    wanted, parts = PIECE + 16, bytearray()
    while len(parts) < wanted and (part := file.read(wanted - len(parts))):
        parts += part
    return bytes(parts)

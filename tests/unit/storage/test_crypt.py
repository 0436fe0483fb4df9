"""What is sealed is read by nobody else, and nobody can change, cut or mix it unnoticed."""

from __future__ import annotations

import base64
import io
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.model.errors import SettingsError
from storage.crypt import (
    OVERHEAD,
    PIECE,
    Key,
    SealBroken,
    Sealer,
    new_key,
    open_stream,
    parse_key,
    read_key,
    seal_stream,
)

KEY = Key(bytes(range(32)))
OTHER = Key(bytes(range(1, 33)))


def test_derived_keys_are_those_of_the_standard() -> None:
    for length in (16, 32, 50):
        expected = HKDF(SHA256(), length, b"salt" * 4, b"journal").derive(KEY.secret)
        assert KEY.derive(b"salt" * 4, "journal", length) == expected


def test_block_opens_only_whole_with_its_key_and_what_it_is_about() -> None:
    sealer = Sealer(KEY, b"salt", "journal")
    sealed = sealer.seal(b"Zanzibar", b"place 7")

    assert sealer.open(sealed, b"place 7") == b"Zanzibar"
    assert len(sealed) == len(b"Zanzibar") + OVERHEAD
    assert sealer.seal(b"Zanzibar", b"place 7") != sealed
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealBroken):
            sealer.open(bytes(changed), b"place 7")
    for another in (
        Sealer(OTHER, b"salt", "journal"),
        Sealer(KEY, b"pepper", "journal"),
        Sealer(KEY, b"salt", "backup"),
    ):
        with pytest.raises(SealBroken):
            another.open(sealed, b"place 7")
    with pytest.raises(SealBroken):
        sealer.open(sealed, b"place 8")


def _sealed(plain: bytes, key: Key = KEY) -> bytes:
    return b"".join(seal_stream(key, [plain[: len(plain) // 3], plain[len(plain) // 3 :]], "backup"))


def _opened(sealed: bytes, key: Key | None = KEY, purpose: str = "backup") -> bytes:
    return b"".join(open_stream(key, io.BytesIO(sealed), purpose))


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_stream_of_any_length_comes_back(length: int) -> None:
    plain = os.urandom(length)

    assert _opened(_sealed(plain)) == plain


def test_stream_that_was_cut_changed_or_mixed_does_not_open() -> None:
    plain = os.urandom(3 * PIECE)
    sealed = _sealed(plain)
    head, size = len(sealed) - 3 * (PIECE + 16), PIECE + 16
    first, second = sealed[head : head + size], sealed[head + size : head + 2 * size]

    for broken in (
        sealed[:-1], sealed[: head + 2 * size], sealed[:head], sealed[: head // 2], sealed + b"\0", b"",
        sealed[:head] + second + first + sealed[head + 2 * size :],
        sealed[:head] + first + first + sealed[head + 2 * size :],
    ):  # fmt: skip
        with pytest.raises(SealBroken):
            _opened(broken)
    with pytest.raises(SealBroken):
        _opened(sealed, purpose="upload")


@pytest.mark.parametrize("key", [None, OTHER])
def test_missing_or_wrong_key_is_a_fault_of_the_settings(key: Key | None) -> None:
    with pytest.raises(SettingsError, match="DESK_STORE_KEY"):
        _opened(_sealed(b"words"), key)


# -------------------------------------------------------------------- keys


def test_fresh_keys_are_read_and_differ() -> None:
    first, second = new_key(), new_key()

    assert first != second
    assert parse_key(f" {first}\n").secret == base64.b64decode(first)


@pytest.mark.parametrize("written", ["short", "x" * 44, base64.b64encode(bytes(32)).decode(), "ключ"])
def test_what_is_no_key_is_refused_without_being_shown(written: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_key(written)

    assert written not in str(refused.value)


def test_key_is_never_printed() -> None:
    assert "\\x" not in repr(KEY)
    assert str(KEY.secret) not in f"{KEY}"


def test_key_file_is_read_when_it_is_its_owners_alone(tmp_path: Path) -> None:
    file, written = tmp_path / "key", new_key()
    file.write_text(written + "\n")
    file.chmod(0o600)

    assert read_key("", file) == parse_key(written)
    assert read_key(written, None) == parse_key(written)
    assert read_key("", None) is None
    with pytest.raises(SettingsError, match="one of the two"):
        read_key(written, file)
    file.chmod(0o640)
    with pytest.raises(SettingsError, match="others can read this file"):
        read_key("", file)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_key("", tmp_path / "none")

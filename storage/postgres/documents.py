"""Model values as the text of a json column, and back; the shape is that of all stores (``storage.codec``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from storage.codec import AUDIT, DELEGATE, ENTRY, OUTBOUND, TICKET, Codec, read_json, write_json

__all__ = ["AUDIT", "DELEGATE", "ENTRY", "OUTBOUND", "TICKET", "dump", "load", "read_json", "text_of"]

_T = TypeVar("_T")


def dump(codec: Codec[_T], value: _T) -> str:
    return codec.dump(value).decode()


def load(codec: Codec[_T], text: str) -> _T:
    return codec.load(text.encode())


def text_of(document: Mapping[str, Any]) -> str:
    return write_json(document).decode()

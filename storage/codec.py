"""Model values as JSON documents and back; one place knows both shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from bot.model.messages import Entry, Outbound
from bot.model.people import Delegate
from bot.model.tickets import Ticket
from storage.tables import Document

_T = TypeVar("_T")


class Codec(Generic[_T]):
    def __init__(self, shape: type[_T]) -> None:
        adapter = TypeAdapter(shape)
        self._dump: Callable[..., Any] = adapter.dump_python
        self._load: Callable[..., Any] = adapter.validate_python

    def dump(self, value: _T) -> Document:
        document: Document = self._dump(value, mode="json", exclude_defaults=True)
        return document

    def load(self, document: Document) -> _T:
        value: _T = self._load(document)
        return value


DELEGATE = Codec(Delegate)
ENTRY = Codec(Entry)
TICKET = Codec(Ticket)
OUTBOUND = Codec(Outbound)

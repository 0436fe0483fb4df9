"""Model values as JSON documents and back; one place knows both shapes.

A document is compact JSON in UTF-8. Half of a surrogate pair is no letter, but a sender may write it: such a document is
written in ASCII with escapes, so that every document is valid UTF-8 and everything comes back as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from bot.model.audit import AuditLine
from bot.model.messages import Entry, Outbound
from bot.model.people import Delegate
from bot.model.tickets import Ticket
from storage.tables import Document

_T = TypeVar("_T")


class Codec(Generic[_T]):
    def __init__(self, shape: type[_T]) -> None:
        # "or None" only because a dataclass of the standard library takes no configuration of its own.
        self._adapter: TypeAdapter[Any] = TypeAdapter(
            cast("Any", shape) | None, config=ConfigDict(ser_json_inf_nan="constants")
        )

        self._to_json = self._adapter.serializer.to_json
        self._from_json = self._adapter.validator.validate_json

    def dump(self, value: _T) -> Document:
        try:
            return self._to_json(value, exclude_defaults=True)
        except PydanticSerializationError:
            return write_json(self._adapter.dump_python(value, mode="json", exclude_defaults=True))

    def load(self, document: Document) -> _T:
        try:
            value: _T = self._from_json(document)
        except ValidationError:
            value = self._adapter.validate_python(json.loads(document))
        return value


DELEGATE = Codec(Delegate)
ENTRY = Codec(Entry)
TICKET = Codec(Ticket)
OUTBOUND = Codec(Outbound)
AUDIT = Codec(AuditLine)


def with_time(document: Document, name: str, moment: datetime) -> Document | None:
    """A document of ours with one more field, without reading and writing all of it; None when it has the field."""
    # Inside a JSON string every quotation mark stands behind a backslash, so this can only be the field.
    if b'"%b":' % name.encode() in document or len(document) <= len(b"{}"):
        return None
    return b'%b,"%b":"%b"}' % (document[:-1], name.encode(), moment.isoformat().encode())


def write_json(document: Mapping[str, Any]) -> Document:
    """A document of a plain mapping. Raises TypeError or ValueError for what JSON cannot say."""
    try:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(document, separators=(",", ":")).encode()


def read_json(document: Document) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document)
    return found

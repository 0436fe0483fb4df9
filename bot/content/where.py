"""Finds the line of a fault that was found across files, so that an editor lands on the very words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Final

from bot.content.yaml12 import Document, Key
from bot.model.errors import Fault

_HOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "no such topic": ("library/*.yaml", "topics/*.yaml"),
    "no such place": ("places.yaml",),
    "the event has no such place": ("places.yaml",),
    "no such line": ("transport.yaml",),
    "no emergency number": ("contacts.yaml",),
    "the desk's own number is missing": ("contacts.yaml",),
    "no emergency words for this language": ("emergencies/*.yaml",),
}
"""Where that stands which these faults miss."""


def located(fault: Fault, documents: Mapping[str, Document], field: str | None = None) -> Fault:
    """The fault with its line made as exact as the file allows; unchanged where the file does not hold its field.

    Args:
        fault: Its ``field`` begins with the id of an entry.
        documents: The files as read, by the names that faults use.
        field: The path to look for, if it is not the fault's own.
    """
    sought = fault.field if field is None else field
    topic, separator, language = sought.rpartition(".asking.")
    if separator:
        return _asking(fault, documents, topic, language)
    document = documents.get(fault.file)
    path = _path(document.value, sought) if document else ()
    return replace(fault, line=_line(document, path, fault.read)) if document and path else fault


def follows(fault: Fault, others: Sequence[Fault], documents: Mapping[str, Document]) -> bool:
    """Whether something may only seem to be missing, because it, or the file that would hold it, could not be read."""
    homes = _HOMES.get(fault.problem, ())
    if fault.problem.startswith("only ") and ".asking." in fault.field:
        homes = (f"asking/{fault.field.rpartition('.')[2]}/*.yaml",)
    return any(
        PurePosixPath(other.file).match(home)
        and (not other.field or not fault.read or fault.read in _ids(documents[other.file].value))
        for home in homes
        for other in others
    )


def _ids(value: Any) -> set[str]:
    if isinstance(value, list):
        return {str(entry["id"]) for entry in value if isinstance(entry, dict) and "id" in entry}
    return set(value) if isinstance(value, dict) else set()


def _asking(fault: Fault, documents: Mapping[str, Document], topic: str, language: str) -> Fault:
    homes = [
        (name, document)
        for name, document in documents.items()
        if f"/asking/{language}/" in name and isinstance(document.value, dict) and topic in document.value
    ]
    for name, document in (*(home for home in homes if fault.read in home[1].value[topic]), *homes):
        return replace(fault, file=name, line=_line(document, (topic,), fault.read))
    return fault


def _path(value: Any, field: str) -> Key:
    """The longest way into the value that a dotted field spells; ids may hold dots themselves."""
    if isinstance(value, dict):
        steps: list[tuple[str, str | int]] = [(key, key) for key in value]
    elif isinstance(value, list):
        steps = [
            (str(item["id"]) if isinstance(item, dict) and "id" in item else str(index), index)
            for index, item in enumerate(value)
        ]
    else:
        return ()
    for name, step in sorted(steps, key=lambda named: -len(named[0])):
        if field == name or field.startswith(name + "."):
            return (step, *_path(value[step], field[len(name) + 1 :]))
    return ()


def _line(document: Document, path: Key, read: str) -> int:
    value = document.value
    for step in path:
        value = value[step]
    if isinstance(value, list) and read in value:
        return document.line((*path, value.index(read)))
    if isinstance(value, str) and "\n" in value and read and read in value:  # a block: its text begins a line below
        return document.line(path) + 1 + value[: value.index(read)].count("\n")
    return document.line(path)

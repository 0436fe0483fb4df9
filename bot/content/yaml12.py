"""YAML 1.2 files as plain values that remember the line each came from.

ruamel.yaml composes the nodes (1.2 rules: ``10:30`` and ``NO`` stay what was written); building plain values from
them here keeps every line number and is several times faster than its round-trip mode.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError, MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from bot.model.errors import Fault

Key = tuple[str | int, ...]

_DEEPEST: Final = 20  # levels; content has six
_HINTS: Final = {  # what YAML says to programmers, and what it mostly means
    "character '\\t'": "spaces, never a tab",
    "mapping values are not allowed": "a text with a colon stands in quotes",
    "expected <block end>": "every quote is closed, and entries begin exactly under each other; look at the line before too",
}
_PLAIN_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp")
)


class _PlainComposer(Composer):
    """Takes each value only where it is written: a few lines of anchors can stand for millions of values."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        if event.anchor is not None:
            written = ("*" if isinstance(event, AliasEvent) else "&") + str(event.anchor)
            raise ComposerError(None, None, f"{written}: anchors and aliases are not used here", event.start_mark)
        return super().compose_node(parent, index)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's value, and for every path into it the line (from 1) where that part begins."""

    file: str
    value: Any
    lines: dict[Key, int]

    def line(self, path: Key) -> int:
        """The line of a path, or of the nearest part around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(path: Path, shown: str) -> tuple[Document | None, list[Fault]]:
    """The document in a file, with faults such as broken syntax, double keys or a wrong encoding.

    Args:
        path: The file.
        shown: Its name as people should read it in faults.
    """
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return None, [Fault(shown, line, "", "this is not UTF-8 text", allowed="a file saved as UTF-8")]
    except OSError as error:
        return None, [Fault(shown, 1, "", f"cannot be read: {error.strerror}")]
    try:
        root = _reader().compose(text)
    except MaxDepthExceededError as error:
        return None, [
            Fault(
                shown,
                error.problem_mark.line + 1 if error.problem_mark else 1,
                "",
                "nested too deeply",
                allowed=f"at most {_DEEPEST} levels",
            )
        ]
    except ReaderError as error:
        line = text[: error.position].count("\n") + 1
        return None, [
            Fault(shown, line, "", f"not valid YAML: a control character stands here: {error.character:#06x}")
        ]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return None, [
            Fault(
                shown,
                mark.line + 1 if mark else 1,
                "",
                f"not valid YAML: {error.problem or error.context}",
                allowed=_hint(str(error.problem)),
            )
        ]
    except YAMLError as error:
        return None, [Fault(shown, 1, "", f"not valid YAML: {str(error).splitlines()[0]}")]
    faults: list[Fault] = []
    lines: dict[Key, int] = {(): 1}
    value = None if root is None else _value(root, (), lines, faults, shown)
    return Document(shown, value, lines), faults


def _reader() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _PlainComposer
    yaml.max_depth = _DEEPEST
    return yaml


def _value(node: Node, path: Key, lines: dict[Key, int], faults: list[Fault], shown: str) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if str(node.tag) not in _PLAIN_TAGS:
        faults.append(
            Fault(
                shown,
                node.start_mark.line + 1,
                _last(path),
                "tags are not used here",
                str(node.tag),
                "the plain value",
            )
        )
    if isinstance(node, MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                faults.append(
                    Fault(
                        shown,
                        key_node.start_mark.line + 1,
                        _last(path),
                        "this key is not a word",
                        allowed="a text that begins with { stands in quotes",
                    )
                )
                continue
            key = key_node.value
            lines[(*path, key)] = key_node.start_mark.line + 1
            if key in found:
                faults.append(
                    Fault(
                        shown, key_node.start_mark.line + 1, key, "stands here a second time", allowed="each key once"
                    )
                )
            found[key] = _value(value_node, (*path, key), lines, faults, shown)
        return found
    if isinstance(node, SequenceNode):
        return [_value(item, (*path, index), lines, faults, shown) for index, item in enumerate(node.value)]
    return _scalar(node) if isinstance(node, ScalarNode) else None


def _last(path: Key) -> str:
    return str(path[-1]) if path else ""


def _scalar(node: ScalarNode) -> Any:
    kind = str(node.tag).rpartition(":")[2]
    written: str = node.value
    match kind:
        case "null":
            return None
        case "bool":
            # Under a %YAML 1.1 line "yes" and "NO" come here too; the schema decides what they are.
            return {"true": True, "false": False}.get(written.lower(), written)
        case "int":
            try:
                return (
                    int(written.replace("_", ""), 0)
                    if written[:2].lower() in ("0x", "0o")
                    else int(written.replace("_", ""))
                )
            except ValueError:
                return written
        case "float":
            try:
                return float(written.replace("_", ""))
            except ValueError:
                return written
        case _:  # text, and timestamps, which the schema reads with their offset
            return written


def _hint(problem: str) -> str:
    return next((hint for sign, hint in _HINTS.items() if sign in problem), "")

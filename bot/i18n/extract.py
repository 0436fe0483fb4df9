"""Finds every message in the code and brings the catalogs up to date: ``python -m bot.i18n.extract --update``.

A message is the literal in ``speaker._("…")``, ``speaker.text("…")`` or ``mark("…")``, or the two literals of
``speaker.count("one", "many", …)``. Babel's own extractor is not used because it goes by function names alone, and
``text`` and ``count`` are also methods of other things.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import click
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot.i18n.translator import DOMAIN, read_catalog
from bot.model.language import LANGUAGES, Language

Msgid = str | tuple[str, str]
Found = Mapping[Msgid, Sequence[str]]

_PLURAL_FORMS: Final[Mapping[Language, tuple[int, str]]] = {
    "en": (2, "(n != 1)"),
    "ar": (
        6,
        "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5)",
    ),
    "vi": (1, "0"),
}
_NOT_SPEAKERS: Final = frozenset({"_static"})  # reads page files by name: self._static.text("index.html")


def find_messages(root: Path, folder: str = "bot") -> dict[Msgid, list[str]]:
    """Every message under ``root/folder``, with the places ("file:line", relative to the root) that say it."""
    found: dict[Msgid, list[str]] = {}
    for path in sorted((root / folder).rglob("*.py")):
        for msgid, line in in_source(path.read_text(encoding="utf-8")):
            found.setdefault(msgid, []).append(f"{path.relative_to(root).as_posix()}:{line}")
    return found


def in_source(source: str) -> Iterator[tuple[Msgid, int]]:
    """The messages of one file with their lines, in the order of the file."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        for msgid in _said(call):
            yield msgid, call.lineno


def _said(call: ast.Call) -> Sequence[Msgid]:
    function = call.func
    if isinstance(function, ast.Name):
        return _literals(call.args[:1]) if function.id == "mark" else ()
    if not isinstance(function, ast.Attribute) or _last_name(function.value) in _NOT_SPEAKERS:
        return ()
    if function.attr in ("_", "text", "mark"):
        return _literals(call.args[:1])
    if function.attr == "count":
        forms = _literals(call.args[:2])
        return ((forms[0], forms[1]),) if len(forms) == 2 else ()  # noqa: PLR2004 -- "word".count("o") has one
    return ()


def _literals(arguments: Sequence[ast.expr]) -> Sequence[str]:
    """Literal strings, also both sides of ``"a" if b else "c"``; a variable holds a message that was marked elsewhere."""
    said: list[str] = []
    for argument in arguments:
        if isinstance(argument, ast.IfExp):
            said += _literals((argument.body, argument.orelse))
        elif isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value:
            said.append(argument.value)
    return said


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def brought_up_to_date(language: Language, catalog: Catalog, found: Found) -> Catalog:
    """A catalog with exactly the messages found, in the order of the code; what is translated already is kept.

    New messages stay empty for the translators, except in English, which says what the code says.
    """
    fresh = Catalog(
        locale=language,
        domain=DOMAIN,
        project="Delegate Desk",
        version="1",
        header_comment="# What the desk says. Updated by: python -m bot.i18n.extract --update",
        fuzzy=False,
    )
    fresh._num_plurals, fresh._plural_expr = _PLURAL_FORMS[language]
    for msgid, places in found.items():
        old = catalog.get(msgid)
        files = dict.fromkeys(place.rpartition(":")[0] for place in places)
        fresh.add(
            msgid,
            string=_identity(msgid) if language == "en" else old.string if old else None,
            locations=[(file, 0) for file in files],
            user_comments=old.user_comments if old else (),
            flags=old.flags if old else (),
        )
    return fresh


def _identity(msgid: Msgid) -> Msgid:
    return msgid


def update(root: Path) -> Mapping[Language, int]:
    """Rewrite the catalogs; returns how many messages wait for a translation in each."""
    found = find_messages(root)
    waiting: dict[Language, int] = {}
    for language in LANGUAGES:
        path = root / "locales" / language / "LC_MESSAGES" / f"{DOMAIN}.po"
        old = read_catalog(language, root / "locales") if path.exists() else Catalog(locale=language, domain=DOMAIN)
        fresh = brought_up_to_date(language, old, found)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, fresh, width=0, include_lineno=False, ignore_obsolete=True)
        waiting[language] = sum(1 for message in fresh if message.id and not message.string)
    return waiting


@click.command()
@click.option("--update", "rewrite", is_flag=True, help="Add new messages to the catalogs and drop unused ones.")
def main(*, rewrite: bool) -> None:
    """List the messages in the code, or bring the catalogs up to date."""
    root = Path(__file__).resolve().parents[2]
    if not rewrite:
        for msgid, places in find_messages(root).items():
            click.echo(f"{msgid}  [{', '.join(places)}]")
        return
    for language, waiting in update(root).items():
        click.echo(f"{language}: {waiting} waiting for a translation")
    sys.exit(0)


if __name__ == "__main__":
    main()

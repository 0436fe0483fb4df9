"""Finds every message in the code and brings the catalogs up to date: ``python -m bot.i18n.extract --update``.

A message is the literal in ``speaker._("…")``, ``speaker.text("…")`` or ``mark("…")``, or the two literals of
``speaker.count("one", "many", …)`` or ``mark_count("one", "many")``. Babel's own extractor is not used because it goes by function names alone, and
``text`` and ``count`` are also methods of other things.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Final

import click
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot.i18n.translator import DOMAIN, read_catalog
from bot.model.language import LANGUAGES, Language

Msgid = str | tuple[str, str]
Found = Mapping[Msgid, Sequence[str]]

# Ours and not Babel's, whose Arabic puts 11-99 into the last form.
PLURAL_FORMS: Final[Mapping[Language, str]] = {
    "en": "nplurals=2; plural=(n != 1);",
    "ar": (
        "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);"
    ),
    "vi": "nplurals=1; plural=0;",
}
_SINGULAR: Final = ("_", "text", "mark")
_NOT_SPEAKERS: Final = ("_static",)  # reads page files by their names: self._static.text("index.html")


class NotLiteral(ValueError):
    """A message that is put together at run time cannot be translated."""


def find_messages(root: Path, folder: str = "bot") -> dict[Msgid, list[str]]:
    """Every message under ``root/folder`` with the places ("file:line", relative to the root) that say it."""
    found: dict[Msgid, list[str]] = {}
    for path in sorted((root / folder).rglob("*.py")):
        place = path.relative_to(root).as_posix()
        try:
            for msgid, line in in_source(path.read_text(encoding="utf-8")):
                found.setdefault(msgid, []).append(f"{place}:{line}")
        except NotLiteral as error:
            raise NotLiteral(f"{place}:{error}") from error
    return found


def in_source(source: str) -> Iterator[tuple[Msgid, int]]:
    """The messages of one file with their lines, in the order of the file.

    Raises:
        NotLiteral: A message is an f-string or a sum; the text begins with the line.
    """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        for msgid in _said(call):
            yield msgid, call.lineno


def _said(call: ast.Call) -> Sequence[Msgid]:
    function = call.func
    if isinstance(function, ast.Name):
        if function.id == "mark_count":
            return _counted(call)
        return _literals(call.args[:1]) if function.id == "mark" else ()
    if not isinstance(function, ast.Attribute) or _name(function.value) in _NOT_SPEAKERS:
        return ()
    if function.attr in _SINGULAR:
        return _literals(call.args[:1])
    return _counted(call) if function.attr == "count" else ()


def _counted(call: ast.Call) -> Sequence[Msgid]:
    match _literals(call.args[:2]):
        case [one, many]:  # one argument is that of a list or a string: "banana".count("a")
            return ((one, many),)
    return ()


def _literals(arguments: Sequence[ast.expr]) -> list[str]:
    """Literal strings, also both sides of ``"a" if b else "c"``; a variable holds what was marked elsewhere."""
    said: list[str] = []
    for argument in arguments:
        match argument:
            case ast.Constant(value=str(text)) if text:
                said.append(text)
            case ast.IfExp(body=body, orelse=otherwise):
                said += _literals((body, otherwise))
            case ast.JoinedStr() | ast.BinOp():
                raise NotLiteral(f"{argument.lineno}: a message must be one literal with {{named}} fields")
    return said


def _name(node: ast.expr) -> str:
    """The last word of ``a.b.c``."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def brought_up_to_date(language: Language, old: Catalog | None, found: Found) -> Catalog:
    """A catalog with exactly the messages found, in the order of the code; what is translated already is kept.

    New messages stay empty for the translators, except in English, which says what the code says.
    """
    fresh = _empty(language, old)
    for msgid, places in found.items():
        known = old.get(msgid) if old is not None else None
        kept = known if known is not None and known.id == msgid else None  # also one that became a plural is new
        fresh.add(
            msgid,
            string=msgid if language == "en" else kept.string if kept else None,
            locations=[(file, 0) for file in dict.fromkeys(place.rpartition(":")[0] for place in places)],
            flags=kept.flags if kept else (),
            user_comments=kept.user_comments if kept else (),
        )
    return fresh


def _empty(language: Language, old: Catalog | None) -> Catalog:
    """Only the headers; its date is kept, so that a second update changes nothing."""
    since = old.creation_date if old is not None else datetime.now(UTC)
    fresh = Catalog(
        locale=language,
        domain=DOMAIN,
        header_comment="# What the desk says. Brought up to date by: python -m bot.i18n.extract --update",
        project="Delegate Desk",
        version="1",
        msgid_bugs_address="see CONTRIBUTING",
        last_translator="Delegate Desk",
        language_team="Delegate Desk",
        creation_date=since,
        revision_date=since,
        fuzzy=False,
    )
    fresh.mime_headers = [("Plural-Forms", PLURAL_FORMS[language])]
    return fresh


def write_catalog(path: Path, catalog: Catalog) -> None:
    """Replaced at once, so that a desk that starts meanwhile reads the old or the new one."""
    written = BytesIO()
    # Files without line numbers: those would change the catalogs with every edit of the code.
    write_po(written, catalog, width=0, include_lineno=False, ignore_obsolete=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_bytes(written.getvalue())
    draft.replace(path)


def update(root: Path) -> Mapping[Language, int]:
    """Rewrite the catalogs; returns how many messages wait for a translation in each."""
    found = find_messages(root)
    waiting: dict[Language, int] = {}
    for language in LANGUAGES:
        path = root / "locales" / language / "LC_MESSAGES" / f"{DOMAIN}.po"
        old = read_catalog(language, root / "locales") if path.exists() else None
        fresh = brought_up_to_date(language, old, found)
        write_catalog(path, fresh)
        waiting[language] = sum(1 for message in fresh if message.id and not translated(message.string))
    return waiting


def translated(string: str | Sequence[str] | None) -> bool:
    """Every form of it."""
    return bool(string) and all(string or ())


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


if __name__ == "__main__":
    main()

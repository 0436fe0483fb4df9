"""Pages made on the server: one head for all of them, and templates whose ``{{ names }}`` are filled with escaped text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from bot.i18n.translator import Speaker
from bot.model.language import RIGHT_TO_LEFT, Language

_NAME: Final = re.compile(r"\{\{ (\w+) \}\}")
_PAGE: Final = """<!doctype html>
<html lang="{{ language }}" dir="{{ direction }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{{ title }}</title>
%s</head>
%s</html>
"""
_SMALL: Final = """<body>
<main>
<h1>{{ title }}</h1>
<p><a href="{{ href }}">{{ label }}</a></p>
</main>
</body>
"""
EMPTY: Final = "<body></body>\n"
"""Of a page that its script draws."""


@dataclass(frozen=True, slots=True)
class Assets:
    """The files of our own that a page loads, by name; the security policy lets in no others, and nothing inline."""

    script: str
    """A module."""
    styles: tuple[str, ...] = ()
    early: tuple[str, ...] = ()
    """Scripts that run before anything is drawn."""
    preload: tuple[str, ...] = ()
    """Modules that the script asks for."""

    def lines(self) -> str:
        return "".join(
            [
                '<link rel="icon" href="data:,">\n',
                *(f'<script src="{_at(name)}"></script>\n' for name in self.early),
                *(f'<link rel="stylesheet" href="{_at(name)}">\n' for name in self.styles),
                *(f'<link rel="modulepreload" href="{_at(name)}">\n' for name in self.preload),
                f'<script type="module" src="{_at(self.script)}"></script>\n',
            ]
        )


def full_page(
    language: Language, title: str, assets: Assets, static: str, *, body: str = EMPTY, values: Mapping[str, str] = {}
) -> str:
    """A whole page.

    Args:
        language: Of the reader; the page has its direction.
        title: In that language.
        assets: What it loads.
        static: The address below which the assets stand.
        body: A template from ``<body>`` to ``</body>``.
        values: What its names stand for, besides ``language``, ``direction``, ``title`` and ``static``.
    """
    known = {"language": language, "direction": direction(language), "title": title, "static": static}
    return fill_page(_PAGE % (assets.lines(), body), {**values, **known})


def fill_page(template: str, values: Mapping[str, str]) -> str:
    """The template with its values; every value is escaped, and a missing one is a programming error."""
    return _NAME.sub(lambda found: escape(values[found[1]]), template)


def direction(language: Language) -> str:
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def small_page(speaker: Speaker, title: str, *, link: tuple[str, str]) -> str:
    """A sentence and a way on, without anything to load."""
    values = {"language": speaker.language, "direction": direction(speaker.language), "title": title}
    return fill_page(_PAGE % ("", _SMALL), {**values, "href": link[0], "label": link[1]})


def _at(name: str) -> str:
    return f"{{{{ static }}}}/{escape(name)}"

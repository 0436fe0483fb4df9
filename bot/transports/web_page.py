"""Pages made on the server: a template whose ``{{ names }}`` are filled with escaped text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Final

from bot.i18n.translator import Speaker
from bot.model.language import RIGHT_TO_LEFT, Language

_NAME: Final = re.compile(r"\{\{ (\w+) \}\}")
_SMALL: Final = """<!doctype html>
<html lang="{{ language }}" dir="{{ direction }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{{ title }}</title>
</head>
<body>
<main>
<h1>{{ title }}</h1>
<p><a href="{{ href }}">{{ label }}</a></p>
</main>
</body>
</html>
"""


def fill_page(template: str, values: Mapping[str, str]) -> str:
    """The template with its values; every value is escaped, and a missing one is a programming error."""
    return _NAME.sub(lambda found: escape(values[found[1]]), template)


def direction(language: Language) -> str:
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def small_page(speaker: Speaker, title: str, *, link: tuple[str, str]) -> str:
    values = {
        "language": speaker.language,
        "direction": direction(speaker.language),
        "title": title,
        "href": link[0],
        "label": link[1],
    }
    return fill_page(_SMALL, values)

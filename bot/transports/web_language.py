"""Which language a visitor reads: the one chosen here, else the browser's first wish that we speak."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from bot.model.language import Language, closest

LANGUAGE_COOKIE: Final = "desk-language"


def wished(header: str) -> Language | None:
    """The best language of an Accept-Language header; None when it names none of ours."""
    wishes: list[tuple[float, int, Language]] = []
    for place, part in enumerate(header[:500].split(",")):
        tag, _, rest = part.strip().partition(";")
        language = closest(tag)
        if language is not None:
            wishes.append((-_weight(rest), place, language))
    return min(wishes)[2] if wishes else None


def _weight(rest: str) -> float:
    name, _, number = rest.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(number)
    except ValueError:
        return 0.0


def reader(request: web.Request) -> Language:
    """The language to answer in: asked for in the address, chosen before, or wished by the browser."""
    return (
        closest(request.query.get("lang"))
        or closest(request.cookies.get(LANGUAGE_COOKIE))
        or wished(request.headers.get("Accept-Language", ""))
        or "en"
    )

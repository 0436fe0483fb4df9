"""Canned replies: picked by staff in their language, sent in the delegate's, with what staff fill in; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.content import desk, fields, template
from bot.i18n import forms
from bot.i18n.translator import mark
from bot.model.content import Canned, Event
from bot.model.errors import Refused
from bot.model.language import Language
from bot.model.rich import Rich, Span

LONGEST_FILL: Final = 80  # characters
_MINUTES: Final = f"{desk.FILL}minutes"


def fills(canned: Canned) -> tuple[str, ...]:
    """What staff have to fill in, in the order of the English text: ``time``, ``place`` and so on."""
    paths = dict.fromkeys(template.fields(canned.text.en))
    return tuple(path.removeprefix(desk.FILL) for path in paths if path.startswith(desk.FILL))


def sendable(canned: Canned, event: Event) -> bool:
    """Whether this event says everything that the reply needs besides what staff fill in."""
    paths = template.fields(canned.text.en)
    return all(path.startswith(desk.FILL) or fields.exists(event, path) for path in paths)


def render(canned: Canned, event: Event, filled: Mapping[str, str], language: Language) -> Rich:
    """The reply in a language.

    Raises:
        Refused: Something is not filled in, or the event does not say what the reply needs.
    """

    def value(path: str) -> Rich:
        if not path.startswith(desk.FILL):
            return fields.value(event, path, language)
        given = " ".join(filled.get(path.removeprefix(desk.FILL), "").split())[:LONGEST_FILL]
        if not given:
            raise Refused(mark("Please fill in every blank of this reply."))
        # A count comes with its noun, in the form that the language has for it: "3 minutes" is not "10 minutes" in Arabic.
        return (Span(forms.minutes(given, language) if path == _MINUTES else given, "value"),)

    try:
        return template.render(canned.text.in_(language), value)
    except fields.MissingField as missing:
        raise Refused(mark("The event does not say what this reply needs: {field}."), field=str(missing)) from missing


def preview(canned: Canned, event: Event, filled: Mapping[str, str], language: Language) -> Rich:
    """The reply as staff read it before everything is filled in: a blank is shown as three dots."""
    shown = {name: filled.get(name, "").strip() or "…" for name in fills(canned)}
    return render(canned, event, shown, language)

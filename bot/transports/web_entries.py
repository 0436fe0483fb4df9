"""A line of a history as pages read it; everything in it is data, and only known kinds of addresses pass."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.i18n import forms
from bot.model.language import Language
from bot.model.messages import Button, Entry, Pin
from bot.model.rich import Rich, Span, straight

_SCHEMES: Final = ("https://", "http://", "tel:", "mailto:", "geo:")

Json = dict[str, Any]


def entry_json(entry: Entry, zone: ZoneInfo, reader: Language) -> Json:
    at = entry.at.astimezone(zone)
    message = entry.message
    return {
        "seq": entry.seq,
        "at": at.isoformat(),
        "time": forms.hour(at),
        "day": forms.day(at.date(), reader),
        "author": entry.author,
        "name": straight(entry.name),
        "id": _client_id(entry),
        "lang": message.language,
        "spans": spans_json(message.text),
        "buttons": [[_button(button) for button in row] for row in message.buttons],
        "pin": _pin(message.pin),
        "ticket": entry.ticket,
    }


def staff_entry_json(entry: Entry, zone: ZoneInfo, reader: Language) -> Json:
    """With what only staff may know: whether it arrived."""
    return {
        **entry_json(entry, zone, reader),
        "delivered": entry.delivered_at is not None,
        "undeliverable": entry.undeliverable,
    }


def spans_json(text: Rich) -> list[Json]:
    return [_span(span) for span in text]


def _client_id(entry: Entry) -> str:
    """The id the page itself gave to this message, so that it recognises its own."""
    if entry.author != "delegate" or entry.inbound is None or not entry.inbound.startswith("webchat:"):
        return ""
    return entry.inbound.rpartition(":")[2]


def _span(span: Span) -> Json:
    shown: Json = {"text": straight(span.text), "style": span.style}
    if span.href and span.href.lower().startswith(_SCHEMES):
        shown["href"] = span.href
    return shown


def _button(button: Button) -> Json:
    shown: Json = {"label": button.label, "style": button.style}
    if button.action:
        shown["press"] = button.action
    elif button.copy:
        shown["copy"] = button.copy
    elif button.url.lower().startswith(_SCHEMES):
        shown["url"] = button.url
    return shown


def _pin(pin: Pin | None) -> Json | None:
    if pin is None:
        return None
    return {"name": pin.name, "address": pin.address, "map": [pin.latitude, pin.longitude]}

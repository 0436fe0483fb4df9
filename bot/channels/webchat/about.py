"""What the page shows of the event: names, whom to call, example questions, the clock of a demonstration."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from bot.channels.webchat.strings import EXAMPLES
from bot.i18n.translator import Speakers
from bot.model.content import Contact, Event, Snapshot
from bot.model.language import Language

DESK_CONTACT: Final = "reception"
_NOT_DIALLED: Final = re.compile(r"[^\d+]")

Json = dict[str, Any]


def desk_contact(event: Event) -> Contact | None:
    """The number of the desk itself; else the first that is no emergency service."""
    others = (contact for contact in event.contacts.values() if not contact.emergency)
    return event.contacts.get(DESK_CONTACT) or next(others, None)


def phones(event: Event, language: Language, *, emergency_first: bool = False) -> list[Json]:
    """The desk and the country's emergency numbers."""
    desk = desk_contact(event)
    shown = [desk] if desk is not None else []
    numbers = event.emergency_numbers()
    ordered = [*numbers, *shown] if emergency_first else [*shown, *numbers]
    return [_phone(contact, language) for contact in ordered]


def _phone(contact: Contact, language: Language) -> Json:
    return {
        "name": contact.name.in_(language),
        "number": contact.phone,
        "href": f"tel:{_NOT_DIALLED.sub('', contact.phone)}",
        "emergency": contact.emergency,
    }


def about_event(snapshot: Snapshot, language: Language, speakers: Speakers, now: datetime, *, demo: bool) -> Json:
    event = snapshot.event
    return {
        "name": event.name.in_(language),
        "short": event.short,
        "phone": phones(event, language),
        "examples": {tongue: examples(snapshot, tongue, speakers) for tongue in speakers},
        "demo": demo,
        "now": now.astimezone(event.zone).isoformat(),
        "zone": event.zone.key,
    }


def examples(snapshot: Snapshot, language: Language, speakers: Speakers) -> list[str]:
    known = [
        text for topic, text in EXAMPLES if topic in snapshot.library.topics and topic not in snapshot.unanswerable
    ]
    spare = [text for _, text in EXAMPLES if text not in known]
    return [speakers[language].text(text) for text in (*known, *spare)[:3]]

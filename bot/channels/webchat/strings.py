"""What the page itself says, in three languages; the page asks for them by short names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.i18n.translator import Speaker, mark

STRINGS: Final[Mapping[str, str]] = {
    "desk": mark("Information desk"),
    "welcome": mark(
        "Welcome. Ask about the programme, the hotel, the coaches or anything else. "
        "What the desk cannot answer itself goes to the people at reception."
    ),
    "examples": mark("For example:"),
    "placeholder": mark("Write your question"),
    "send": mark("Send"),
    "today": mark("Today"),
    "now": mark("Now"),
    "next": mark("Next"),
    "hotel": mark("Hotel"),
    "coach": mark("Coach"),
    "person": mark("A person"),
    "emergency": mark("Medical emergency"),
    "waiting": mark("Waiting to send"),
    "accepted": mark("Received by the desk"),
    "refused": mark("Not sent"),
    "copied": mark("Copied"),
    "you": mark("You"),
    "reception": mark("Reception"),
    "request": mark("Request {number}"),
    "map": mark("Show on the map"),
    "offline": mark("No connection. What you write is kept here and sent as soon as there is one."),
    "latest": mark("New messages below"),
    "history": mark("Conversation"),
    "quick": mark("Quick questions"),
    "language": mark("Language"),
    "menu": mark("Menu"),
    "privacy": mark("Privacy"),
    "mydata": mark("My data as a file"),
    "end": mark("End this chat"),
    "endQuestion": mark(
        "End this chat? It disappears from this device. Requests that reception already has stay open."
    ),
    "endYes": mark("End the chat"),
    "endNo": mark("Keep the chat"),
    "ended": mark("This chat has ended and is gone from this device."),
    "again": mark("Start a new chat"),
    "call": mark("You can also call:"),
    "demo": mark("Demonstration: the clock shows {clock}."),
    "noscript": mark("This page needs JavaScript. You can always call the reception desk:"),
}

EXAMPLES: Final[tuple[tuple[str, str], ...]] = (
    ("hotel.wifi", mark("What is the Wi-Fi password?")),
    ("food.halal", mark("Is there halal food?")),
    ("transport.departure", mark("How do I get to the airport on the last day?")),
    ("practical.weather", mark("What will the weather be like?")),
    ("badge.collect", mark("Where do I collect my badge?")),
    ("venue.reception-desk", mark("Where is the reception desk?")),
)
"""Topics with a question that shows what may be asked; the first three that the event can answer are shown."""


def page_strings(speaker: Speaker) -> dict[str, str]:
    return {name: speaker.text(sentence) for name, sentence in STRINGS.items()}

"""What the console itself says, in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.i18n.translator import Speaker, mark

STRINGS: Final[Mapping[str, str]] = {
    "title": mark("Reception console"),
    "queue": mark("Requests"),
    "all": mark("All, also resolved"),
    "none": mark("No open requests."),
    "choose": mark("Choose a request from the list."),
    "back": mark("Back to the list"),
    "claim": mark("Claim"),
    "resolve": mark("Resolve"),
    "reopen": mark("Reopen"),
    "reply": mark("Reply to the delegate"),
    "note": mark("Internal note, only for staff"),
    "asNote": mark("Write an internal note"),
    "send": mark("Send"),
    "sendHint": mark("Ctrl+Enter sends"),
    "unclaimed": mark("Not claimed"),
    "mine": mark("Yours"),
    "owner": mark("With {name}"),
    "resolved": mark("Resolved"),
    "emergency": mark("Emergency"),
    "high": mark("Urgent"),
    "normal": mark("Normal"),
    "language": mark("Language of the delegate"),
    "door": mark("Door"),
    "telegram": mark("Telegram"),
    "webchat": mark("Web chat"),
    "terminal": mark("Terminal"),
    "en": mark("English"),
    "ar": mark("Arabic"),
    "vi": mark("Vietnamese"),
    "delegate": mark("Delegate"),
    "desk": mark("Desk"),
    "staff": mark("Reception"),
    "delivered": mark("Delivered"),
    "onItsWay": mark("On its way"),
    "undeliverable": mark("Not delivered: {reason}"),
    "attachment": mark("Attached: {kind}"),
    "page": mark("Language of this page"),
    "leave": mark("Sign out"),
    "offline": mark("No connection. The list may be out of date."),
    "notDone": mark("This could not be done just now. Please try again."),
    "demo": mark("Demonstration: the clock shows {clock}."),
    "request": mark("Request {number}"),
    "thread": mark("Conversation"),
    "latest": mark("New messages below"),
    "map": mark("Show on the map"),
    "copied": mark("Copied"),
}


def console_strings(speaker: Speaker) -> dict[str, str]:
    return {name: speaker.text(sentence) for name, sentence in STRINGS.items()}

"""``/mydata``: everything kept about a delegate and nothing else, as pages of a chat and as a file; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.i18n import forms
from bot.i18n.translator import Speaker, mark
from bot.model.language import OWN_NAMES
from bot.model.messages import Entry, Message
from bot.model.rich import Rich, Span, letters
from bot.model.tickets import Ticket
from bot.privacy.kept import Kept

PAGE: Final = 3_500  # characters; one message of any door
MOST_PAGES: Final = 40  # at one message a second they are all there within the minute that is promised

_WHO: Final = {"delegate": mark("You"), "desk": mark("Information desk"), "staff": mark("Reception")}

Json = dict[str, Any]


def pages(kept: Kept, zone: ZoneInfo, speaker: Speaker) -> list[Message]:
    """What to say, in order; one message when little is kept."""
    texts: list[list[Span]] = [[]]
    for line in _cut(_lines(kept, zone, speaker)):
        if _length(texts[-1]) + _length(line) > PAGE:
            if len(texts) == MOST_PAGES:
                texts[-1] += [Span("\n"), *speaker._("There is more than fits here. Reception can give you all of it.")]
                break
            texts.append([])
        texts[-1] += [Span("\n"), *line] if texts[-1] else line
    return [Message(tuple(text), speaker.language) for text in texts]


def _lines(kept: Kept, zone: ZoneInfo, speaker: Speaker) -> Iterator[Rich]:
    delegate = kept.delegate
    if delegate is not None:
        yield speaker._(
            "Kept about you: your language ({language}), your first message on {date}, and:",
            language=OWN_NAMES[delegate.language],
            date=forms.full_date(delegate.first_seen.astimezone(zone).date(), speaker.language),
        )
        if delegate.name:
            yield speaker._("Your name as your app gave it: {name}", name=delegate.name)
        if delegate.here:
            yield speaker._("The place whose code you scanned: {place}", place=delegate.here)
        if delegate.other is not None:
            yield speaker._("The other door that you linked: {door}", door=delegate.other.channel)
    if kept.tickets:
        numbers = forms.listed([f"#{ticket.id}" for ticket in kept.tickets], speaker.language)
        yield speaker._("Your requests: {numbers}", numbers=numbers)
    for entry in theirs(kept.entries):
        name = entry.name if entry.author == "staff" and entry.name else speaker.text(_WHO[entry.author])
        attached = "".join(f" [{attachment.kind}]" for attachment in entry.attachments)
        said = letters(entry.message.text, isolate=False) + attached
        yield Span(f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M} "), Span(name, "value"), Span(": "), Span(said, "value")


def theirs(entries: Sequence[Entry]) -> list[Entry]:
    """Without notes among staff, and without copies that /mydata itself made."""
    return [entry for entry in entries if entry.author != "note" and not entry.copy]


def _cut(lines: Iterator[Rich]) -> Iterator[list[Span]]:
    """Lines that fit on a page: only a delegate's own long text is cut, and none of it is left out."""
    for line in lines:
        head, last = list(line[:-1]), line[-1]
        room = PAGE - _length(head)
        yield [*head, Span(last.text[:room], last.style, last.href)]
        for start in range(room, len(last.text), PAGE):
            yield [Span(last.text[start : start + PAGE], last.style)]


def _length(spans: Sequence[Span]) -> int:
    return sum(len(span.text) + 2 for span in spans)  # a door may put an isolate around each


# ------------------------------------------------------------ the file


def export(kept: Kept, *, notes: bool = False) -> Json:
    """All of it for a file of JSON; times are ISO 8601 with their offset.

    Args:
        kept: What is kept.
        notes: Also what staff noted for themselves; for the organiser who answers a formal request.
    """
    delegate = kept.delegate
    about = (
        {
            "door": delegate.address.channel,
            "address": delegate.address.key,
            "name": delegate.name,
            "language": delegate.language,
            "language_chosen": delegate.language_chosen,
            "first_seen": delegate.first_seen.isoformat(),
            "unreachable": delegate.blocked,
            "linked_door": delegate.other.channel if delegate.other is not None else None,
            "scanned_at": delegate.here or None,
            "last_question": delegate.dialog.question,
        }
        if delegate is not None
        else None
    )
    lines = [entry for entry in kept.entries if not entry.copy and (notes or entry.author != "note")]
    return {
        "about_you": about,
        "messages": [_entry(entry) for entry in lines],
        "requests": [_ticket(ticket) for ticket in kept.tickets],
    }


def _entry(entry: Entry) -> Json:
    return {
        "number": entry.seq,
        "at": entry.at.isoformat(),
        "from": entry.author,
        "name": entry.name,
        "text": letters(entry.message.text, isolate=False),
        "language": entry.message.language,
        "request": entry.ticket,
        "delivered_at": entry.delivered_at.isoformat() if entry.delivered_at else None,
        "not_delivered": entry.undeliverable or None,
        "attachments": [{"kind": attachment.kind, "reference": attachment.ref} for attachment in entry.attachments],
    }


def _ticket(ticket: Ticket) -> Json:
    return {
        "number": ticket.id,
        "team": ticket.team,
        "topic": ticket.topic,
        "priority": ticket.priority.name.lower(),
        "state": ticket.state.value,
        "question": ticket.question,
        "name": ticket.delegate_name,
        "helped_by": ticket.owner_name,
        "opened_at": ticket.opened_at.isoformat(),
        "answered_at": ticket.answered_at.isoformat() if ticket.answered_at else None,
        "changed_at": ticket.changed_at.isoformat() if ticket.changed_at else None,
        "words_removed_at": ticket.redacted_at.isoformat() if ticket.redacted_at else None,
    }

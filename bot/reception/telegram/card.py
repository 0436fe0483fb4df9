"""What staff read about a ticket, in English and Vietnamese; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.i18n.translator import Speakers, mark
from bot.model.content import Snapshot
from bot.model.language import Language, Text
from bot.model.messages import Attachment, Button, Entry, TicketId
from bot.model.rich import Rich, Span, letters
from bot.model.tickets import Priority, Ticket, TicketState
from bot.transports.telegram_names import clean_name

PRIVATE: Final = frozenset({"medical", "security"})
"""Teams whose tickets show no words of the delegate in titles and notifications (promises, R3)."""

QUESTION: Final = 1_500  # characters of the question on a card
RELAYED: Final = 3_500  # characters of a further message; the console has all of it
LONGEST_NAME: Final = 128  # characters of a topic's name

_PRIORITIES: Final = {
    Priority.EMERGENCY: ("🔴", mark("EMERGENCY")),
    Priority.HIGH: ("🟠", mark("High priority")),
    Priority.NORMAL: ("🔵", mark("Normal priority")),
}
_STATES: Final = {
    TicketState.NEW: mark("New: nobody is helping yet"),
    TicketState.CLAIMED: mark("{name} is helping"),
    TicketState.WAITING: mark("{name} waits for the delegate's answer"),
    TicketState.SNOOZED: mark("Put aside for a while"),
    TicketState.RESOLVED: mark("Resolved"),
    TicketState.REOPENED: mark("Open again: nobody is helping yet"),
}
_LANGUAGES: Final[Mapping[Language, str]] = {"en": mark("English"), "ar": mark("Arabic"), "vi": mark("Vietnamese")}
_DOORS: Final = {"telegram": mark("Telegram"), "webchat": mark("web page"), "terminal": mark("terminal")}
_CASES: Final = {"medical": mark("medical case"), "security": mark("security case")}
_AUTHORS: Final = {
    "delegate": mark("The delegate writes:"),
    "desk": mark("The desk answered:"),
    "staff": mark("{name} replied:"),
    "note": mark("Note by {name}, for staff only:"),
}
_KINDS: Final = {
    "photo": mark("photo"),
    "live_photo": mark("photo"),
    "voice": mark("voice message"),
    "audio": mark("sound file"),
    "video": mark("video"),
    "video_note": mark("video"),
    "animation": mark("animation"),
    "sticker": mark("sticker"),
    "location": mark("location"),
    "venue": mark("location"),
    "contact": mark("contact"),
    "poll": mark("poll"),
}
_FILE: Final = mark("file")
_RINGS: Final = {
    "alarm": mark("EMERGENCY #{number}: nobody has claimed it yet. Please claim it now."),
    "wait": mark("Request #{number} has waited too long. Please answer the delegate."),
    "promise": mark("Request #{number}: the time that was promised has come."),
    "wake": mark("Request #{number} was put aside until now."),
}


@dataclass(frozen=True, slots=True)
class StaffWords:
    """Says things in the two languages that staff read, and knows the event."""

    speakers: Speakers
    snapshot: Snapshot

    def both(self, message: str, **fields: str) -> str:
        english, vietnamese = (self.speakers[language].text(message, **fields) for language in ("en", "vi"))
        return english if english == vietnamese else f"{english} / {vietnamese}"

    def team(self, ticket: Ticket) -> Text | None:
        team = self.snapshot.event.teams.get(ticket.team)
        return team.name if team is not None else None

    def topic(self, ticket: Ticket) -> Text | None:
        topic = self.snapshot.library.topics.get(ticket.topic or "")
        return topic.title if topic is not None else None


def topic_name(ticket: Ticket, words: StaffWords) -> str:
    """The name of a ticket's topic; none of the delegate's words, and of private cases only what they are."""
    english = words.speakers["en"]
    if ticket.team in PRIVATE:
        return f"#{ticket.id} · {english.text(_CASES[ticket.team])}"
    what = words.topic(ticket) or words.team(ticket)
    start, end = f"#{ticket.id} · ", f" · {ticket.language.upper()}"
    return start + excerpt(what.en if what else ticket.team, LONGEST_NAME - len(start) - len(end)) + end


def ticket_named(name: str) -> TicketId | None:
    """The ticket of a topic that was named by ``topic_name``."""
    number, dot, _ = name.removeprefix("#").partition(" · ")
    return TicketId(int(number)) if dot and name.startswith("#") and number.isdecimal() else None


def card(ticket: Ticket, words: StaffWords) -> Rich:
    sign, priority = _PRIORITIES[ticket.priority]
    spans = [Span(sign + " "), Span(f"#{ticket.id} · {words.both(priority)}", "bold")]
    for line in _lines(ticket, words):
        spans += [Span("\n"), *line]
    if ticket.question.strip():
        spans += [Span("\n\n"), Span(excerpt(ticket.question, QUESTION), "quote")]
    return tuple(spans)


def _lines(ticket: Ticket, words: StaffWords) -> Sequence[Rich]:
    lines: list[Rich] = [_state(ticket, words)]
    titles = (words.team(ticket), words.topic(ticket))
    lines += [(Span(f"{title.en} / {title.vi}"),) for title in titles if title is not None]
    door = _DOORS.get(ticket.address.channel)
    where = words.both(door) if door else ticket.address.channel
    lines.append((Span(f"{words.both(_LANGUAGES[ticket.language])} · {where}"),))
    if (name := clean_name(ticket.delegate_name)) and ticket.team not in PRIVATE:
        lines.append((Span(name, "value"),))
    return lines


def _state(ticket: Ticket, words: StaffWords) -> Rich:
    said = _STATES[ticket.state]
    if ticket.state not in (TicketState.CLAIMED, TicketState.WAITING):
        return (Span(words.both(said)),)
    owner = ticket.owner_name or "?"
    return (*words.speakers["en"]._(said, name=owner), Span(" / "), *words.speakers["vi"]._(said, name=owner))


def card_buttons(ticket: Ticket, words: StaffWords) -> tuple[tuple[Button, ...], ...]:
    claim = Button(words.both(mark("Claim")), f"ticket:{ticket.id}:claim", style="primary")
    resolve = Button(words.both(mark("Mark as resolved")), f"ticket:{ticket.id}:resolve")
    reopen = Button(words.both(mark("Reopen")), f"ticket:{ticket.id}:reopen")
    match ticket.state:
        case TicketState.NEW | TicketState.REOPENED:
            return (claim,), (resolve,)
        case TicketState.CLAIMED | TicketState.WAITING | TicketState.SNOOZED:
            return ((resolve,),)
        case TicketState.RESOLVED:
            return ((reopen,),)


def relay(entry: Entry, words: StaffWords) -> Rich:
    """One entry of the timeline, with who wrote it."""
    name = clean_name(entry.name) or "?"
    spans = [Span(words.both(_AUTHORS[entry.author], name=name), "bold")]
    for attachment in entry.attachments:
        spans += [Span("\n"), *_attached(attachment, words)]
    said = letters(entry.message.text, isolate=False)
    if said.strip():
        spans += [Span("\n"), Span(excerpt(said, RELAYED), "quote")]
    if entry.undeliverable:
        spans += [Span("\n⚠️ "), Span(words.both(mark("Not delivered: {reason}"), reason=entry.undeliverable), "bold")]
    return tuple(spans)


def rung(ticket: Ticket, why: str, words: StaffWords) -> Rich:
    """A new message, so that telephones make a sound; a card that is edited makes none."""
    sign, _ = _PRIORITIES[ticket.priority]
    said = _RINGS.get(why.partition(":")[0], _RINGS["wait"])
    return (Span(f"{sign} "), Span(words.both(said, number=str(ticket.id)), "bold"))


def _attached(attachment: Attachment, words: StaffWords) -> Rich:
    """What came along; files themselves stay out of the group (promises, R3)."""
    what = words.both(_KINDS.get(attachment.kind, _FILE))
    said: Rich = (Span(words.both(mark("Attached: {what}"), what=what)),)
    shown = attachment.kind in ("location", "venue", "contact") and attachment.ref
    return (*said, Span(" "), Span(attachment.ref, "code")) if shown else said


def excerpt(text: str, longest: int) -> str:
    text = text.strip()
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"

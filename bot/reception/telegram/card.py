"""What staff read about a ticket: in the group's languages, or in the one of whoever reads it alone; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.i18n import forms
from bot.i18n.translator import Speakers, mark
from bot.model.content import Snapshot
from bot.model.language import Language, Text
from bot.model.messages import Attachment, Entry, TicketId
from bot.model.rich import Rich, Span, join, letters
from bot.model.tickets import Priority, Ticket, TicketState
from bot.tickets import clocks, glossing, ladder, rights, same
from bot.tickets.rights import Sight
from bot.transports.telegram_names import clean_name

COVERED: Final = frozenset({"security"})
"""Teams whose tickets show no words of the delegate in titles and notifications: in the group they are to be tapped."""
GROUP: Final[tuple[Language, ...]] = ("en", "vi")
"""What the staff group reads unless the settings say something else."""

QUESTION: Final = 1_500  # characters of the question on a card
TOLD: Final = 400  # characters of what the bot said, in each language
BEFORE: Final = 1_000  # characters of the conversation before the question, in all languages together
A_LINE: Final = 220  # characters of one text in it
CARD: Final = 3_700  # characters of a card; Telegram takes 4,096, and counts signs twice
TRANSLATED: Final = 900  # characters of machine translations on a card, in all languages together
LOUD: Final = 2  # steps of the wait clock after which a card is louder
RELAYED: Final = 3_500  # characters of a further message; the console has all of it
SHORTEST: Final = 80  # characters of a translation; with less room there is none, and the console has it
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
_UNAWARE: Final = mark("{name} has it, and has not confirmed the emergency")
_LANGUAGES: Final[Mapping[Language, str]] = {"en": mark("English"), "ar": mark("Arabic"), "vi": mark("Vietnamese")}
_DOORS: Final = {
    "telegram": mark("Telegram"),
    "webchat": mark("Web chat"),
    "terminal": mark("Terminal"),
    "counter": mark("At the counter"),
    "drill": mark("Drill"),
}
_CASES: Final = {
    "medical": mark("medical case"),
    "safeguarding": mark("safeguarding case"),
    "security": mark("security case"),
}
ELSEWHERE: Final = mark("Only those responsible read this case: in their own chat with the bot, and on the console.")
_MORE_ELSEWHERE: Final = mark("The delegate wrote more in this case. Those responsible read it in their own chat.")
_DRILL: Final = mark("REHEARSAL: nobody is in danger.")
_SINCE: Final = mark("Waiting for an answer since {time}")
_PROMISED: Final = mark("Promised for {time}")
_UNTIL: Final = mark("Put aside until {time}")
_OFFERED: Final = mark("Suggested for {name}")
_WITH_BOT: Final = mark("The bot answers again; the request stays open.")
_OVERDUE: Final = mark("OVERDUE")
_GROUPED: Final = mark("Others ask the same: group #{number}")
_TOLD: Final = mark("The bot said:")
_BEFORE: Final = mark("Before that (💬 delegate, 🤖 bot, 👤 staff):")
_BY_MACHINE: Final = mark("Machine translation:")
_SENT_BY_MACHINE: Final = mark("Sent with a machine translation")
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
DELIVERED: Final = mark("Delivered")
_RINGS: Final = {
    "alarm": mark("EMERGENCY #{number}: nobody has claimed it yet. Please claim it now."),
    "alarm:held": mark(
        "EMERGENCY #{number}: {name} has it and has not confirmed. Whoever can help, please claim it now."
    ),
    "alarm:help": mark("EMERGENCY #{number}: {name} has it and calls everybody. Please look whether you can help."),
    "wait": mark("Request #{number} has waited too long. Please answer the delegate."),
    "promise": mark("Request #{number}: the time that was promised has come."),
    "left": mark("Request #{number} has nobody any more. Please take it."),
    "wake": mark("Request #{number} was put aside until now."),
}


@dataclass(frozen=True, slots=True)
class StaffWords:
    """Says things in the languages that these readers read, and knows the event."""

    speakers: Speakers
    snapshot: Snapshot
    languages: tuple[Language, ...] = GROUP

    def both(self, message: str, **fields: str) -> str:
        return self.each(lambda language: self.speakers[language].text(message, **fields))

    def each(self, said: Callable[[Language], str]) -> str:
        return " / ".join(dict.fromkeys(said(language) for language in self.languages))

    def rich(self, message: str, **fields: str) -> Rich:
        """With the fields as values, for what delegates and staff call themselves."""
        return join([self.speakers[language]._(message, **fields) for language in self.languages], " / ")

    def read_by(self, *languages: Language) -> StaffWords:
        return replace(self, languages=languages)

    def team(self, ticket: Ticket) -> Text | None:
        team = self.snapshot.event.teams.get(ticket.team)
        return team.name if team is not None else None

    def topic(self, ticket: Ticket) -> Text | None:
        topic = self.snapshot.library.topics.get(ticket.topic or "")
        return topic.title if topic is not None else None


Told = Mapping[Language, str]
"""What the bot answered as it passed the question on, in each language that the readers read."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line that was said before a ticket was opened."""

    sign: str
    """Of who said it."""
    texts: Sequence[str]
    """In each language that the readers read, or as it was sent."""


def group_sight(ticket: Ticket) -> Sight:
    """What the whole group may read of a ticket: whoever is in it, with whatever role."""
    return "number" if rights.secrecy(ticket) else "full"


def topic_name(ticket: Ticket, words: StaffWords) -> str:
    """The name of a ticket's topic; none of the delegate's words, and of private cases only what they are."""
    first = words.languages[0]
    if (case := _case(ticket)) is not None:
        return f"#{ticket.id} · {words.speakers[first].text(case)}"
    if ticket.drill:
        return f"#{ticket.id} · {words.speakers[first].text(glossing.DRILL)}"
    what = words.topic(ticket) or words.team(ticket)
    start, end = f"#{ticket.id} · ", f" · {ticket.language.upper()}"
    return start + excerpt(what.in_(first) if what else ticket.team, LONGEST_NAME - len(start) - len(end)) + end


def _case(ticket: Ticket) -> str | None:
    return _CASES.get(rights.secrecy(ticket) or ticket.team)


def ticket_named(name: str) -> TicketId | None:
    """The ticket of a topic that was named by ``topic_name``."""
    number, dot, _ = name.removeprefix("#").partition(" · ")
    return TicketId(int(number)) if dot and name.startswith("#") and number.isdecimal() else None


def card(
    ticket: Ticket,
    words: StaffWords,
    sight: Sight = "full",
    told: Told | None = None,
    foreign: Told | None = None,
    before: Sequence[Spoken] = (),
) -> Rich:
    """Times are those at which something began, never running clocks: a card is edited only when something happens."""
    sign, priority = _PRIORITIES[ticket.priority]
    overdue = f" · {words.both(_OVERDUE)}" if ticket.open and ticket.wait_step >= LOUD else ""
    spans = [Span(sign + " "), Span(f"#{ticket.id} · {words.both(priority)}{overdue}", "bold")]
    for line in _lines(ticket, words) if sight == "full" else _lines_of_number(ticket, words):
        spans += [Span("\n"), *line]
    if sight == "full":
        now = _conversation(ticket, words, told or {}, foreign or {})
        room = CARD - sum(len(span.text) for span in (*spans, *now))
        spans += [*_before(before, words, min(BEFORE, room)), *now]
    return tuple(spans)


def _before(lines: Sequence[Spoken], words: StaffWords, room: int) -> list[Span]:
    """What led to the question, above it; the newest that there is room for."""
    kept: list[Spoken] = []
    for line in reversed(lines):
        needed = sum(min(len(text), A_LINE) + 4 for text in line.texts)
        if needed > room:
            break
        room -= needed
        kept.insert(0, line)
    if not kept:
        return []
    spans = [Span("\n\n"), Span(words.both(_BEFORE), "bold")]
    for line in kept:
        for text in line.texts:
            spans += [Span("\n"), Span(f"{line.sign} {excerpt(text, A_LINE)}", "quote")]
    return spans


def _conversation(ticket: Ticket, words: StaffWords, told: Told, foreign: Told) -> list[Span]:
    spans: list[Span] = []
    if ticket.drill:
        spans += [Span("\n\n"), Span(words.both(glossing.DRILL_WORDS), "quote")]
    elif ticket.question.strip():
        spans += [Span("\n\n"), Span(excerpt(ticket.question, QUESTION), "quote")]
        spans += _translated(foreign, words, TRANSLATED)
    if told:
        spans += [Span("\n"), Span(words.both(_TOLD), "bold")]
        for said in dict.fromkeys(told.values()):
            spans += [Span("\n"), Span(excerpt(said, TOLD), "quote")]
    return spans


def _translated(foreign: Told, words: StaffWords, room: int) -> list[Span]:
    """What a machine made of it, said to be that in the readers' languages; ``room`` is for all of it."""
    texts = list(dict.fromkeys(foreign.values()))
    if not texts or room < SHORTEST * len(texts):
        return []
    spans = [Span("\n"), Span(words.both(_BY_MACHINE), "bold")]
    for text in texts:
        spans += [Span("\n"), Span(excerpt(text, room // len(texts)), "quote")]
    return spans


def _lines(ticket: Ticket, words: StaffWords) -> Sequence[Rich]:
    lines: list[Rich] = [(Span(words.both(_DRILL), "bold"),)] if ticket.drill else []
    lines += [_state(ticket, words), *_times(ticket, words)]
    titles = (words.team(ticket), words.topic(ticket))
    lines += [(Span(words.each(title.in_)),) for title in titles if title is not None]
    door = _DOORS.get(ticket.address.channel)
    where = words.both(door) if door else ticket.address.channel
    lines.append((Span(f"{words.both(_LANGUAGES[ticket.language])} · {where}"),))
    if (name := clean_name(ticket.delegate_name)) and ticket.team not in COVERED:
        lines.append((Span(name, "value"),))
    if ticket.offered_to and ticket.unclaimed:
        lines.append(words.rich(_OFFERED, name=clean_name(ticket.offered_to)))
    if ticket.group is not None and (number := same.number_of(ticket.group)) != ticket.id:
        lines.append((Span(words.both(_GROUPED, number=str(number))),))
    return lines


def _lines_of_number(ticket: Ticket, words: StaffWords) -> Sequence[Rich]:
    """Of a case for few people: what it is and how it stands, not a word more (promises, R3)."""
    lines: list[Rich] = [(Span(words.both(_DRILL), "bold"),)] if ticket.drill else []
    case = _case(ticket) or _CASES["medical"]
    lines.append((Span(words.both(case)),))
    lines += [_state(ticket, words), *_times(ticket, words)]
    lines.append((Span(words.both(ELSEWHERE)),))
    return lines


def _times(ticket: Ticket, words: StaffWords) -> Sequence[Rich]:
    def line(message: str, at: datetime) -> Rich:
        return (Span(words.both(message, time=forms.hour(at.astimezone(words.snapshot.event.zone)))),)

    lines: list[Rich] = []
    if ticket.state is TicketState.SNOOZED and ticket.snoozed_until is not None:
        lines.append(line(_UNTIL, ticket.snoozed_until))
    elif (since := clocks.unanswered_since(ticket)) is not None:
        lines.append(line(_SINCE, since))
    if ticket.promised_at is not None:
        lines.append(line(_PROMISED, ticket.promised_at))
    if ticket.with_bot:
        lines.append((Span(words.both(_WITH_BOT)),))
    return lines


def _state(ticket: Ticket, words: StaffWords) -> Rich:
    said = _STATES[ticket.state]
    if ladder.unaware(ticket) and ladder.running(ticket):
        said = _UNAWARE
    if ticket.state not in (TicketState.CLAIMED, TicketState.WAITING):
        return (Span(words.both(said)),)
    return words.rich(said, name=ticket.owner_name or "?")


def more_elsewhere(words: StaffWords) -> Rich:
    """Instead of a line of a case that the group may not read."""
    return (Span(words.both(_MORE_ELSEWHERE)),)


def relay(entry: Entry, words: StaffWords, gloss: Told | None = None, foreign: Told | None = None) -> Rich:
    """One entry of the timeline, with who wrote it, and the same in the readers' languages where it is written in them."""
    name = clean_name(entry.name) or "?"
    spans = [Span(words.both(_AUTHORS[entry.author], name=name), "bold")]
    for attachment in entry.attachments:
        spans += [Span("\n"), *_attached(attachment, words)]
    said = letters(entry.message.text, isolate=False)
    if said.strip():
        spans += [Span("\n"), Span(excerpt(said, RELAYED), "quote")]
    spans += _translated(foreign or {}, words, RELAYED - len(said))
    if entry.machine:
        spans += [Span("\n"), Span(words.both(_SENT_BY_MACHINE), "bold")]
    for told in dict.fromkeys((gloss or {}).values()):
        spans += [Span("\n"), Span(excerpt(told, TOLD), "quote")]
    if entry.delivered_at is not None and entry.author == "staff":
        spans += [Span("\n✓ "), Span(words.both(DELIVERED))]
    if entry.undeliverable:
        spans += [Span("\n⚠️ "), Span(words.both(mark("Not delivered: {reason}"), reason=entry.undeliverable), "bold")]
    return tuple(spans)


def rung(ticket: Ticket, why: str, words: StaffWords) -> Rich:
    """A new message, so that telephones make a sound; a card that is edited makes none."""
    sign, _ = _PRIORITIES[ticket.priority]
    kind = why.partition(":")[0]
    if kind == "alarm" and ticket.owner is not None:
        kind = "alarm:held" if ladder.running(ticket) else "alarm:help"
    name, number = clean_name(ticket.owner_name) or "?", str(ticket.id)
    return (Span(f"{sign} "), Span(words.both(_RINGS.get(kind, _RINGS["wait"]), number=number, name=name), "bold"))


def _attached(attachment: Attachment, words: StaffWords) -> Rich:
    """What came along; files themselves stay out of the group (promises, R3)."""
    what = words.both(_KINDS.get(attachment.kind, _FILE))
    said: Rich = (Span(words.both(mark("Attached: {what}"), what=what)),)
    shown = attachment.kind in ("location", "venue", "contact") and attachment.ref
    return (*said, Span(" "), Span(attachment.ref, "code")) if shown else said


def excerpt(text: str, longest: int) -> str:
    text = text.strip()
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"

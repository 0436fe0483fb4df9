"""A ticket as the console shows it, as far as the reader may see it; deciding only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.i18n import forms
from bot.i18n.translator import Speaker, mark
from bot.model.content import Snapshot
from bot.model.people import Delegate, Staff
from bot.model.rich import straight
from bot.model.tickets import VERBS, Priority, Ticket, Verb
from bot.tickets import attached, clocks, glossing, ladder, rights, same
from bot.transports.web_entries import spans_json, staff_entry_json

Json = dict[str, Any]

CASES: Final = {"medical": mark("Medical case"), "safeguarding": mark("Safeguarding case")}
BY_HAND: Final[tuple[Verb, ...]] = tuple(verb for verb in VERBS if verb not in ("seen", "view"))
"""What the page has buttons for."""
LONGEST_LINE: Final = 200  # letters of a question in a list of others
_OVERDUE: Final = 2  # steps of the wait clock


@dataclass(frozen=True, slots=True)
class View:
    """One person's view at one moment."""

    snapshot: Snapshot
    speaker: Speaker
    staff: Staff
    """With the duties that fall to them."""
    now: datetime

    def sees(self, ticket: Ticket) -> bool:
        return rights.visible(ticket, self.staff) == "full"

    def when(self, at: datetime | None) -> str:
        """A time of today as the hour, another with its day; empty for none."""
        if at is None:
            return ""
        local, today = at.astimezone(self.snapshot.event.zone), self.now.astimezone(self.snapshot.event.zone)
        if local.date() == today.date():
            return forms.hour(local)
        return forms.day_and_hour(local, self.speaker.language)


def title(ticket: Ticket, view: View) -> str:
    """What a ticket is called in lists and notifications: a restricted one by nothing but that it is one, for everybody.

    A screen in a lobby has more readers than who signed in; the words of such a ticket stand in its thread only.
    """
    secret = rights.secrecy(ticket)
    if secret:
        return view.speaker.text(CASES[secret])
    return _topic_title(ticket, view)


def _topic_title(ticket: Ticket, view: View) -> str:
    """For who may read it: what it is about, or that it is a rehearsal."""
    if ticket.drill:
        return view.speaker.text(glossing.DRILL)
    return glossing.title(ticket, view.snapshot, view.speaker.language)


def question(ticket: Ticket, view: View) -> str:
    """As it was sent; a rehearsal's words are our own, and so in the reader's language."""
    return view.speaker.text(glossing.DRILL_WORDS) if ticket.drill else straight(ticket.question)


def ticket_json(ticket: Ticket, view: View) -> Json:
    """A row of the queue."""
    secret = rights.secrecy(ticket)
    since = clocks.unanswered_since(ticket)
    shown = since or ticket.opened_at
    until = view.now if ticket.open else ticket.changed_at or view.now
    row: Json = {
        "id": ticket.id,
        "version": ticket.version,
        "state": ticket.state.value,
        "priority": ticket.priority.name.lower(),
        "title": title(ticket, view),
        "restricted": secret,
        "sight": rights.visible(ticket, view.staff),
        "opened": ticket.opened_at.isoformat(),
        "since": shown.isoformat(),
        "waited": max(0, int((until - shown).total_seconds())),
        "waiting": since is not None,
        "owner": ticket.owner_name if ticket.open else "",
        "mine": ticket.open and ticket.owner == view.staff.id,
        "free": ticket.unclaimed,
        "seen": ticket.seen_at is not None,
        "answered": ticket.answered_at is not None,
        "overdue": ticket.open and ticket.wait_step >= _OVERDUE,
        "due": _iso(clocks.next_due(ticket, view.snapshot.event.waits)),
        "alarm": ticket.alarm_step if ladder.running(ticket) else None,
        "offered": bool(ticket.offered_to) and ticket.offered_to == view.staff.name,
        "snoozed": view.when(ticket.snoozed_until),
        "promised": view.when(ticket.promised_at),
        "withBot": ticket.with_bot,
        "drill": ticket.drill,
        "acts": [verb for verb in BY_HAND if rights.allowed(ticket, view.staff, verb, view.now)],
    }
    return row | _open_part(ticket, view, hidden=bool(secret))


def _open_part(ticket: Ticket, view: View, *, hidden: bool) -> Json:
    """What lists may say of the delegate and the question; nothing of a restricted ticket."""
    team = view.snapshot.event.teams.get(ticket.team)
    sees = view.sees(ticket)
    return {
        "team": ticket.team if sees else "",
        "teamName": (team.name.in_(view.speaker.language) if team else ticket.team) if sees else "",
        "topic": "" if hidden else ticket.topic or "",
        "question": "" if hidden else question(ticket, view),
        "name": "" if hidden else straight(ticket.delegate_name),
        "language": ticket.language if sees else "",
        "door": ticket.address.channel if sees else "",
        "group": same.name_of(ticket) if same.may_join(ticket) else None,
    }


def thread_json(
    ticket: Ticket,
    view: View,
    *,
    lines: Sequence[glossing.Glossed] = (),
    before: Sequence[glossing.Glossed] = (),
    delegate: Delegate | None = None,
    others: Sequence[Ticket] = (),
    together: Sequence[Ticket] = (),
    foreign: Mapping[int, str] | None = None,
) -> Json:
    """A ticket with everything of it; a reader who sees only its number gets no more than the row.

    Args:
        ticket: The one that is opened.
        view: Whose view it is.
        lines: Its timeline, each line with what it says in the reader's language.
        before: What was said until it was opened, in the same way.
        delegate: Whoever wrote it; None when they were erased.
        others: Their other tickets.
        together: Open tickets that ask the same.
        foreign: Per line what a machine made of it in the reader's language; under 0 of the question.
    """
    row = ticket_json(ticket, view)
    if not view.sees(ticket):
        return row | {"timeline": [], "before": [], "card": None, "same": [], "others": []}
    return row | {
        "topicTitle": _topic_title(ticket, view),
        "question": question(ticket, view),
        "questionMachine": (foreign or {}).get(0, ""),
        "name": straight(ticket.delegate_name),
        "emergency": ticket.emergency,
        "promise": straight(ticket.promise),
        "cancelled": ticket.cancelled,
        "rated": ticket.rated,
        "redacted": ticket.redacted_at is not None,
        "previousOwner": ticket.previous_owner_name,
        "reads": delegate.language if delegate else ticket.language,
        "since": view.when(delegate.first_seen) if delegate else "",
        "blocked": bool(delegate and delegate.blocked) and not ticket.drill,
        "timeline": [_line(line, ticket, view, (foreign or {}).get(line.entry.seq, "")) for line in lines],
        "before": [_line(line, ticket, view) for line in before],
        "others": [_named(one, view) for one in others],
        "same": [_member(one, view) for one in together],
    }


def _line(line: glossing.Glossed, ticket: Ticket, view: View, foreign: str = "") -> Json:
    zone, reader = view.snapshot.event.zone, view.speaker.language
    entry = line.entry
    own = entry.author == "staff" and entry.ticket == ticket.id and not entry.answer.startswith(glossing.CANNED)
    teaches = own and not rights.secrecy(ticket)
    came = [attached.kind_and_words(attachment) for attachment in entry.attachments]
    attachments = [{"what": view.speaker.text(kind), "tells": straight(tells)} for kind, tells in came]
    more = {"machine": foreign, "byMachine": entry.machine, "teaches": teaches, "attachments": attachments}
    return {**staff_entry_json(entry, zone, reader), "gloss": spans_json(line.gloss), **more}


def _named(ticket: Ticket, view: View) -> Json:
    """Another ticket, as a line that leads to it."""
    return {
        "id": ticket.id,
        "title": title(ticket, view),
        "state": ticket.state.value,
        "language": ticket.language if view.sees(ticket) else "",
        "urgent": ticket.priority is Priority.EMERGENCY,
    }


def _member(ticket: Ticket, view: View) -> Json:
    """Another ticket that asks the same, with its words: they tell whether it does."""
    leaves = rights.allowed(ticket, view.staff, "unlink", view.now)
    return _named(ticket, view) | {"question": straight(ticket.question[:LONGEST_LINE]), "mayLeave": leaves}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()

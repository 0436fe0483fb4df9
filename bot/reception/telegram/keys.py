"""The buttons below a ticket's card, page by page, and what a press on one asks for; pure.

A button carries the ticket, the version that its card showed, and what it is for. It grants nothing: whoever presses is
asked for again by their account, the list of today and the ticket of today.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, Literal

from bot.i18n import forms
from bot.i18n.translator import mark
from bot.model.content import Canned
from bot.model.messages import Button
from bot.model.tickets import Priority, Ticket, TicketState, Verb
from bot.reception.telegram.card import StaffWords
from bot.tickets import canned as canned_replies
from bot.tickets import ladder
from bot.tickets.rights import ALLOWED, NOT_IN_EMERGENCIES, Sight

Rows = tuple[tuple[Button, ...], ...]
Page = Literal["main", "more", "snooze", "promise", "hand", "replies", "questions", "same"]
PAGES: Final[tuple[Page, ...]] = ("main", "more", "snooze", "promise", "hand", "replies", "questions", "same")

A_PAGE: Final = 6  # canned replies on one page
MINUTES: Final = ("5", "10", "15", "20", "30", "45")
FILLED_BY_BUTTONS: Final = frozenset({"minutes", "time"})
MORNING: Final = time(7)
_PRESS: Final = re.compile(r"t:([0-9]{1,9}):([0-9]{1,9}):([a-z-]{1,12})(?::([A-Za-z0-9._-]{1,40}))?(?::([0-9]{1,4}))?")

_STYLED: Final = {"claim": "primary"}
_CLAIM: Final = mark("Claim")
_RESOLVE: Final = mark("Resolve")
_REOPEN: Final = mark("Reopen")
_REPLIES: Final = mark("Ready replies")
_MORE: Final = mark("More")
_NOTE: Final = mark("Note")
_BEFORE: Final = mark("Conversation before")
_HAND: Final = mark("Hand over")
_SNOOZE: Final = mark("Put aside")
_WAKE: Final = mark("Take up again")
_PROMISE: Final = mark("Promise a time")
_QUESTIONS: Final = mark("Ask and wait")
_BOT: Final = mark("Back to the bot")
_RELEASE: Final = mark("Give back to the queue")
_URGENT: Final = mark("It is urgent")
_EMERGENCY: Final = mark("It is an emergency")
_CALM: Final = mark("Less urgent")
_BACK: Final = mark("Back")
_SAME: Final = mark("Same question as another request")
_APART: Final = mark("Take this request out of the group")
_SEND: Final = mark("Send to the delegate")
_SEND_ALL: Final = mark("Send to all {n} who ask the same")
_BRING: Final = mark("Bring it to my chat")
_IN_MINUTES: Final = mark("{minutes} min")
_IN_AN_HOUR: Final = mark("1 hour")
_IN_HOURS: Final = mark("2 hours")
_TILL_MORNING: Final = mark("Until the morning")
_BY: Final = mark("By {time}")


@dataclass(frozen=True, slots=True)
class Press:
    """What a button asks for."""

    ticket: int
    version: int
    """Of the ticket, when its card was shown."""
    act: str
    what: str = ""
    filled: str = ""
    """What goes into the blank of a canned reply: minutes, or a time such as ``1830``."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to whom a ticket can be given."""

    id: str
    """Without the part before the colon, which all have in common."""
    name: str


@dataclass(frozen=True, slots=True)
class Kit:
    """What the pages are made of."""

    now: datetime
    canned: Sequence[Canned] = ()
    """Those that can be filled in by buttons, in the order of their file."""
    on_duty: Sequence[Colleague] = ()
    alike: Sequence[Ticket] = ()
    """Requests that may ask the same."""
    others: Sequence[Ticket] = ()
    """Requests that do."""


def read_press(data: str | None) -> Press | None:
    """None for a button of another time or another hand."""
    found = _PRESS.fullmatch(data or "")
    if found is None or not found[0].isascii():
        return None
    return Press(int(found[1]), int(found[2]), found[3], found[4] or "", found[5] or "")


def usable(canned: Canned) -> bool:
    """Whether all of a canned reply's blanks can be filled in by pressing; the console has the others."""
    blanks = canned_replies.fills(canned)
    return len(blanks) <= 1 and FILLED_BY_BUTTONS.issuperset(blanks) and len(canned.id) <= LONGEST_ID


LONGEST_ID: Final = 30  # of a canned reply; a button carries 64 bytes


def keys(ticket: Ticket, words: StaffWords, sight: Sight = "full", *, brings: bool = False) -> Rows:
    """The first page.

    Args:
        ticket: As it is now.
        words: Of the readers.
        sight: What they may read; of a case for few people nothing is decided in front of all.
        brings: Offer to bring the case to the presser's own chat.
    """
    key = _Keys(ticket, words)
    if sight == "number":
        bring = (key(_BRING, "bring"),) if brings and ticket.open else ()
        wanted = ticket.unclaimed or (brings and ladder.running(ticket))
        return ((key(_CLAIM, "claim"),), bring) if wanted else (bring,)
    match ticket.state:
        case TicketState.RESOLVED:
            return ((key(_REOPEN, "reopen"),),)
        case TicketState.NEW | TicketState.REOPENED if ticket.priority is Priority.EMERGENCY:
            return ((key(_CLAIM, "claim"),), (key(_REPLIES, "replies"), key(_MORE, "more")))
        case TicketState.NEW | TicketState.REOPENED:
            return (key(_CLAIM, "claim"), key(_RESOLVE, "resolve")), (key(_REPLIES, "replies"), key(_MORE, "more"))
        case TicketState.SNOOZED:
            return (key(_WAKE, "wake"), key(_RESOLVE, "resolve")), (key(_REPLIES, "replies"), key(_MORE, "more"))
        case TicketState.CLAIMED | TicketState.WAITING if ladder.running(ticket):
            return ((key(_CLAIM, "claim"),), (key(_REPLIES, "replies"), key(_MORE, "more")))
        case TicketState.CLAIMED | TicketState.WAITING:
            return ((key(_RESOLVE, "resolve"),), (key(_REPLIES, "replies"), key(_MORE, "more")))


def page(name: Page, ticket: Ticket, words: StaffWords, kit: Kit, start: int = 0) -> Rows:
    """A page of buttons; ``start`` is the first canned reply on it."""
    key = _Keys(ticket, words)
    back = (key(_BACK, "main"),)
    match name:
        case "main":
            return keys(ticket, words)
        case "more":
            return (*_more(ticket, key, kit), back)
        case "snooze":
            quarter = key(_IN_MINUTES, "snooze-for", "15", minutes="15")
            return (quarter, key(_IN_AN_HOUR, "snooze-for", "60")), (
                key(_TILL_MORNING, "snooze-for", "morning"),
                *back,
            )
        case "promise":
            quarter, half = (key(_IN_MINUTES, "promise-for", n, minutes=n) for n in ("15", "30"))
            hours = (key(_IN_AN_HOUR, "promise-for", "60"), key(_IN_HOURS, "promise-for", "120"))
            return (quarter, half), hours, back
        case "hand":
            return (*_hand(words, key, kit), back)
        case "replies":
            return (*_canned([one for one in kit.canned if not one.asks], name, key, words, start), back)
        case "questions":
            return (*_canned([one for one in kit.canned if one.asks], name, key, words, start), back)
        case "same":
            return (*_same(words, key, kit), back)


def blanks(canned: Canned, ticket: Ticket, words: StaffWords, kit: Kit) -> Rows:
    """What a canned reply may be filled with; for one without blanks, whether to send it."""
    key = _Keys(ticket, words)
    back = (key(_BACK, "questions" if canned.asks else "replies"),)
    names = canned_replies.fills(canned)
    if not names:
        return (*_sends(canned, "", key, kit), back)
    if names[0] == "minutes":
        options = [(key(_IN_MINUTES, "pick", canned.id, number, minutes=number)) for number in MINUTES]
    else:
        times = [forms.hour(at) for at in _half_hours(kit.now)]
        options = [key(_BY, "pick", canned.id, at.replace(":", ""), time=at) for at in times]
    return tuple(options[:3]), tuple(options[3:]), back


def sending(canned: Canned, filled: str, ticket: Ticket, words: StaffWords, kit: Kit) -> Rows:
    """The last question before a canned reply is sent."""
    key = _Keys(ticket, words)
    return (*_sends(canned, filled, key, kit), (key(_BACK, "replies"),))


def _sends(canned: Canned, filled: str, key: _Keys, kit: Kit) -> Rows:
    what = (canned.id, filled) if filled else (canned.id,)
    one = (key(_SEND, "send", *what, style="primary"),)
    if not kit.others or canned.asks:  # who is asked something answers for themselves
        return (one,)
    return one, (key(_SEND_ALL, "send-all", *what, n=str(len(kit.others) + 1)),)


def fields_of(canned: Canned, filled: str) -> dict[str, str]:
    """What a press fills in; empty while something is missing."""
    names = canned_replies.fills(canned)
    if not names or not filled:
        return {}
    if names[0] == "minutes":
        return {"minutes": filled} if filled in MINUTES else {}
    if len(filled) != 4 or filled[:2] > "23" or filled[2:] > "59":
        return {}
    return {names[0]: f"{filled[:2]}:{filled[2:]}"}


def until(what: str, now: datetime) -> datetime | None:
    """The time that a button or a command names: minutes, ``15m``, ``1h``, ``morning``, ``18:00``; None for anything else."""
    said = what.strip().casefold()
    if said in ("morning", "sáng", "sang", "sáng mai"):
        morning = datetime.combine(now.date(), MORNING, now.tzinfo)
        return morning if morning > now else morning + timedelta(days=1)
    if found := re.fullmatch(r"([0-9]{1,3})\s*(h|giờ|hours?|m|min|minutes|phút)?", said):
        number, hours = int(found[1]), (found[2] or "m")[0] in "hg"
        most = 72 if hours else 999
        return (
            now + timedelta(hours=number if hours else 0, minutes=0 if hours else number)
            if 0 < number <= most
            else None
        )
    if found := re.fullmatch(r"([01]?[0-9]|2[0-3])[:h.]([0-5][0-9])", said):
        at = datetime.combine(now.date(), time(int(found[1]), int(found[2])), now.tzinfo)
        return at if at > now else at + timedelta(days=1)
    return None


@dataclass(frozen=True, slots=True)
class _Keys:
    """Makes buttons of one ticket."""

    ticket: Ticket
    words: StaffWords

    def __call__(
        self, label: str, act: str, *what: str, style: Literal["", "primary", "danger"] = "", **named: str
    ) -> Button:
        action = ":".join(("t", str(self.ticket.id), str(self.ticket.version), act, *what))
        return Button(self.words.both(label, **named), action, style=style or ("primary" if act == "claim" else ""))

    def named(self, label: str, act: str, *what: str) -> Button:
        """With a label that is written in the readers' languages already."""
        action = ":".join(("t", str(self.ticket.id), str(self.ticket.version), act, *what))
        return Button(label, action)


def _more(ticket: Ticket, key: _Keys, kit: Kit) -> Rows:
    offered: list[tuple[Verb, Button]] = [
        ("view", key(_BEFORE, "before")),
        ("note", key(_NOTE, "note")),
        ("assign", key(_HAND, "hand")),
        ("snooze", key(_SNOOZE, "snooze")),
        ("promise", key(_PROMISE, "promise")),
        ("ask", key(_QUESTIONS, "questions")),
        ("hand-back", key(_BOT, "hand-back")),
        ("release", key(_RELEASE, "release")),
        *_levels(ticket, key),
        *([("link", key(_SAME, "same"))] if kit.alike or kit.others else ()),
    ]
    emergency = ticket.priority is Priority.EMERGENCY
    able = [
        button
        for verb, button in offered
        if verb in ALLOWED[ticket.state] and not (emergency and verb in NOT_IN_EMERGENCIES)
    ]
    return _pairs(able)


def _levels(ticket: Ticket, key: _Keys) -> list[tuple[Verb, Button]]:
    """What would change something; an emergency is lowered by who has it."""
    offered: list[tuple[Verb, Button]] = []
    if ticket.priority is Priority.NORMAL:
        offered.append(("raise", key(_URGENT, "urgent")))
    if ticket.priority is not Priority.EMERGENCY:
        offered.append(("raise", key(_EMERGENCY, "emergency", style="danger")))
    if ticket.priority is not Priority.NORMAL:
        offered.append(("lower", key(_CALM, "calm")))
    return offered


def _hand(words: StaffWords, key: _Keys, kit: Kit) -> Rows:
    people = [key.named(one.name, "to", one.id) for one in kit.on_duty if one.id != key.ticket.owner][:8]
    teams = [
        key.named(words.each(team.name.in_), "to-team", team.id)
        for team in words.snapshot.event.teams.values()
        if team.id != key.ticket.team and re.fullmatch(r"[A-Za-z0-9._-]{1,30}", team.id)
    ]
    return (*_pairs(people), *_pairs(teams))


def _same(words: StaffWords, key: _Keys, kit: Kit) -> Rows:
    """Each by its number and what it is about: whoever is not sure reads its card."""
    rows: list[tuple[Button, ...]] = []
    for other in kit.alike:
        what = words.topic(other) or words.team(other)
        title = what.in_(words.languages[0]) if what is not None else other.team
        rows.append((key.named(f"#{other.id} · {title} · {other.language.upper()}", "link", str(other.id)),))
    return (*rows, *(((key(_APART, "unlink"),),) if kit.others else ()))


def _canned(found: Sequence[Canned], name: Page, key: _Keys, words: StaffWords, start: int) -> Rows:
    shown = found[start : start + A_PAGE]
    rows: list[tuple[Button, ...]] = [(key.named(words.each(one.title.in_), "pick", one.id),) for one in shown]
    turns = [key.named("‹", name, "from", str(max(0, start - A_PAGE)))] if start else []
    if start + A_PAGE < len(found):
        turns.append(key.named("›", name, "from", str(start + A_PAGE)))
    return (*rows, tuple(turns)) if turns else tuple(rows)


def _pairs(buttons: Sequence[Button]) -> Rows:
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))


def _half_hours(now: datetime) -> Sequence[datetime]:
    """The next six, the first at least ten minutes from now."""
    soon = now + timedelta(minutes=10)
    first = soon.replace(minute=0, second=0, microsecond=0) + timedelta(minutes=30 if soon.minute < 30 else 60)
    return [first + timedelta(minutes=30 * step) for step in range(6)]

"""What staff ask for in words or by a button, carried out: the same for the group and for a chat of their own."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.i18n import forms
from bot.i18n.translator import mark
from bot.model.errors import Refused
from bot.model.messages import TicketId
from bot.model.people import Staff, StaffId
from bot.model.tickets import StaffAction, Ticket, Verb
from bot.ports import Act, Store
from bot.reception.telegram.card import StaffWords, case_line
from bot.reception.telegram.keys import Colleague, until
from bot.reception.telegram.staff import HINT_TIME, Wish
from bot.staff.held import with_duties
from bot.staff.list import StaffList
from bot.staff.names import folded
from bot.staff.people import Person
from bot.tickets import rights
from bot.tickets.life import WRITES
from bot.tickets.roster import OnDuty, Said

ASKED_FOR: Final = timedelta(hours=1)
"""For how long a text in another language waits for "send anyway"."""
LISTED_CASES: Final = 20
LISTED: Final = "staff:"
"""How the ids of people on the staff list begin."""

HELP: Final = mark(
    "Write in the topic of a request: that is the answer to the delegate. A line that begins with // or /note is for "
    "staff only. Commands, in the topic or with a number such as #12: /claim /ask /assign /snooze /promise /release "
    "/bot /urgent /emergency /calm /resolve /reopen. For yourself: /on /away. Who is on duty: /who. Open requests: /cases"
)
ON: Final = mark("{name}, you are on duty now.")
AWAY: Final = mark("{name}, you are away now. Emergencies still reach you.")
WHO: Final = mark("On duty now:")
NO_CASES: Final = mark("No request is open.")
MORE_CASES: Final = mark("… and {n} more on the console.")
NOBODY: Final = mark("Nobody is on duty by the roster, and nobody said /on.")
_WHOM: Final = mark("Nobody on the staff list and no team is called {name}. /who tells who is on duty.")


async def _no_one() -> Sequence[OnDuty]:
    return ()


async def _nobody_away() -> Sequence[str]:
    return ()


async def _nothing(name: str, said: Said) -> None:
    del name, said


@dataclass(frozen=True)
class DutyRoom:
    """What the lane may know and say of who is on duty."""

    people: Callable[[], Awaitable[Sequence[OnDuty]]] = _no_one
    say: Callable[[str, Said], Awaitable[None]] = _nothing
    """Notes ``/on`` and ``/away``. Raises StoreUnavailable."""
    away: Callable[[], Awaitable[Sequence[str]]] = _nobody_away
    """Names of those who are away, because they said so or fell silent."""


@dataclass(frozen=True)
class Doing:
    """Turns wishes into actions; whether they are allowed is decided by ``bot.tickets.rights``, behind ``act``."""

    store: Store
    act: Act
    staff: StaffList
    words: Callable[[], StaffWords]
    now: Callable[[], datetime]
    duty: DutyRoom = field(default_factory=DutyRoom)

    async def may_read(self, ticket: Ticket, by: Staff) -> bool:
        return rights.visible(ticket, await with_duties(self.store, by)) == "full"

    async def carry_out(self, action: str, ticket: TicketId, by: Staff, wish: Wish, *, sure: bool = False) -> Ticket:
        """Do what a message asks for; ``sure`` when its writer was asked back.

        Raises:
            Unsure: Ask the writer; ``sure`` sends it then.
            Refused: Says why.
            StoreUnavailable: Bring it again.
        """
        now = self.now()
        if wish.verb is None:
            raise AssertionError("a wish without a verb")
        meant = StaffAction(action, ticket, by, wish.verb, now, wish.text, careful=True, confirmed=sure)
        match wish.verb:
            case "snooze":
                meant = replace(meant, text="", until=_time(wish.text, now))
            case "promise":
                meant = replace(meant, text="", until=_time(wish.text, now))
            case "assign":
                meant = await self._to(replace(meant, text=""), wish.text)
            case "raise":
                meant = replace(meant, text="", to_priority=wish.level)
            case _:
                pass
        return await self.act(meant)

    async def _to(self, action: StaffAction, name: str) -> StaffAction:
        """Whom ``/assign`` names: somebody on the staff list, or a team in any of the languages."""
        wanted = folded(name.removeprefix("@"))
        for person in await self.staff.everybody():
            if person.active and folded(person.name) == wanted:
                return replace(action, to_staff=person.id, to_name=person.name)
        for team in self.words().snapshot.event.teams.values():
            if wanted in map(folded, (team.id, team.name.en, team.name.vi, team.name.ar)):
                return replace(action, to_team=team.id)
        raise Refused(_WHOM, name=name[:60])

    async def person(self, short: str) -> Person | None:
        """Somebody on the list by the id that a button carries."""
        return await self.staff.person(StaffId(f"{LISTED}{short}"))

    async def colleagues(self) -> Sequence[Colleague]:
        """People on the staff list who are on duty; everybody on it while the roster knows none of them."""
        listed = [one for one in await self.staff.everybody() if one.active and one.id.startswith(LISTED)]
        on = {folded(one.name) for one in await self.duty.people()}
        here = [one for one in listed if folded(one.name) in on] or listed
        return [Colleague(one.id.removeprefix(LISTED), one.name) for one in here]

    # ---------------------------------------------------------------- about oneself

    async def of_duty(self, wish: Wish, by: Staff, words: StaffWords) -> str:
        """What to say to ``/on``, ``/away``, ``/who``, ``/cases`` and ``/help``.

        Raises:
            StoreUnavailable: Not noted.
        """
        match wish.duty:
            case "on":
                await self.duty.say(by.name, "on")
                return words.both(ON, name=by.name)
            case "away":
                await self.duty.say(by.name, "away")
                return words.both(AWAY, name=by.name)
            case "who":
                return await self._who(words)
            case "cases":
                return await self._cases(words)
            case _:
                return words.both(HELP)

    async def _cases(self, words: StaffWords) -> str:
        """Open requests by number, what they are about and how they stand: as little as the names of topics say."""
        tickets = await self.store.tickets()
        if not tickets:
            return words.both(NO_CASES)
        lines = [case_line(ticket, words) for ticket in tickets[:LISTED_CASES]]
        if len(tickets) > LISTED_CASES:
            lines.append(words.both(MORE_CASES, n=str(len(tickets) - LISTED_CASES)))
        return "\n".join(lines)

    async def _who(self, words: StaffWords) -> str:
        people = await self.duty.people()
        if not people:
            return words.both(NOBODY)
        teams = words.snapshot.event.teams
        lines = [
            f"{'•' if one.here else '◦'} {one.name}: "
            + ", ".join(words.each(teams[team].name.in_) if team in teams else team for team in one.teams)
            for one in people
        ]
        return "\n".join([words.both(WHO), *lines])

    # ---------------------------------------------------------------- asked back about the language

    async def keep_question(self, place: str, ticket: TicketId, by: Staff, wish: Wish) -> None:
        """Keep a text that its writer was asked about, together with the delegate's other words.

        Raises:
            StoreUnavailable: Not kept.
        """
        known = await self.store.ticket(ticket)
        kept = {"ticket": ticket, "by": by.id, "verb": wish.verb, "text": wish.text}
        until_ = self.now() + ASKED_FOR
        who = known.delegate if known is not None else None
        await self.store.remember(_question_key(place), json.dumps(kept, ensure_ascii=False), until=until_, who=who)

    async def has_question(self, place: str, by: Staff) -> bool:
        """Whether a text of this person is kept there."""
        kept = json.loads(await self.store.recall(_question_key(place)) or "{}")
        return bool(kept.get("by") == by.id)

    async def asked_about_words(self, place: str) -> bool:
        """Whether what is kept there is to be sent to the delegate, rather than done."""
        return json.loads(await self.store.recall(_question_key(place)) or "{}").get("verb") in WRITES

    async def answer_question(self, place: str, by: Staff, *, send: bool, machine: bool = False) -> Ticket | None:
        """Send a kept text or drop it; None when there is none, or it is somebody else's.

        Raises:
            Unsure: There is no machine's translation to go with it; it is kept.
            Refused: Not allowed any more.
            StoreUnavailable: Bring it again.
        """
        kept = json.loads(await self.store.recall(_question_key(place)) or "{}")
        if kept.get("by") != by.id:
            return None
        ticket = await self.store.ticket(TicketId(kept["ticket"]))
        if ticket is None:
            return None
        if send and kept["verb"] not in WRITES:
            ticket = await self.carry_out(
                f"telegram:sure:{place}", ticket.id, by, Wish(kept["verb"], kept["text"]), sure=True
            )
        elif send:
            verb: Verb = "ask" if kept["verb"] == "ask" else "reply"
            # One id per text: a press that comes twice sends it once.
            action = StaffAction(
                f"telegram:sure:{place}",
                ticket.id,
                by,
                verb,
                self.now(),
                kept["text"],
                careful=True,
                confirmed=not machine,
                machine=machine,
            )
            ticket = await self.act(action)
        await self.store.forget(_question_key(place))
        return ticket


def _question_key(place: str) -> str:
    return f"telegram:asked:{place}"


def _time(said: str, now: datetime) -> datetime:
    at = until(said, now)
    if at is None:
        raise Refused(HINT_TIME)
    return at


def shown_time(at: datetime, words: StaffWords) -> str:
    return forms.hour(at.astimezone(words.snapshot.event.zone))

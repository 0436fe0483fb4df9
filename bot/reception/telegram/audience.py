"""Whom the bot writes to alone about a ticket: who is on duty, who is responsible, who has it; pure.

The group and the console show every ticket. A chat of one's own is the second lane: for whoever asked for it by /start,
for everybody in an emergency, and for those responsible when a case is for few people.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.model.people import Role, Staff
from bot.model.tickets import Priority, Ticket
from bot.staff.names import folded
from bot.staff.people import Person
from bot.tickets import rights
from bot.tickets.roster import FALLBACK, OnDuty


@dataclass(frozen=True, slots=True)
class Crew:
    """Everybody who can be written to, and what is known of them now."""

    people: Sequence[Person]
    """On the list, with a linked account."""
    held: frozenset[Role] = frozenset()
    """Roles that somebody on the whole list has."""
    on_duty: Sequence[OnDuty] = ()
    away: Collection[str] = ()
    """Folded names of those who said that they are away."""
    opted: Collection[int] = ()
    """Accounts that asked for every request of their team."""
    group_is_deaf: bool = False
    """The staff group takes nothing now: what belongs there goes to everybody on duty instead."""

    def acting(self, person: Person) -> Staff:
        return rights.standing_in(person.acting("direct"), self.held)

    def reads(self, person: Person, ticket: Ticket) -> bool:
        return rights.visible(ticket, self.acting(person)) == "full"

    def duty(self) -> Sequence[Person]:
        """Those on duty; while that is nobody who can be written to, all who are not away."""
        names = {folded(one.name) for one in self.on_duty}
        on = [person for person in self.people if folded(person.name) in names]
        return on or [person for person in self.people if folded(person.name) not in self.away]

    def of_team(self, team: str) -> Sequence[Person]:
        """Those on duty for a team, and where there is none, for reception."""
        teams = {folded(one.name): one.teams for one in self.on_duty}
        on = self.duty()
        for wanted in (team, FALLBACK):
            if found := [one for one in on if wanted in teams.get(folded(one.name), (wanted,))]:
                return found
        return on


def for_card(ticket: Ticket, crew: Crew) -> Sequence[Person]:
    """Who gets the card of a ticket that is new, or has changed hands."""
    if rights.secrecy(ticket):
        return _responsible(ticket, crew)
    if ticket.priority is Priority.EMERGENCY:
        return crew.duty() or crew.people
    if crew.group_is_deaf:
        return crew.of_team(ticket.team)
    return [person for person in crew.of_team(ticket.team) if person.telegram in crew.opted]


def for_ring(ticket: Ticket, wanted: str, crew: Crew) -> Sequence[Person]:
    """Who is called by a step of the emergency ladder or of a wait clock.

    Args:
        ticket: As it is now.
        wanted: ``duty``, ``everybody``, ``officer``, ``organisers`` or ``person``.
        crew: Whoever can be written to.
    """
    may_know = [person for person in crew.people if _may_know(ticket, person, crew, wanted)]
    match wanted:
        case "duty":
            on = crew.duty()
            return [person for person in may_know if person in on] or may_know
        case "officer":
            return [person for person in may_know if Role.DUTY_OFFICER in person.roles]
        case "person":
            names = {folded(name) for name in (ticket.owner_name or ticket.offered_to,) if name}
            return [person for person in may_know if person.id == ticket.owner or folded(person.name) in names]
        case _:
            return may_know


def _may_know(ticket: Ticket, person: Person, crew: Crew, wanted: str) -> bool:
    """That there is such a case: help goes before secrecy, but one about protection is for few people at first."""
    if crew.reads(person, ticket) or not rights.secrecy(ticket):
        return True
    if ticket.priority is not Priority.EMERGENCY:
        return False
    if rights.secrecy(ticket) != "safeguarding" or Role.DUTY_OFFICER in person.roles:
        return True
    return wanted in ("everybody", "organisers")  # called at sixty seconds and later, when all may help


def _responsible(ticket: Ticket, crew: Crew) -> Sequence[Person]:
    able = [person for person in crew.people if crew.reads(person, ticket)]
    on = crew.duty()
    now = [person for person in able if person in on] or able
    if ticket.priority is not Priority.EMERGENCY or rights.secrecy(ticket) == "safeguarding":
        return now
    return list({person.id: person for person in (*now, *on)}.values())

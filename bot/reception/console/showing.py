"""A ticket as the console shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.model.content import Snapshot
from bot.model.language import Language
from bot.model.people import Staff
from bot.model.tickets import Ticket

Json = dict[str, Any]


def ticket_json(ticket: Ticket, snapshot: Snapshot, reader: Language, by: Staff, now: datetime) -> Json:
    topic = snapshot.library.topics.get(ticket.topic) if ticket.topic else None
    team = snapshot.event.teams.get(ticket.team)
    until = now if ticket.open else ticket.changed_at or now
    return {
        "id": ticket.id,
        "state": ticket.state.value,
        "priority": ticket.priority.name.lower(),
        "team": ticket.team,
        "teamName": team.name.in_(reader) if team else ticket.team,
        "topic": ticket.topic,
        "topicTitle": topic.title.in_(reader) if topic else "",
        "question": ticket.question,
        "language": ticket.language,
        "name": ticket.delegate_name,
        "door": ticket.address.channel,
        "opened": ticket.opened_at.isoformat(),
        "waited": max(0, int((until - ticket.opened_at).total_seconds())),
        "owner": ticket.owner_name,
        "mine": ticket.owner == by.id,
        "seen": ticket.seen_at is not None,
        "answered": ticket.answered_at is not None,
        "version": ticket.version,
    }

"""A request that somebody made at the counter, as a member of staff wrote it down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.model.language import Language
from bot.model.people import Staff
from bot.model.tickets import Priority


@dataclass(frozen=True, slots=True)
class WalkIn:
    id: str
    """Known ids are repeats and open nothing."""
    by: Staff
    at: datetime
    text: str
    language: Language
    team: str = ""
    """Empty: the one that the words of an emergency call for, else the first of the event."""
    priority: Priority = Priority.NORMAL
    name: str = ""
    room: str = ""
    badge: str = ""

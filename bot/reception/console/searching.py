"""Finds tickets by number, name, room, badge or any word of them, however it is spelt; pure.

A restricted ticket is found by its number only, by everybody: to be found by a word would tell that the word is in it.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.answers.normal import fold, normalise, words
from bot.model.messages import Entry
from bot.model.rich import letters
from bot.model.tickets import Ticket
from bot.tickets import rights

LONGEST_QUERY = 100  # characters
_READ = 2_000  # characters of one line that are looked through


def wanted(query: str) -> tuple[str, ...]:
    """The folded words of a query; none when it holds no letter or digit."""
    return tuple(_words(query[:LONGEST_QUERY]))


def is_number(query: str, ticket: Ticket) -> bool:
    return query.strip().lstrip("#").strip() == str(ticket.id)


def may_be_found(ticket: Ticket) -> bool:
    return not rights.secrecy(ticket)


def found(looked_for: Iterable[str], texts: Iterable[str]) -> bool:
    """Whether every word begins one of the texts' words."""
    missing = set(looked_for)
    for text in texts:
        said = _words(text[:_READ])
        missing = {word for word in missing if not any(one.startswith(word) for one in said)}
        if not missing:
            return True
    return False


def texts_of(ticket: Ticket) -> tuple[str, ...]:
    return ticket.delegate_name, ticket.question, ticket.owner_name


def said_in(timeline: Iterable[Entry]) -> Iterable[str]:
    return (letters(entry.message.text, isolate=False) for entry in timeline)


def _words(text: str) -> list[str]:
    return [fold(word) for word in words(normalise(text))]

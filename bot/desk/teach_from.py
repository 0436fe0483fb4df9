"""A draft to teach the desk from what a person answered: what was asked, without whom it points to, and what was said."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.answers.engine import Engine
from bot.desk import say
from bot.i18n.translator import Speakers, mark
from bot.model.errors import Refused
from bot.model.language import Language
from bot.model.lessons import Suggestion
from bot.model.messages import Entry
from bot.model.rich import letters, straight
from bot.model.tickets import Ticket
from bot.ports import Store
from bot.privacy.masking import NAME, masked
from bot.tickets import glossing, rights, same

MOST_QUESTIONS: Final = 20
NOTHING: Final = mark("There is nothing to teach in this line.")
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class TeachingFrom:
    store: Store
    engine: Callable[[], Engine]
    speakers: Speakers

    async def suggest(self, ticket: Ticket, line: int) -> Suggestion:
        """What a line of staff, and the questions that it answered, would teach. Whoever keeps it reads it first.

        Raises:
            Refused: The line is no reply, or the ticket is for few people only.
            StoreUnavailable: Try again.
        """
        entry = await self.store.entry(ticket.delegate, line)
        if rights.secrecy(ticket) or entry is None or not answers(entry, ticket):
            raise Refused(NOTHING)
        asked = [ticket, *same.others(ticket, await self.store.tickets())]
        asking: dict[Language, tuple[str, ...]] = {}
        for one in asked[:MOST_QUESTIONS]:
            text = self._question(one)
            if text and text not in asking.get(one.language, ()):
                asking[one.language] = (*asking.get(one.language, ()), text)
        if entry.answer.startswith(glossing.TOPIC):
            return Suggestion(asking, topic=entry.answer.removeprefix(glossing.TOPIC))
        said = self._said(entry, ticket)
        # Whoever answered in another language than the delegate's was asked, and sent it all the same.
        guess = self.engine().language(said, entry.message.language)
        return Suggestion(asking, {guess.language: said}, team=ticket.team)

    def _question(self, ticket: Ticket) -> str:
        """Masked as everything is that is kept to learn from; empty for a story, and for what speaks of danger."""
        engine = self.engine()
        if engine.danger(ticket.question) is not None:
            return ""
        own = ticket.delegate_name.split()
        return masked(straight(ticket.question), engine.knows, engine.introduces_name, own)

    def _said(self, entry: Entry, ticket: Ticket) -> str:
        """The reply without its head and the delegate's name; its numbers stay, for they are the answer."""
        language = entry.message.language
        head = letters(say.staff_reply(ticket.id, "", self.speakers[language]).text, isolate=False)
        own = {word.casefold() for word in _WORD.findall(ticket.delegate_name)}
        spans = entry.message.text
        if entry.machine:  # the person's own words stand below the machine's
            spans = tuple(span for span in spans if span.style == "quote")[-1:]
        said = straight(letters(spans, isolate=False)).removeprefix(head).strip()
        return _WORD.sub(lambda word: NAME if word[0].casefold() in own else word[0], said)


def answers(entry: Entry, ticket: Ticket) -> bool:
    """Whether a line is an answer of staff from which something can be taught."""
    return entry.author == "staff" and entry.ticket == ticket.id and not entry.answer.startswith(glossing.CANNED)

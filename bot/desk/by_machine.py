"""Replies that go out together with a machine's translation, because the writer was asked and chose it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bot.answers.engine import Engine
from bot.i18n.translator import Speaker, mark
from bot.model.errors import Unsure
from bot.model.language import OWN_NAMES, Language
from bot.model.rich import Rich, Span, join
from bot.model.tickets import Priority, StaffAction, Ticket, Translation
from bot.ports import Store, Translator

log = structlog.get_logger("staff")

NOT_NOW: Final = mark(
    "There is no machine translation of this just now. Nothing was sent, and your text is kept: send it as it is, try again, or pick an approved answer."
)

NOT_HERE: Final = mark(
    "Nothing of this request is translated by a machine. Nothing was sent, and your text is kept: send it as it is, or pick an approved answer."
)


@dataclass(frozen=True)
class ByMachine:
    """What the staff desk asks before a turn: nothing outside is waited for in one."""

    store: Store
    engine: Callable[[], Engine]
    translator: Translator | None

    def offers(self, ticket: Ticket) -> bool:
        """Whether a translation can be chosen. In an emergency nothing that a delegate reads is made by a machine."""
        return self.translator is not None and ticket.priority is not Priority.EMERGENCY and self.translator.may(ticket)

    async def prepared(self, action: StaffAction, ticket: Ticket) -> StaffAction:
        """The action with the translation that it asks for; approved answers need none.

        Raises:
            Unsure: The service has none now; ``machine`` says whether trying again makes sense.
        """
        if not action.machine or action.verb not in ("reply", "ask") or action.answer:
            return action
        delegate = await self.store.delegate(ticket.delegate)
        reads = delegate.language if delegate is not None else ticket.language
        if self.translator is None or not self.offers(ticket):
            raise self._not_now(ticket)
        try:
            written = written_in(self.engine(), action, reads)
            found = await self.translator.translate(action.text, ticket, reads, chat=written)
        except OSError as error:
            log.info("reply_not_translated", ticket_id=ticket.id, error=str(error))
            raise self._not_now(ticket) from None
        return replace(action, translation=Translation(found, reads) if found else None)

    def _not_now(self, ticket: Ticket) -> Unsure:
        offered = self.offers(ticket)
        asked = Unsure(NOT_NOW if offered else NOT_HERE)
        asked.machine = offered
        return asked


def written_in(engine: Engine, action: StaffAction, reads: Language) -> Language:
    """What a member of staff wrote in; where the text does not tell, most likely their own language, else English."""
    guess = engine.language(action.text, reads)
    if guess.sure:
        return guess.language
    return action.by.language if action.by.language != reads else "en"


def with_original(text: str, written: Language, translation: Translation, event: str, speaker: Speaker) -> Rich:
    """What the delegate reads: the translation, that a machine made it, and the words of the person themselves."""
    return join(
        [
            speaker._("Machine translation by the bot of {event}; it may contain mistakes:", event=event),
            (Span(translation.text, "quote"),),
            speaker._("What was written, in {language}:", language=OWN_NAMES[written]),
            (Span(text, "quote"),),
        ],
        "\n",
    )

"""The conversation before a ticket, as staff on Telegram read it: a little on the card, more of it when they ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.i18n import forms
from bot.i18n.translator import mark
from bot.model.messages import Entry
from bot.model.people import Address
from bot.model.rich import Rich, Span, letters
from bot.model.tickets import Ticket
from bot.ports import Store
from bot.reception.telegram.card import COVERED, SHORTEST, Spoken, StaffWords, excerpt
from bot.reception.telegram.foreign import Foreign
from bot.reception.telegram.glosses import Glosses
from bot.staff.before import Reads, conversation_before

SIGNS: Final = {"delegate": "💬", "desk": "🤖", "staff": "👤"}
ROOM: Final = 3_300  # characters of a conversation that somebody asked for
A_LINE: Final = 400  # characters of one text in it

TITLE: Final = mark("Conversation before request #{number} (💬 delegate, 🤖 bot, 👤 staff):")
NOTHING: Final = mark("Nothing was said before this request.")


@dataclass(frozen=True)
class Earlier:
    store: Store
    glosses: Glosses
    foreign: Foreign

    async def on_card(self, ticket: Ticket, words: StaffWords, reads: Reads, to: Address) -> Sequence[Spoken]:
        """The last exchanges, with what a machine made of them as soon as that is known.

        Raises:
            StoreUnavailable: Nobody can tell now.
        """
        lines = await self._lines(ticket, words, reads, unasked=True)
        return [self._spoken(line, ticket, words, to) for line in lines]

    async def asked_for(self, ticket: Ticket, words: StaffWords, reads: Reads) -> Rich:
        """All of it that is shown at once; empty when there was nothing. Raises as ``on_card``."""
        lines = await self._lines(ticket, words, reads, unasked=False)
        if not lines:
            return ()
        spoken = [self._spoken(line, ticket, words, None) for line in lines]
        room = max(SHORTEST, min(A_LINE, ROOM // sum(len(one.texts) for one in spoken)))
        spans = [Span(words.both(TITLE, number=str(ticket.id)), "bold")]
        for line, one in zip(lines, spoken, strict=True):
            at = forms.hour(line.at.astimezone(words.snapshot.event.zone))
            spans.append(Span(f"\n{one.sign} {at}"))
            for text in one.texts:
                spans += [Span("\n"), Span(excerpt(text, room), "quote")]
        return tuple(spans)

    async def _lines(self, ticket: Ticket, words: StaffWords, reads: Reads, *, unasked: bool) -> Sequence[Entry]:
        found = await conversation_before(self.store, words.snapshot.event, ticket, reads, unasked=unasked)
        return [line for line in found if not await self._covered(line, ticket)]

    async def _covered(self, line: Entry, ticket: Ticket) -> bool:
        """A line of a request whose words stand covered, to be shown where nothing is."""
        if line.ticket is None or ticket.team in COVERED:
            return False
        other = await self.store.ticket(line.ticket)
        return other is None or other.team in COVERED

    def _spoken(self, line: Entry, ticket: Ticket, words: StaffWords, to: Address | None) -> Spoken:
        said = list(dict.fromkeys(self.glosses.of(line, words, own=True).values()))
        if not said:
            said = [letters(line.message.text, isolate=False).strip() or words.both(mark("Attached: {what}"), what="…")]
            said += dict.fromkeys(self.foreign.earlier(ticket, line, words, to).values())
        return Spoken(SIGNS[line.author], said)

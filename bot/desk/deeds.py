"""What follows from each deed of staff: what the delegate reads of it, and what their colleagues see."""

from __future__ import annotations

from dataclasses import dataclass

from bot.answers.compose import Composer
from bot.desk import say, say_requests
from bot.desk.by_machine import with_original, written_in
from bot.desk.turn import Turn
from bot.i18n import forms
from bot.i18n.translator import Speakers
from bot.model.decisions import PLAINLY, Answer, Asked
from bot.model.language import Language
from bot.model.messages import Entry, Lane, Message, Outbound, OutboundId
from bot.model.rich import Rich, plain
from bot.model.tickets import Priority, StaffAction, Ticket
from bot.ports import Store
from bot.privacy.links import linked
from bot.tickets import glossing, ladder


@dataclass(frozen=True)
class Deeds:
    """Carries out what an allowed action says, in the turn that saves the ticket."""

    store: Store
    speakers: Speakers

    def words(self, turn: Turn, action: StaffAction) -> Rich:
        """What a reply says, in the delegate's language.

        Raises:
            Refused: The approved answer is gone, or something is not filled in.
            Unsure: A free text in a language that the delegate does not read.
        """
        language = turn.delegate.language
        if action.answer:
            return glossing.approved(
                action.answer, turn.engine.snapshot, language, action.fields, turn.now, self.compose(turn)
            )
        text = action.text.strip()
        if action.translation is not None and action.translation.language == language:
            written, event = written_in(turn.engine, action, language), turn.engine.snapshot.event.short
            return with_original(text, written, action.translation, event, turn.speaker)
        if (action.careful or action.machine) and not action.confirmed:
            glossing.check_language(text, language, lambda said: self.written_in(turn, said, language))
        return plain(text)

    def written_in(self, turn: Turn, text: str, chat: Language) -> tuple[Language, bool]:
        guess = turn.engine.language(text, chat)
        return guess.language, guess.sure

    def compose(self, turn: Turn) -> glossing.Compose:
        snapshot = turn.engine.snapshot

        def composed(topic: str, language: Language, at: object, asked: Asked = PLAINLY) -> Rich | None:
            del at
            if topic not in snapshot.library.topics:
                return None
            found = Composer(snapshot, self.speakers[language], turn.now).answer(Answer(topic, asked, 1.0))
            return found.message.text if found is not None else None

        return composed

    async def carry_out(self, turn: Turn, before: Ticket, ticket: Ticket, action: StaffAction, words: Rich) -> None:
        """Say and show what follows from an action that was saved."""
        lane = f"reception-{action.by.lane}"
        match action.verb:
            case "reply" | "ask":
                message = say.staff_reply(ticket.id, words, turn.speaker)
                entry = await turn.say_as_staff(
                    message,
                    action.by.name,
                    ticket.id,
                    answer=action.answer,
                    machine=action.translation is not None,
                )
                await self._to_telegram_too(turn, entry)
                await turn.relay(ticket, entry, but=lane)
            case "note":
                message = Message(plain(action.text.strip()), turn.delegate.language)
                await turn.note(ticket, message, action.by.name, but=lane)
                if ladder.running(before) and not ladder.running(ticket):
                    await self._confirmed(turn, ticket)
            case "promise" if ticket.promised_at is not None:
                until = forms.time_seen(ticket.promised_at, turn.now, turn.speaker.language)
                await turn.say(
                    say_requests.promised(ticket.id, until, turn.speaker), lane=Lane.TICKET, ticket=ticket.id
                )
            case "hand-back":
                await turn.say(say_requests.handed_back(ticket.id, turn.speaker), ticket=ticket.id)
            case "resolve":
                await turn.say(say_requests.resolved(ticket.id, turn.speaker), ticket=ticket.id)
            case "claim" if ticket.priority is Priority.EMERGENCY and (
                ticket.owner != before.owner or ladder.running(before)
            ):
                await self._confirmed(turn, ticket)
            case _:
                pass

    async def _confirmed(self, turn: Turn, ticket: Ticket) -> None:
        """They may have read that nobody has."""
        await turn.say(say_requests.confirmed(ticket.id, turn.speaker), lane=Lane.EMERGENCY, ticket=ticket.id)

    async def _to_telegram_too(self, turn: Turn, entry: Entry) -> None:
        """A reply to somebody on the web page, who asked to be reached on Telegram as well: the page may be closed."""
        other = await linked(self.store, turn.delegate)
        if other is None or other.address.channel != "telegram":
            return
        row = OutboundId(f"{turn.cause}>other")
        await turn.tx.enqueue(Outbound(row, other.address, Lane.TICKET, entry.message, turn.now, turn.now, other.id))

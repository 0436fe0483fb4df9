"""Commands and pressed buttons."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.answers.emergencies import TEAMS, emergency
from bot.desk import alarmed, linking, requests, say
from bot.desk.answering import Answering, context_of
from bot.desk.handover import HandOver
from bot.desk.linking import Linking
from bot.desk.turn import Turn
from bot.i18n.translator import Speakers
from bot.model.content import Topic
from bot.model.decisions import GENERAL_TEAM, Answer, Asked, Emergency, Unresolved
from bot.model.language import closest, is_language
from bot.model.tickets import Priority
from bot.ports import Store
from bot.privacy import mydata
from bot.privacy.kept import kept_of
from bot.tickets import rights


@dataclass(frozen=True)
class Presses:
    """Carries out what was chosen rather than written."""

    store: Store
    speakers: Speakers
    handover: HandOver
    answering: Answering
    linking: Linking
    translates: bool = False

    async def command(self, turn: Turn, command: str, rest: str) -> None:
        event = turn.engine.snapshot.event
        match command:
            case "start":
                await self._start(turn, rest)
            case "help":
                await turn.say(say.help_(event, turn.speaker))
            case "today" | "now" | "next":
                await self._programme(turn, command)
            case "human":
                await self._person(turn, rest)
            case "lang" | "language":
                if is_language(rest.strip()):
                    await self._set_language(turn, rest.strip())
                else:
                    await turn.say(say.choose_language(turn.speaker))
            case "privacy":
                await turn.say(say.privacy(event, turn.speaker, translates=self.translates))
            case "requests":
                await requests.show(turn)
            case "mydata":
                await self._my_data(turn)
            case "forget":
                await turn.say(say.ask_forget(turn.speaker))
            case "link":
                await self.linking.invite(turn)
            case "unlink":
                await self.linking.undo(turn)
            case _:
                await turn.say(say.help_(event, turn.speaker))

    async def _start(self, turn: Turn, payload: str) -> None:
        """``/start ar_lobby``: a poster's code may name the language and the place it hangs."""
        if payload.startswith(linking.PREFIX):
            await self.linking.accept(turn, payload)
            return
        tag, _, place = payload.partition("_")
        here = place if place in turn.engine.snapshot.event.places else turn.delegate.here
        await turn.change(replace(turn.delegate, language=closest(tag) or turn.delegate.language, here=here))
        turn.speaker = self.speakers[turn.delegate.language]
        await turn.say(say.welcome(turn.engine.snapshot.event, turn.speaker))

    async def _set_language(self, turn: Turn, language: str) -> None:
        if not is_language(language):
            await turn.say(say.choose_language(turn.speaker))
            return
        await turn.change(replace(turn.delegate, language=language, language_chosen=True))
        turn.speaker = self.speakers[language]
        await turn.say(say.language_set(turn.speaker))

    async def _programme(self, turn: Turn, command: str) -> None:
        topic = "schedule.day" if command == "today" else "schedule.now-next"
        asked = (
            Asked(day=turn.now.date()) if command == "today" else Asked(now=command == "now", next=command == "next")
        )
        if topic in turn.engine.snapshot.library.topics:
            await self.answering.answer(turn, Answer(topic, asked, 1.0), question=command)
        else:
            await self.handover.unresolved(turn, Unresolved("programme", 1.0, topic), command)

    async def press(self, turn: Turn, action: str) -> None:
        kind, _, key = action.partition(":")
        topics = turn.engine.snapshot.library.topics
        match kind:
            case "topic" if key in topics:
                await self._chosen(turn, topics[key])
            case "area" if any(topic.area == key for topic in topics.values()):
                await turn.say(say.area_menu(key, turn.engine.snapshot, turn.speaker))
            case "command" if key in (
                "today",
                "now",
                "next",
                "help",
                "privacy",
                "human",
                "lang",
                "mydata",
                "forget",
                "requests",
            ):
                await self.command(turn, key, "")
            case "request":
                await requests.press(turn, key)
            case "person":
                await self._person(turn, "")
            case "none":
                dialog = turn.delegate.dialog
                if not dialog.denied:
                    self.answering.teaching.after(turn, dialog.question, "denied", dialog.options)
                if not await self._into_emergency(turn, dialog.question):
                    await self.handover.unresolved(turn, Unresolved(_team_of_options(turn), 1.0), dialog.question)
            case "emergency":
                asked_about = turn.delegate.dialog.question if turn.delegate.dialog.asked_back else ""
                await self.handover.alert(
                    turn, emergency(key if key in TEAMS else "medical", certain=True), asked_about, sure=True
                )
            case "not-emergency":
                await self._no_emergency(turn)
            case "language":
                await self._set_language(turn, key)
            case "forget" if key == "yes":
                if any(ticket.priority is Priority.EMERGENCY for ticket in await turn.tx.open_tickets()):
                    await turn.say(say.not_while_emergency(turn.speaker))
                else:
                    turn.forget = True
            case "forget":
                await turn.say(say.kept(turn.speaker))
            case "menu":
                await turn.say(say.help_(turn.engine.snapshot.event, turn.speaker))
            case _:
                await turn.say(say.old_button(turn.speaker))

    async def _chosen(self, turn: Turn, topic: Topic) -> None:
        """A topic was picked: the question that led there is answered with it."""
        question = turn.delegate.dialog.question if turn.delegate.dialog.asked_back else ""
        denied = turn.delegate.dialog.denied
        asked = turn.engine.read(question, turn.now) if question else Asked()
        await self.answering.answer(
            turn,
            Answer(
                topic.id, asked, 1.0, hand_over=topic.needs == "person" or topic.id in turn.engine.snapshot.unanswerable
            ),
            question=question or topic.title.in_(turn.speaker.language),
        )
        if question and denied and turn.delegate.dialog.topic == topic.id:
            await turn.remember(replace(turn.delegate.dialog, denied=denied))

    async def _no_emergency(self, turn: Turn) -> None:
        """A false alarm costs one tap: the question itself is then answered."""
        question = turn.delegate.dialog.question
        if not question or not turn.delegate.dialog.asked_back:
            await turn.say(say.not_emergency(turn.speaker))
            return
        decision = turn.engine.without_alarm(question, context_of(turn))
        await self.answering.decide(turn, decision, question, sure=True)

    async def _into_emergency(self, turn: Turn, words: str) -> bool:
        """Whoever asks for a person in their own emergency is with people already: their words belong to it."""
        ticket = await alarmed.own_emergency(turn)
        if ticket is not None:
            await alarmed.add(turn, ticket, self.handover.card(), None, words)
        return ticket is not None

    async def _person(self, turn: Turn, question: str) -> None:
        dialog = turn.delegate.dialog
        words = question or (dialog.question if dialog.handed is None else "")  # people have that one already
        if await self._into_emergency(turn, words):
            return
        asked = turn.engine.understand(words, context_of(turn)).decision if words else None
        # A doubtful alarm was not confirmed; but if it was about health or harassment, it is for few people all the same.
        to = Unresolved(GENERAL_TEAM, 1.0)
        if isinstance(asked, Emergency) and rights.secrecy_of(asked.team, asked.topic, asked.kind):
            to = Unresolved(asked.team, 1.0, asked.topic)
        said = words or turn.speaker.text("Talk to a person")
        await self.handover.unresolved(turn, to, said, known=True, called=not words)

    async def _my_data(self, turn: Turn) -> None:
        kept = replace(await kept_of(self.store, turn.delegate.id), delegate=turn.delegate)
        for page in mydata.pages(kept, turn.engine.snapshot.event.zone, turn.speaker):
            await turn.say(page, copy=True)


def _team_of_options(turn: Turn) -> str:
    """None of them was meant: their people are asked only where all of them are of one team."""
    topics = turn.engine.snapshot.library.topics
    teams = {topics[key].team for key in turn.delegate.dialog.options if key in topics}
    return teams.pop() if len(teams) == 1 else GENERAL_TEAM


def label_of(action: str, turn: Turn) -> str:
    """What a pressed button said, for the history."""
    kind, _, key = action.partition(":")
    if kind == "topic" and key in turn.engine.snapshot.library.topics:
        return turn.engine.snapshot.library.topics[key].title.in_(turn.speaker.language)
    if kind == "request":
        return requests.label(key, turn.speaker)
    for row in say.menu_rows(turn.speaker):
        for button in row:
            if button.action == action:
                return button.label
    labels = {
        "none": "None of these: ask a person",
        "not-emergency": "No, something else",
        "emergency": "Yes, it is an emergency",
    }
    return turn.speaker.text(labels[kind]) if kind in labels else "▫️"

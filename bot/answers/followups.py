"""Short messages that only make sense after the one before: "and tomorrow?", "where is it?", "how do I get there?"."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.answers.entities import Gazetteer
from bot.answers.phrases import PhraseSet, shape
from bot.content import template
from bot.model.content import DialogWords, Snapshot, Topic, Words
from bot.model.decisions import Answer, Asked
from bot.model.language import LANGUAGES
from bot.model.people import Dialog

_LONGEST: Final = 8  # words
_SURE: Final = 0.9
_DAY: Final = "schedule.day"
_MEALS: Final = "food.meals"
_NOW_NEXT: Final = "schedule.now-next"
_ROOMS: Final = "venue.find-room"
_COACHES: Final = "transport.coach"
_TOWN: Final = "transport.town"
_TIMES: Final = frozenset({"time", "span", "moment", "moments", "date", "dates", "prayers"})


class FollowUps:
    """What goes on from the last answer, by the words and the facts of one snapshot."""

    def __init__(self, snapshot: Snapshot, gazetteer: Gazetteer) -> None:
        said = snapshot.library.dialog
        self._snapshot = snapshot
        self._gazetteer = gazetteer
        self._follow_up = _single(said.follow_up)
        self._programme = self._follow_up | _single(said.programme)
        self._meals = _single(said.meals)
        self._when, self._way, self._here = _phrases(said)
        self._after = self._follow_up | _single(said.when) | _single(said.way)

    def read(self, text: str, asked: Asked, place: str) -> Asked:
        """What a message names, with "here" filled in from where its writer is."""
        if place and not asked.place and place in self._snapshot.event.places and self._here.within(shape(text)):
            return replace(asked, place=place)
        return asked

    def only_a_place(self, text: str, asked: Asked) -> bool:
        """Nothing but the name of a place, as in "in the lobby": it tells where, and of no danger there."""
        place = self._snapshot.event.places.get(asked.place)
        if place is None:
            return False
        told = [*place.names.all(), *(place.name.in_(language) for language in LANGUAGES)]
        named = {word for name in told for word in shape(name)}
        return all(token in named or token in self._follow_up for token in shape(text))

    def of_the_programme(self, text: str, asked: Asked) -> Answer | None:
        """Nothing but a time, as in "what is on after lunch" or "ngày mai có gì": the programme is meant; beside a meal, that day's meals."""
        if not (asked.day or asked.part or asked.now or asked.next):
            return None
        meal = bool(asked.day) and not self._meals.isdisjoint(self._gazetteer.beside_times(text))
        if meal and self._gazetteer.frame_only(text, self._programme | self._meals):
            return self._answer(_MEALS, replace(asked, sessions=(), part=None))
        if not self._gazetteer.frame_only(text, self._programme):
            return None
        topic = _NOW_NEXT if (asked.now or asked.next) and not (asked.day or asked.part) else _DAY
        # "After lunch" names a time here, not the lunch; only "here" is a place.
        place = asked.place if self._here.within(shape(text)) else ""
        return self._answer(topic, replace(asked, sessions=(), place=place))

    def after(self, text: str, asked: Asked, dialog: Dialog) -> Answer | None:
        """What a short message means after the last answer; None when it stands for itself."""
        topic = self._snapshot.library.topics.get(dialog.topic or "")
        tokens = shape(text)
        if topic is None or len(tokens) > _LONGEST or asked.sessions or asked.place or asked.country:
            return None
        if not self._gazetteer.frame_only(text, self._after):
            return None
        if self._way.within(tokens):
            return self._way_there(asked, dialog)
        if asked.day or asked.part:
            return self._other_time(topic, asked)
        if asked.where:
            return self._where(topic, asked, dialog)
        if self._when.within(tokens):
            return self._at_what_time(topic, asked, dialog)
        return None

    def _way_there(self, asked: Asked, dialog: Dialog) -> Answer | None:
        """The coach that goes there; a place of its own address by car; a room by its floor and way."""
        session = self._snapshot.event.sessions.get(dialog.session or "")
        if session is not None and session.line:
            return self._answer(_COACHES, asked)
        place = self._snapshot.event.places.get(session.place if session else dialog.place or "")
        if place is None:
            return None
        if place.address is not None:
            return self._answer(_TOWN, replace(asked, place=place.id)) or self._answer(_ROOMS, asked)
        return self._answer(_ROOMS, replace(asked, place=place.id, where=True))

    def _other_time(self, topic: Topic, asked: Asked) -> Answer | None:
        """The same for another day; where the answer holds no list to choose from, that day's programme."""
        if _chooses(topic) or (not topic.id.startswith("schedule.") and self._tells_times(topic)):
            return self._answer(topic.id, asked)
        return self._answer(_DAY, asked) if topic.id.startswith("schedule.") else None

    def _where(self, topic: Topic, asked: Asked, dialog: Dialog) -> Answer | None:
        if dialog.session and dialog.session in self._snapshot.event.sessions:
            return self._answer(topic.id, replace(asked, sessions=(dialog.session,), where=True))
        if dialog.place and not _chooses(topic):
            return self._answer(topic.id, replace(asked, place=dialog.place, where=True))
        return None

    def _at_what_time(self, topic: Topic, asked: Asked, dialog: Dialog) -> Answer | None:
        if dialog.session and dialog.session in self._snapshot.event.sessions:
            return self._answer(topic.id, replace(asked, sessions=(dialog.session,), where=True))
        return self._answer(topic.id, asked) if self._tells_times(topic) else None

    def _tells_times(self, topic: Topic) -> bool:
        facts = self._snapshot.event.facts
        return any(
            path.startswith(("session.", "sessions.", "line.", "programme."))
            or path.endswith(".hours")
            or (path in facts and facts[path].type in _TIMES)
            for path in _fields(topic)
        )

    def _answer(self, topic: str, asked: Asked) -> Answer | None:
        known = self._snapshot.library.topics.get(topic)
        if known is None:
            return None
        return Answer(topic, asked, _SURE, hand_over=known.needs == "person" or topic in self._snapshot.unanswerable)


def _chooses(topic: Topic) -> bool:
    """Whether its text lists sessions, of which a question chooses."""
    return any(path.startswith("sessions.") or path == "programme.asked" for path in _fields(topic))


def _fields(topic: Topic) -> set[str]:
    return set(template.fields(topic.answer.en)) if topic.answer is not None else set()


def _single(said: Words) -> frozenset[str]:
    return frozenset(word for phrases in said.values() for phrase in phrases for word in shape(phrase))


def _phrases(said: DialogWords) -> tuple[PhraseSet, PhraseSet, PhraseSet]:
    return PhraseSet.of(said.when), PhraseSet.of(said.way), PhraseSet.of(said.here)

"""From a message and its chat to a decision. Pure: the same text, history, content and time always decide the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from bot.answers.alarm import SURE_OF_ANOTHER, alarm
from bot.answers.asks import Asks
from bot.answers.classifier import Floats
from bot.answers.costs import NAMED_FROM, cheapest, hand_over_now
from bot.answers.denials import Denials, Denied, without_topics
from bot.answers.emergencies import KINDS, emergency
from bot.answers.entities import Gazetteer
from bot.answers.followups import FollowUps
from bot.answers.fused import fused
from bot.answers.language import Guess
from bot.answers.lasting import Lasting
from bot.answers.learnt import Learnt
from bot.answers.matcher import Ranked
from bot.answers.needs import Needs, sentences
from bot.answers.normal import fold, normalise, words
from bot.answers.phrases import PhraseSet, shape
from bot.answers.repair import mended
from bot.answers.rows import Vector
from bot.answers.second import Second, Whole, as_written, left_of, second
from bot.answers.several import several, sure_topic
from bot.answers.smalltalk import ASKS_FOR_REQUESTS, HELPS, SPEAKS, SmallTalk
from bot.answers.trust import OFFERED
from bot.answers.wishes import Wishes
from bot.model.content import Snapshot, Topic
from bot.model.decisions import (
    GENERAL_TEAM,
    Answer,
    Asked,
    Clarify,
    Decision,
    Emergency,
    Need,
    SmallTalkReply,
    Understanding,
    Unresolved,
    topic_of,
)
from bot.model.language import Language
from bot.model.messages import UNDERSTOOD_TEXT
from bot.model.people import Dialog

_WELL_READ: Final = 0.97
"""Trust in a ranking from which a message is not looked at for slips of the finger."""
_ASKED_FOR_FROM: Final = 0.35
"""Trust from which a leading topic of emergencies is one to ask about with a tap."""
_BY_NAME: Final = 0.98
"""The same for a message that is mostly made of phrases known to be harmless."""
_NAME_LEAD: Final = 4  # words before a name that are looked at
_WORTH_OFFERING: Final = 0.015
"""Share from which a topic is an option to choose; the first always is."""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known when a message comes in."""

    language: Language
    now: datetime
    dialog: Dialog = field(default_factory=Dialog)
    place: str = ""
    """Where the delegate is, as far as anybody knows: the place whose code they scanned."""
    nearness: Mapping[str, float] = field(default_factory=dict)
    """How near the message is to each topic in meaning, where a booster told it in time."""


class Engine:
    """Understands messages by one snapshot of the content."""

    def __init__(self, snapshot: Snapshot, learnt: Learnt) -> None:
        self.snapshot = snapshot
        self.learnt = learnt
        self._matcher = learnt.matcher
        self._emergencies = learnt.emergencies
        self._small_talk = SmallTalk(snapshot.library)
        self._gazetteer = Gazetteer(snapshot.event)
        self._languages = learnt.languages
        self._follow_ups = FollowUps(snapshot, self._gazetteer)
        self._denials = Denials(snapshot.library)
        self._lasting = Lasting(snapshot.library)
        self._needs = Needs(snapshot.library)
        self._of_restricted = {
            role: topic.id for topic in snapshot.library.topics.values() for role in topic.restricted
        }
        self._of_people = {topic.id for topic in snapshot.library.topics.values() if topic.needs == "person"}
        self._asks = Asks(snapshot.library.dialog)
        self._taught = {
            " ".join(shape(line)): topic.id for topic in snapshot.library.topics.values() for line in topic.taught
        }
        said = snapshot.library.dialog
        self._names = PhraseSet.of(said.names)
        self._wishes = Wishes(said, self._small_talk)

    def danger(self, text: str) -> Emergency | None:
        """The emergency that the cues see in a text: they need nothing else, whatever state the rest is in."""
        return self._emergencies.find(text, self._matcher.known)

    def _alarmed(self, text: str, vector: Vector, shares: Floats) -> tuple[Emergency | None, Emergency | None]:
        """The emergency that cues see, weighed by the models; and without cues, the one that the models suspect."""
        cue = self.danger(text)
        # Of a long message the models read the beginning only: a cue further on stands as it is.
        if self._matcher.alarm is None or len(text) > UNDERSTOOD_TEXT:
            return cue, None
        found = self._weighed(text, cue, vector, shares)
        if cue is None:
            return None, None if found is None or self._harmless(text) else found
        return self._alarmed_in_a_sentence(text, cue) or found, None

    def _weighed(self, text: str, cue: Emergency | None, vector: Vector, shares: Floats) -> Emergency | None:
        if self._matcher.alarm is None:
            return cue
        of_emergencies = sum(float(shares[at]) for at, topic in enumerate(self._matcher.topics) if topic in KINDS)
        known = self._share_known(text)
        if cue is not None and known is None:  # signs alone: nothing that the models could read
            return cue
        return alarm(cue, self._matcher.alarm.opinion(vector), of_emergencies, known or 0.0)

    def _harmless(self, text: str) -> bool:
        return self._emergencies.harmless(text, self._matcher.known)

    def _share_known(self, text: str) -> float | None:
        """The share of a message's words that stand in any way of asking; None when it has no words."""
        read = words(fold(normalise(text)))
        return sum(word in self._matcher.known for word in read) / len(read) if read else None

    def _alarmed_in_a_sentence(self, text: str, cue: Emergency) -> Emergency | None:
        """A certain cue that its own sentence bears out: a harmless question beside it makes it no less certain."""
        parts = sentences(text) if cue.certain else []
        for sentence, _ in parts if len(parts) > 1 else ():
            found = self.danger(sentence)
            if found is not None and found.certain:
                vector = self._matcher.vectoriser.vector(sentence)
                loud = self._weighed(sentence, found, vector, self._matcher.shares(vector))
                if loud is not None and loud.certain:
                    return loud
        return None

    def urgent(self, text: str) -> bool:
        """Whether a message must pass every limit."""
        return self.danger(text) is not None

    def read(self, text: str, now: datetime) -> Asked:
        return self._gazetteer.read(text[:UNDERSTOOD_TEXT], now)

    def wished_language(self, text: str) -> Language | None:
        """The language that a message asks to go on in, where it asks for nothing else."""
        return self._wishes.language(text)

    def knows(self, word: str) -> bool:
        """Whether a word stands in any way of asking."""
        return all(part in self._matcher.known for part in shape(word))

    def asks(self, text: str) -> bool:
        """Whether a text asks for anything, rather than tells."""
        return self._asks(text)

    def introduces_name(self, before: Sequence[str]) -> bool:
        """Whether a person's name follows after these words."""
        return self._names.ends(shape(" ".join(before[-_NAME_LEAD:])))

    def candidates(self, text: str) -> tuple[str, ...]:
        """The topics that a text is most likely about, whatever is decided about it."""
        return tuple(topic for topic, _ in self._matcher.rank(text[:UNDERSTOOD_TEXT]).topics)

    def understand(self, text: str, context: Context) -> Understanding:
        read = text[:UNDERSTOOD_TEXT]
        vector = self._matcher.vectoriser.vector(read)
        shares = self._matcher.shares(vector)
        danger, suspicion = self._alarmed(text, vector, shares)
        guess = self._languages.guess(read, context.language)
        wished = self.wished_language(text) if danger is None else None
        if wished is not None:
            return Understanding(wished, sure_of_language=True, decision=SmallTalkReply(SPEAKS))
        heard = self._denials.heard(read, context.dialog) if danger is None else None
        if heard is not None and heard.turned_down:
            decision, question, denied = self._turned_down(heard, context)
            handed = context.dialog.handed is not None
            return Understanding(guess.language, guess.sure, decision, meant=handed, question=question, denied=denied)
        if danger is None and self._lasting.heard(read):
            handed = context.dialog.handed is not None
            decision, question = self._lasting.whose(context.dialog), "" if handed else _joined(context.dialog, read)
            return Understanding(guess.language, guess.sure, decision, meant=handed, question=question)
        certain = danger if danger is not None and danger.certain else None
        decision = certain or self._decide(read, context, danger, suspicion, shares)
        found = self._several(read, context, shares, decision)
        answered = [need.decision for need in found.needs if isinstance(need.decision, Answer)]
        if answered and not isinstance(decision, Answer):
            decision = answered[0]
        left = tuple(as_written(read, words) for words in found.left)
        return Understanding(guess.language, guess.sure, decision, found.needs, left=left, meant=heard is not None)

    def _several(self, text: str, context: Context, shares: Floats, whole: Decision) -> Second:
        """The needs of a message that holds more than one, and what of it nothing answers."""
        if not isinstance(whole, Answer | Clarify):
            return Second(self._asked_for(text, context, shares, whole)[0])
        needs, left = self._asked_for(text, context, shares, whole)
        if needs or left:
            return Second(needs, left)
        day = self._gazetteer.read(text, context.now).day
        likely = [topic for topic, _ in self._matcher.rank(text, shares=shares).topics]
        return second(
            self._needs.divisions(text),
            lambda part: self._alone(part, context, day),
            Whole(whole, likely, self._of_people),
        )

    def _asked_for(
        self, text: str, context: Context, shares: Floats, whole: Decision
    ) -> tuple[tuple[Need, ...], tuple[str, ...]]:
        """The needs of which each asks, and the words of those that nothing answers."""
        clauses = self._needs.clauses(text) if isinstance(whole, Answer | Clarify | Unresolved) else ()
        if not clauses:
            return (), ()
        day = self._gazetteer.read(text, context.now).day
        parts = [(clause, self._alone(clause.text, context, day)) for clause in clauses]
        if not any(sure_topic(clause, decision) for clause, decision in parts):
            return (), ()
        likely = [topic for topic, _ in self._matcher.rank(text, shares=shares).topics]
        needs = several(parts, likely, whole)
        if isinstance(whole, Answer) and whole.topic not in {topic_of(need.decision) for need in needs}:
            needs = ()  # the message as a whole is about something else
        return needs, left_of(parts, needs, whole, likely)

    def _alone(self, text: str, context: Context, day: date | None) -> Decision:
        """What a part of a message means by itself; a day that another part names counts for it too."""
        kind = self._small_talk.kind(text)
        if kind is not None:
            return SmallTalkReply(kind)
        asked = self._follow_ups.read(text, self._gazetteer.read(text, context.now), context.place)
        asked = replace(asked, day=asked.day or day)
        named = self._restricted(asked)
        if named is not None:
            return named
        shares = self._matcher.shares(self._matcher.vectoriser.vector(text))
        danger = self._about_danger(text, shares)
        return danger or self._weigh(self._matcher.rank(text, shares=shares, without=KINDS), asked)

    def _turned_down(self, heard: Denied, context: Context) -> tuple[Decision, str, tuple[str, ...]]:
        """After "no, not that": what was meant instead, else the next best topics, else a person.

        Returns:
            The decision, the words that it is about, and all topics that were turned down.
        """
        dialog = context.dialog
        if dialog.asked_back and not dialog.options:  # it was asked whether it is an emergency
            return self.without_alarm(dialog.question, context), dialog.question, ()
        denied = (*dialog.denied, *(dialog.options if dialog.asked_back else filter(None, [dialog.topic])))
        question = " ".join(filter(None, [dialog.question, heard.rest]))
        if heard.rest:
            shares = self._matcher.shares(self._matcher.vectoriser.vector(heard.rest))
            meant = self._decide(heard.rest, replace(context, dialog=Dialog(), nearness={}), None, None, shares)
            left = without_topics(meant, denied)
            if left is not None:
                return left, question, denied
        ranked = self._matcher.rank(question[:UNDERSTOOD_TEXT], without={*KINDS, *denied})
        options = [topic for topic, _ in ranked.topics][:OFFERED]
        nothing_told = dialog.handed is not None and not dialog.topic
        if dialog.denied or not options or nothing_told:
            return Unresolved(GENERAL_TEAM, 0.0), question, denied
        return Clarify(tuple(options), ranked.trust), question, denied

    def without_alarm(self, text: str, context: Context) -> Decision:
        """What a message means once its writer has said that it is no emergency."""
        read = text[:UNDERSTOOD_TEXT]
        kind = self._small_talk.kind(read)
        if kind is not None:
            return SmallTalkReply(kind)
        ranked = self._matcher.rank(read, without=KINDS)
        decision = self._weigh(ranked, self._gazetteer.read(read, context.now))
        # What sounded like danger is seldom a plain question: unless one is as good as certain, a person is offered too.
        if isinstance(decision, Answer) and not decision.hand_over and decision.confidence < SURE_OF_ANOTHER:
            return Clarify(tuple(topic for topic, _ in ranked.topics[:OFFERED]), ranked.trust)
        return decision

    def language(self, text: str, chat: Language) -> Guess:
        return self._languages.guess(text[:UNDERSTOOD_TEXT], chat)

    def _decide(
        self, text: str, context: Context, danger: Emergency | None, suspicion: Emergency | None, shares: Floats
    ) -> Decision:
        kind = self._small_talk.kind(text)
        if kind is not None and danger is None:
            return SmallTalkReply(kind)
        if danger is None and self._wishes.abilities(text):
            return SmallTalkReply(HELPS)
        if danger is None and self._wishes.requests(text):
            return SmallTalkReply(ASKS_FOR_REQUESTS)
        asked = self._gazetteer.read(text, context.now)
        asked = self._follow_ups.read(text, asked, context.place)
        follow_up = self._follow_ups.after(text, asked, context.dialog) or self._follow_ups.of_the_programme(
            text, asked
        )
        if follow_up is not None and danger is None:
            return follow_up
        if danger is not None:
            return danger
        if self._wishes.only_a_room(text):
            return Unresolved(GENERAL_TEAM, 0.0)
        named = self._restricted(asked)
        if named is not None:
            return named
        taught = self._taught.get(" ".join(shape(text)))
        if taught is not None:
            return self._weigh(Ranked(((taught, 1.0),), 1.0, offered=1.0), asked)
        leading = self._matcher.topics[int(shares.argmax())]
        if (suspicion is not None or leading in KINDS) and self._beforehand(text):
            return self._told_beforehand(text, shares, asked)
        # Whether it is an emergency is decided by all that speaks for it; what is left is which other topic it is.
        ranked = fused(self._matcher.rank(text, shares=shares, without=KINDS), context.nearness)
        suspicion = self._about_danger(text, shares) or suspicion
        # The matcher knows a thousand harmless ways to say a thing; where it is sure of one, a suspicion is none.
        if suspicion is not None and ranked.trust < SURE_OF_ANOTHER and not self._follow_ups.only_a_place(text, asked):
            return suspicion
        again = self._read_again(text, ranked)
        if again is not None:
            return self._weigh(again, asked)
        return SmallTalkReply(ranked.small_talk) if ranked.small_talk else self._weigh(ranked, asked)

    def _read_again(self, text: str, ranked: Ranked) -> Ranked | None:
        """A message that is not well understood as it stands may be mistyped: its ranking with its slips mended, if that is better."""
        if ranked.trust >= _WELL_READ:
            return None
        again = mended(text, self._matcher.vectoriser)
        if again is None:
            return None
        read = self._matcher.rank(again, without=KINDS)
        # Letters that are right speak for the same topic already. One that only the mended word names was never asked for:
        # a giraffe is one letter from the money changer.
        likely = {topic for topic, _ in ranked.topics}
        better = read.trust > ranked.trust and not read.small_talk and read.topics[0][0] in likely
        return read if better else None

    def _about_danger(self, text: str, shares: Floats) -> Emergency | None:
        """The emergency whose topic is asked for by name: "what do I do in a fire"."""
        ranked = self._matcher.rank(text, shares=shares, most=1)
        if not ranked.topics or ranked.topics[0][0] not in KINDS or ranked.trust < _ASKED_FOR_FROM:
            return None
        if self._beforehand(text):
            return None
        # "Can we smoke in the room" asks for none.
        if ranked.trust < _BY_NAME and self._harmless(text):
            return None
        return emergency(KINDS[ranked.topics[0][0]], certain=False)

    def _beforehand(self, text: str) -> bool:
        return self._emergencies.beforehand(text, self._matcher.known)

    def _told_beforehand(self, text: str, shares: Floats, asked: Asked) -> Decision:
        """A question about exits or drills is answered like any other: what to do in a fire is worth knowing before it."""
        decision = self._weigh(self._matcher.rank(text, shares=shares, without=KINDS.keys() & self._of_people), asked)
        if isinstance(decision, Answer) and decision.topic in KINDS:
            return replace(decision, beforehand=True)
        return decision

    def _weigh(self, ranked: Ranked, asked: Asked) -> Decision:
        if not ranked.topics:
            return Unresolved(GENERAL_TEAM, 0.0)
        first, _ = ranked.topics[0]
        topic = self.snapshot.library.topics[first]
        if topic.needs == "person" and hand_over_now(ranked.trust, ranked.offered):
            return Answer(first, asked, ranked.trust, hand_over=True)
        match cheapest(ranked.trust, ranked.offered):
            case "answer":
                return Answer(first, asked, ranked.trust, hand_over=self._cannot_be_told(topic))
            case "ask":
                options = _offered(ranked)
                if options == (first,) and topic.needs == "person":  # whatever is tapped, a person has to answer it
                    return Answer(first, asked, ranked.trust, hand_over=True)
                return Clarify(options, ranked.trust)
            case "person":
                named = ranked.trust >= NAMED_FROM
                return Unresolved(topic.team if named else GENERAL_TEAM, ranked.trust, first if named else None)

    def _cannot_be_told(self, topic: Topic) -> bool:
        return topic.id in self.snapshot.unanswerable

    def _restricted(self, asked: Asked) -> Decision | None:
        """A question that names a restricted session alone is a matter of staff, whatever else it looks like."""
        sessions = [self.snapshot.event.sessions[key] for key in asked.sessions]
        if not sessions or not all(session.restricted for session in sessions):
            return None
        topics = [self._of_restricted[role] for one in sessions for role in one.roles if role in self._of_restricted]
        return Answer(topics[0], asked, 1.0, hand_over=True) if topics else Unresolved("security", 1.0)


def _joined(dialog: Dialog, text: str) -> str:
    """What was asked before, and what is said of it now: whoever takes it over reads both."""
    return f"{dialog.question} · {text}" if dialog.question else text


def _offered(ranked: Ranked) -> tuple[str, ...]:
    """The topics to choose from: those that the message may well be about."""
    first, *others = ranked.topics[:OFFERED]
    return (first[0], *(topic for topic, share in others if share >= _WORTH_OFFERING))

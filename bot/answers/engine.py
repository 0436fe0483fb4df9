"""From a message and its chat to a decision. Pure: the same text, history, content and time always decide the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bot.answers.alarm import SURE_OF_ANOTHER, alarm
from bot.answers.classifier import Floats
from bot.answers.costs import cheapest, hand_over_now
from bot.answers.emergencies import KINDS, EmergencyMatcher, emergency
from bot.answers.entities import Gazetteer
from bot.answers.language import Guess, LanguageGuesser
from bot.answers.lexicon import Lexicon
from bot.answers.matcher import Matcher, Ranked
from bot.answers.normal import fold, normalise, words
from bot.answers.repair import mended
from bot.answers.rows import Vector
from bot.answers.smalltalk import SmallTalk
from bot.answers.teaching import build
from bot.answers.trust import OFFERED
from bot.model.content import Library, Snapshot, Topic
from bot.model.decisions import Answer, Asked, Clarify, Decision, Emergency, SmallTalkReply, Understanding, Unresolved
from bot.model.language import LANGUAGES, Language
from bot.model.messages import UNDERSTOOD_TEXT
from bot.model.people import Dialog

_ASKED_FOR_FROM: Final = 0.35
"""Trust from which a leading topic of emergencies is one to ask about with a tap."""
_LONGEST_FOLLOW_UP: Final = 6  # words

_FOLLOW_UP_WORDS: Final = frozenset(
    [
        "and",
        "or",
        "what",
        "about",
        "how",
        "at",
        "on",
        "in",
        "the",
        "is",
        "it",
        "that",
        "this",
        "there",
        "where",
        "when",
        "which",
        "room",
        "what",
        "time",
        "start",
        "begin",
        "end",
        "who",
        "then",
        "also",
        "for",
        "of",
        "so",
        "ok",
        "me",
        "tell",
        "to",
        "next",
        "now",
        "day",
        "one",
        "con",
        "thi",
        "sao",
        "the",
        "o",
        "dau",
        "may",
        "gio",
        "khi",
        "nao",
        "luc",
        "phong",
        "nao",
        "cho",
        "a",
        "vay",
        "nhi",
        "va",
        "tiep",
        "theo",
        "ngay",
        "hom",
        "nay",
        "mai",
        "bua",
        "toi",
        "sang",
        "chieu",
        "do",
        "no",
        "gi",
        "bat",
        "dau",
        "ket",
        "thuc",
        "و",
        "ماذا",
        "عن",
        "في",
        "اين",
        "وين",
        "متى",
        "كم",
        "الساعه",
        "ايمتى",
        "امتى",
        "فين",
        "هو",
        "هي",
        "وغدا",
        "وبكره",
        "طيب",
        "شو",
        "ايش",
        "بكره",
        "غدا",
        "اليوم",
        "وقت",
        "اي",
        "قاعه",
        "وبكرا",
        "بكرا",
        "تبدا",
        "يبدا",
        "تنتهي",
        "wein",
        "emta",
        "w",
    ]
)
_PROGRAMME_FRAME: Final = _FOLLOW_UP_WORDS | frozenset(
    [
        "whats",
        "s",
        "on",
        "happening",
        "going",
        "programme",
        "program",
        "schedule",
        "agenda",
        "session",
        "sessions",
        "event",
        "events",
        "do",
        "we",
        "have",
        "are",
        "there",
        "any",
        "chuong",
        "trinh",
        "lich",
        "su",
        "kien",
        "hoat",
        "dong",
        "phien",
        "hop",
        "co",
        "nhung",
        "dien",
        "ra",
        "lam",
        "duoc",
        "برنامج",
        "البرنامج",
        "جدول",
        "الجدول",
        "جلسات",
        "الجلسات",
        "فعاليات",
        "الفعاليات",
        "في",
        "هناك",
        "يوجد",
        "عندنا",
        "لدينا",
    ]
)
_TIMED: Final = frozenset(
    {
        "schedule.day",
        "schedule.now-next",
        "schedule.plenary",
        "schedule.workshops",
        "schedule.youth-forum",
        "schedule.breaks",
        "schedule.opening",
        "schedule.closing",
        "food.meals",
    }
)


@dataclass(frozen=True, slots=True)
class Context:
    """What is known when a message comes in."""

    language: Language
    now: datetime
    dialog: Dialog = field(default_factory=Dialog)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a build learns from the content; slow to make, so it is kept beside the content's version."""

    matcher: Matcher
    languages: LanguageGuesser
    emergencies: EmergencyMatcher


def learn(library: Library) -> Learnt:
    phrases = {topic.id: topic.asking for topic in library.topics.values() if any(topic.asking.values())}
    matcher = build(phrases, library.offtopic, lexicon_of(library), _danger(library), _small_talk(library))
    return Learnt(matcher, LanguageGuesser.learn(_samples(library)), emergencies_of(library))


def _danger(library: Library) -> Mapping[str, Sequence[str]] | None:
    """Examples of danger, with the ways of asking of the same topics; what else is asked counts as harmless by itself."""
    if not library.danger:
        return None
    examples = {kind: list(lines) for kind, lines in library.danger.items()}
    for topic in library.topics.values():
        if topic.id in KINDS:
            for lines in topic.asking.values():
                examples.setdefault(KINDS[topic.id], []).extend(lines)
    return examples


def _small_talk(library: Library) -> Mapping[str, Sequence[str]]:
    """Whole messages of each kind: the words that make one up, and examples of people who said more than these."""
    return {
        kind.kind: [
            *(line for lines in kind.says.values() for line in lines),
            *library.small_talk_examples.get(kind.kind, ()),
        ]
        for kind in library.small_talk
    }


def lexicon_of(library: Library) -> Lexicon:
    """All languages at once: people mix them."""
    return Lexicon(
        {name: [term for terms in said.values() for term in terms] for name, said in library.lexicon.items()}
    )


def emergencies_of(library: Library) -> EmergencyMatcher:
    return EmergencyMatcher(library.emergencies, library.numbers_question)


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

    def danger(self, text: str) -> Emergency | None:
        """The emergency that the cues see in a text: they need nothing else, whatever state the rest is in."""
        return self._emergencies.find(text, self._matcher.known)

    def _alarmed(self, text: str, vector: Vector, shares: Floats) -> tuple[Emergency | None, Emergency | None]:
        """The emergency that cues see, weighed by the models; and without cues, the one that the models suspect."""
        cue = self.danger(text)
        # Of a long message the models read the beginning only: a cue further on stands as it is.
        if self._matcher.alarm is None or len(text) > UNDERSTOOD_TEXT:
            return cue, None
        of_emergencies = sum(float(shares[at]) for at, topic in enumerate(self._matcher.topics) if topic in KINDS)
        found = alarm(cue, self._matcher.alarm.opinion(vector), of_emergencies)
        return (None, found) if cue is None else (found, None)

    def urgent(self, text: str) -> bool:
        """Whether a message must pass every limit."""
        return self.danger(text) is not None

    def read(self, text: str, now: datetime) -> Asked:
        return self._gazetteer.read(text[:UNDERSTOOD_TEXT], now)

    def understand(self, text: str, context: Context) -> Understanding:
        read = text[:UNDERSTOOD_TEXT]
        vector = self._matcher.vectoriser.vector(read)
        shares = self._matcher.shares(vector)
        danger, suspicion = self._alarmed(text, vector, shares)
        guess = self._languages.guess(read, context.language)
        decision: Decision
        if danger is not None and danger.certain:
            decision = danger
        else:
            decision = self._decide(read, context, danger, suspicion, shares)
        return Understanding(guess.language, guess.sure, decision)

    def without_alarm(self, text: str, context: Context) -> Decision:
        """What a message means once its writer has said that it is no emergency."""
        read = text[:UNDERSTOOD_TEXT]
        kind = self._small_talk.kind(read)
        if kind is not None:
            return SmallTalkReply(kind)
        return self._weigh(self._matcher.rank(read, without=KINDS), self._gazetteer.read(read, context.now))

    def language(self, text: str, chat: Language) -> Guess:
        return self._languages.guess(text[:UNDERSTOOD_TEXT], chat)

    def _decide(
        self, text: str, context: Context, danger: Emergency | None, suspicion: Emergency | None, shares: Floats
    ) -> Decision:
        kind = self._small_talk.kind(text)
        if kind is not None and danger is None:
            return SmallTalkReply(kind)
        asked = self._gazetteer.read(text, context.now)
        follow_up = self._follow_up(text, asked, context.dialog) or self._of_the_programme(text, asked)
        if follow_up is not None and danger is None:
            return follow_up
        if danger is not None:
            return danger
        named = self._restricted(asked)
        if named is not None:
            return named
        # Whether it is an emergency is decided by all that speaks for it; what is left is which other topic it is.
        ranked = self._matcher.rank(text, shares=shares, without=KINDS)
        suspicion = self._about_danger(text, shares) or suspicion
        # The matcher knows a thousand harmless ways to say a thing; where it is sure of one, a suspicion is none.
        if suspicion is not None and ranked.trust < SURE_OF_ANOTHER:
            return suspicion
        if ranked.small_talk:
            return SmallTalkReply(ranked.small_talk)
        decision = self._weigh(ranked, asked)
        return decision if isinstance(decision, Answer) else self._read_again(text, ranked, asked) or decision

    def _read_again(self, text: str, ranked: Ranked, asked: Asked) -> Decision | None:
        """A message that is not understood as it stands may be mistyped."""
        again = mended(text, self._matcher.vectoriser)
        read = self._matcher.rank(again, without=KINDS) if again is not None else ranked
        return self._weigh(read, asked) if read.trust > ranked.trust else None

    def _about_danger(self, text: str, shares: Floats) -> Emergency | None:
        """The emergency whose topic is asked for by name: "what do I do in a fire"."""
        ranked = self._matcher.rank(text, shares=shares, most=1)
        if not ranked.topics or ranked.topics[0][0] not in KINDS or ranked.trust < _ASKED_FOR_FROM:
            return None
        return emergency(KINDS[ranked.topics[0][0]], certain=False)

    def _weigh(self, ranked: Ranked, asked: Asked) -> Decision:
        if not ranked.topics:
            return Unresolved("reception", 0.0)
        first, _ = ranked.topics[0]
        topic = self.snapshot.library.topics[first]
        if topic.needs == "person" and hand_over_now(ranked.trust, ranked.offered):
            return Answer(first, asked, ranked.trust, hand_over=True)
        match cheapest(ranked.trust, ranked.offered):
            case "answer":
                return Answer(first, asked, ranked.trust, hand_over=self._cannot_be_told(topic))
            case "ask":
                return Clarify(tuple(topic for topic, _ in ranked.topics[:OFFERED]), ranked.trust)
            case "person":
                return Unresolved(topic.team, ranked.trust, first)

    def _cannot_be_told(self, topic: Topic) -> bool:
        return topic.id in self.snapshot.unanswerable

    def _restricted(self, asked: Asked) -> Decision | None:
        """A question that names a restricted session alone is a matter of staff, whatever else it looks like."""
        sessions = [self.snapshot.event.sessions[key] for key in asked.sessions]
        if not sessions or not all(session.restricted for session in sessions):
            return None
        roles = {role for session in sessions for role in session.roles}
        topic = "side.heads-dinner" if "heads-dinner" in roles else "side.president-audience"
        if topic not in self.snapshot.library.topics:
            return Unresolved("security", 1.0)
        return Answer(topic, asked, 1.0, hand_over=True)

    def _of_the_programme(self, text: str, asked: Asked) -> Decision | None:
        """Nothing but a time, as in "what is on after lunch" or "ngày mai có gì": the programme is meant."""
        if not (asked.day or asked.part or asked.now or asked.next):
            return None
        if not self._gazetteer.frame_only(text, _PROGRAMME_FRAME):
            return None
        topic = "schedule.now-next" if (asked.now or asked.next) and not (asked.day or asked.part) else "schedule.day"
        # "After lunch" names a time here, not the lunch.
        return (
            Answer(topic, replace(asked, sessions=(), place=""), 0.9) if topic in self.snapshot.library.topics else None
        )

    def _follow_up(self, text: str, asked: Asked, dialog: Dialog) -> Decision | None:
        """A short message that only makes sense after the one before it: "and tomorrow?", "where is it?"."""
        if dialog.topic is None or dialog.topic not in self.snapshot.library.topics:
            return None
        tokens = words(fold(normalise(text)))
        if len(tokens) > _LONGEST_FOLLOW_UP or asked.sessions or asked.place or asked.country:
            return None
        only_frame = all(token in _FOLLOW_UP_WORDS or token.isdigit() for token in tokens)
        if not only_frame or not (
            asked.day
            or asked.part
            or asked.where
            or asked.now
            or asked.next
            or "when" in tokens
            or "متي" in tokens
            or "khi" in tokens
            or "gio" in tokens
        ):
            return None
        timed = dialog.topic in _TIMED or dialog.topic.startswith("schedule.")
        if (asked.day or asked.part) and timed:
            return Answer(
                "schedule.day" if "schedule.day" in self.snapshot.library.topics else dialog.topic, asked, 0.9
            )
        if asked.where and dialog.session and dialog.session in self.snapshot.event.sessions:
            return Answer(dialog.topic, replace(asked, sessions=(dialog.session,), where=True), 0.9)
        if asked.where and dialog.place and not timed:
            return Answer(dialog.topic, replace(asked, place=dialog.place, where=True), 0.9)
        return None


def _samples(library: Library) -> dict[Language, list[str]]:
    samples: dict[Language, list[str]] = {language: [] for language in LANGUAGES}
    for topic in library.topics.values():
        for language, lines in topic.asking.items():
            samples[language] += lines
    for language, lines in library.offtopic.items():
        samples[language] += lines
    for kind in library.small_talk:
        for language, lines in kind.says.items():
            samples[language] += lines
    return samples

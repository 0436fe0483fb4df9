"""What is learnt from a library before the first message comes: the matcher, the languages, the compiled cues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.answers.emergencies import KINDS, EmergencyMatcher
from bot.answers.language import LanguageGuesser
from bot.answers.lexicon import Lexicon
from bot.answers.matcher import Matcher
from bot.answers.teaching import build
from bot.model.content import Library
from bot.model.language import LANGUAGES, Language


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
    return EmergencyMatcher(library.emergencies, library.numbers_question, library.precautions)


def _samples(library: Library) -> dict[Language, list[str]]:
    """Lines that are in each language; what is about no topic may be in any tongue, and teaches none of the three Latin Arabic."""
    samples: dict[Language, list[str]] = {language: [] for language in LANGUAGES}
    for topic in library.topics.values():
        for language, lines in topic.asking.items():
            samples[language] += lines
    for language, lines in library.offtopic.items():
        samples[language] += [line for line in lines if language != "ar" or not line.isascii()]
    for kind in library.small_talk:
        for language, lines in kind.says.items():
            samples[language] += lines
    return samples

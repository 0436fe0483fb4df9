"""Own sentences of delegates, each beside the topic it must find: among the first three of the matcher.

Sentences that are known to miss stand under ``fails``; the test fails when one of them starts to be found, so that the
list stays honest. Every language has the same files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.answers.engine import Context, Engine
from bot.answers.matcher import Matcher
from bot.answers.normal import fold, normalise, words
from bot.model.decisions import Emergency
from bot.model.language import LANGUAGES
from tests.conftest import MORNING

HERE = Path(__file__).parent
FILES = sorted(f"{path.parent.name}/{path.stem}" for language in LANGUAGES for path in HERE.glob(f"{language}/*.yaml"))
OPTIONS = 3  # topics that a clarifying question can offer

Sentences = Mapping[str, Sequence[str]]


def read(file: str, part: str) -> Sentences:
    written = YAML(typ="safe", pure=True).load((HERE / f"{file}.yaml").read_text(encoding="utf-8"))
    return written.get(part) or {}


def shape(line: str) -> str:
    return " ".join(words(fold(normalise(line))))


def missed(content: Engine, sentences: Sentences) -> dict[str, list[str]]:
    """Per sentence what was found instead."""
    matcher: Matcher = content._matcher
    found: dict[str, list[str]] = {}
    for topic, lines in sentences.items():
        for line in lines:
            ranked = [key for key, _ in matcher.rank(line).topics[:OPTIONS]]
            if topic not in ranked and not _alarms(content, topic, line):
                found[line] = ranked
    return found


def _alarms(content: Engine, topic: str, line: str) -> bool:
    """What a person in danger writes is found by the cues, before the matcher is asked."""
    decision = content.understand(line, Context("en", MORNING)).decision
    return isinstance(decision, Emergency) and decision.topic == topic


@pytest.mark.parametrize("file", FILES)
def test_every_sentence_finds_its_topic(content: Engine, file: str) -> None:
    assert missed(content, read(file, "finds")) == {}


@pytest.mark.parametrize("file", FILES)
def test_known_misses_still_miss(content: Engine, file: str) -> None:
    """A sentence that is found now belongs under ``finds``."""
    known = read(file, "fails")
    misses = missed(content, known)

    assert [line for lines in known.values() for line in lines if line not in misses] == []


@pytest.mark.parametrize("file", FILES)
def test_sentences_are_new_to_the_library(content: Engine, file: str) -> None:
    """A sentence that the matcher has learnt by heart tests nothing."""
    learnt = {
        shape(line)
        for topic in content.snapshot.library.topics.values()
        for lines in topic.asking.values()
        for line in lines
    }
    written = [line for part in ("finds", "fails") for lines in read(file, part).values() for line in lines]

    assert [line for line in written if shape(line) in learnt] == []


def test_every_language_has_the_same_files() -> None:
    files = {language: sorted(path.name for path in (HERE / language).glob("*.yaml")) for language in LANGUAGES}

    assert files["en"] == files["ar"] == files["vi"]


@pytest.mark.parametrize("file", FILES)
def test_every_topic_of_an_area_is_asked_for(content: Engine, file: str) -> None:
    area = file.partition("/")[2]
    asked = {**read(file, "finds"), **read(file, "fails")}

    assert sorted(asked) == sorted(topic.id for topic in content.snapshot.library.topics.values() if topic.area == area)

"""A library without a part of its lines, and these lines as questions: how it does on what it has not read. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.answers.alarm import HARMLESS
from bot.answers.emergencies import KINDS
from bot.answers.judging import Question
from bot.model.content import Library
from bot.model.language import Language

PARTS: Final = 5


def held_out(library: Library, part: int = 0) -> tuple[Library, list[Question]]:
    """Hold out one part in ``PARTS`` of each topic and language, and of the sentences about none.

    Neighbouring lines are held together: they mostly come from one hand, and what a hand wrote is easy to find when its other
    lines are known. What is learnt of danger and small talk stays.
    """
    questions: list[Question] = []
    topics = {}
    for at, (key, topic) in enumerate(library.topics.items()):
        kept: dict[Language, tuple[str, ...]] = {}
        for language, lines in topic.asking.items():
            kept[language], held = _split(lines, (part + at) % PARTS)
            questions += [Question(line, language, key, kind="asking", emergency=key in KINDS) for line in held]
        topics[key] = replace(topic, asking=kept)
    offtopic: dict[Language, tuple[str, ...]] = {}
    for language, lines in library.offtopic.items():
        offtopic[language], held = _split(lines, part)
        questions += [Question(line, language, kind="oos") for line in held]
    held_texts = {question.text for question in questions}
    danger = {
        kind: tuple(line for line in lines if kind != HARMLESS or line not in held_texts)
        for kind, lines in library.danger.items()
    }
    return replace(library, topics=topics, offtopic=offtopic, danger=danger), questions


def _split(lines: Sequence[str], part: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    first, last = len(lines) * part // PARTS, len(lines) * (part + 1) // PARTS
    return (*lines[:first], *lines[last:]), tuple(lines[first:last])

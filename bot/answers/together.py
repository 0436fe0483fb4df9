"""Several needs answered in one message: each under its title, in the order in which they were asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.answers.compose import Composed, Composer, person_button
from bot.model.decisions import Answer, Need
from bot.model.messages import Button, Message, Part
from bot.model.rich import Rich, Span, join


@dataclass(frozen=True, slots=True)
class Together:
    message: Message | None
    """What can be told now; None when that is nothing."""
    topic: str
    """The topic told last, and what it spoke of."""
    last: Composed | None
    rest: tuple[Need, ...]
    """Needs that are asked back about or go to a person."""
    parts: tuple[Part, ...] = ()
    """What is told, topic by topic."""


def together(composer: Composer, needs: Sequence[Need]) -> Together:
    told: list[tuple[str, Composed]] = []
    answered: list[Part] = []
    rest: list[Need] = []
    for need in needs:
        answer = need.decision
        composed = composer.answer(answer) if isinstance(answer, Answer) and not answer.hand_over else None
        if isinstance(answer, Answer) and composed is not None:
            told.append((answer.topic, composed))
            answered.append(Part(answer.topic, answer.asked))
        else:
            rest.append(need)
    if not told:
        return Together(None, "", None, tuple(rest))
    topics = composer.snapshot.library.topics
    language = composer.speaker.language
    texts = [_under(topics[topic].title.in_(language), composed.message.text) for topic, composed in told]
    pin = next((composed.message.pin for _, composed in told if composed.message.pin), None)
    buttons = _buttons([composed.message for _, composed in told], person_button(composer.speaker))
    return Together(Message(join(texts, "\n\n"), language, buttons, pin), *told[-1], tuple(rest), tuple(answered))


def _under(title: str, text: Rich) -> Rich:
    return (Span(title, "bold"), Span("\n"), *text)


def _buttons(messages: Sequence[Message], person: Button) -> tuple[tuple[Button, ...], ...]:
    """The buttons of all, each once, with the one for a person last."""
    rows = dict.fromkeys(row for message in messages for row in message.buttons)
    return (*(row for row in rows if row != (person,)), (person,))

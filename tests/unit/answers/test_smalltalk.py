"""Politeness is small talk only when nothing else is left of a message."""

from __future__ import annotations

import numpy as np
import pytest

from bot.answers.engine import Context, Engine
from bot.answers.smalltalk import SmallTalk
from bot.model.content import Library
from bot.model.content import SmallTalk as Kind
from bot.model.decisions import SmallTalkReply
from bot.model.language import Text
from tests.conftest import MORNING

REPLY = Text(en="…", vi="…", ar="…")


@pytest.fixture
def small_talk() -> SmallTalk:
    def kind(name: str, en: tuple[str, ...], vi: tuple[str, ...] = (), ar: tuple[str, ...] = ()) -> Kind:
        return Kind(name, {"en": en, "vi": vi, "ar": ar}, REPLY)

    kinds = (
        kind("greeting", ("hello", "good morning", "👋"), ("xin chào",), ("مرحبا", "السلام عليكم")),
        kind("thanks", ("thank you", "thanks"), ("cảm ơn",), ("شكرا",)),
        kind("bye", ("bye",)),
    )
    fillers = {"en": ("please", "very much"), "vi": ("ạ", "bạn ơi"), "ar": ("من فضلك",)}
    return SmallTalk(Library({}, kinds, fillers, {}, {}, {}))  # type: ignore[arg-type]  # literals of languages


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hello!", "greeting"),
        ("good  morning", "greeting"),
        ("xin chao ban oi", "greeting"),
        ("السّلام عليكم", "greeting"),
        ("Thank you very much", "thanks"),
        ("hello, thanks, bye", "bye"),
        ("please", "greeting"),
        ("👋🏽", "greeting"),
        ("hello, where is my room", None),
        ("thank you for the wifi password", None),
        ("", None),
        ("?", None),
    ],
)
def test_what_covers_the_whole_message(small_talk: SmallTalk, text: str, kind: str | None) -> None:
    assert small_talk.kind(text) == kind


def test_the_words_that_are_left(small_talk: SmallTalk) -> None:
    assert small_talk.content("Hello, thank you, wifi please") == ["wifi"]


def test_every_kind_answers_to_its_own_words(content: Engine) -> None:
    """No phrase of the library is taken for another kind: a word stands in one list only."""
    layer = SmallTalk(content.snapshot.library)
    wrong = [
        (kind.kind, line, layer.kind(line))
        for kind in content.snapshot.library.small_talk
        for lines in kind.says.values()
        for line in lines
        if layer.kind(line) != kind.kind
    ]

    assert wrong == []


def test_no_way_of_asking_is_small_talk(content: Engine) -> None:
    layer = SmallTalk(content.snapshot.library)
    swallowed = [
        (topic.id, line)
        for topic in content.snapshot.library.topics.values()
        for lines in topic.asking.values()
        for line in lines
        if layer.kind(line) is not None
    ]

    assert swallowed == []


@pytest.mark.parametrize(
    ("text", "share", "kind"),
    [
        ("the wifi sighs", 0.9, "praise"),
        ("the wifi sighs", 0.7, ""),
        ("oh zzgrmbl", 0.7, "praise"),
        ("oh zzgrmbl", 0.4, ""),
    ],
)
def test_a_word_of_the_lexicon_makes_small_talk_doubtful(content: Engine, text: str, share: float, kind: str) -> None:
    matcher = content.learnt.matcher
    shares = np.zeros(len(matcher.topics), np.float32)
    shares[matcher.topics.index("~small-talk.praise")] = share
    shares[matcher.topics.index("hotel.wifi")] = 1 - share

    assert matcher.rank(text, shares=shares).small_talk == kind


@pytest.mark.parametrize("text", ["lạnh quá", "đói quá", "drop dead gorgeous hall", "برد كثير", "mafi mai sokhna"])
def test_a_sigh_about_something_known_is_no_small_talk(content: Engine, text: str) -> None:
    assert not isinstance(content.understand(text, Context("en", MORNING)).decision, SmallTalkReply)

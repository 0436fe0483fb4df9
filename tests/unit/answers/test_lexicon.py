"""Concepts are found however a language writes its words together."""

from __future__ import annotations

import pytest

from bot.answers.lexicon import Lexicon, forms
from bot.answers.normal import fold, normalise, words

LEXICON = Lexicon(
    {
        "bag": ["bag", "suitcase", "hành lý", "شنطة", "شنط"],
        "lost": ["lost", "left behind", "đánh rơi", "ضاعت", "ضيعت"],
        "wife": ["wife", "vợ", "زوجة"],
        "interpreter": ["translat*", "phiên dịch", "مترجم"],
        "slow-service": ["still waiting for my"],
    }
)


def concepts(text: str) -> list[str]:
    return LEXICON.concepts(words(fold(normalise(text))))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("My SUITCASES were left behind!", ["bag", "lost"]),
        ("em đánh rơi hành lý ở sảnh", ["lost", "bag"]),
        ("em danh roi hanh ly", ["lost", "bag"]),
        ("والشنطة ضاعت", ["bag", "lost"]),
        ("شنطتي ضيعتها", ["bag", "lost"]),
        ("لزوجتي", ["wife"]),
        ("is there a translator", ["interpreter"]),
        ("I am still waiting for my bag, bag, bag", ["slow-service", "bag"]),
    ],
)
def test_three_languages_name_the_same_concepts(text: str, found: list[str]) -> None:
    assert concepts(text) == found


@pytest.mark.parametrize("text", ["", "left", "behind left", "hành", "lý hành", "waiting for my still", "12 345"])
def test_parts_of_a_term_are_no_concept(text: str) -> None:
    assert concepts(text) == []


def test_short_arabic_words_keep_their_letters() -> None:
    assert forms("بنك") == ("بنك",)
    assert "بنك" in forms("البنك")
    assert forms("wales") == ("wales", "wale")
    assert forms("glass") == ("glass",)

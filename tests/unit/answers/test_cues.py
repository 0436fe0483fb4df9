"""The grammar of emergency cues, and that no message keeps the matcher busy."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.answers.emergencies import EmergencyMatcher
from bot.answers.engine import Engine
from bot.model.content import Cues
from tests.work import calls


def certain(*cues: str, never: Sequence[str] = ()) -> EmergencyMatcher:
    return EmergencyMatcher({"en": {"medical": Cues(certain=cues, never=tuple(never))}}, {})


def fires(matcher: EmergencyMatcher, text: str) -> bool:
    found = matcher.find(text)
    return found is not None and found.certain


@pytest.mark.parametrize(
    ("cue", "fits", "fits_not"),
    [
        (
            "cannot|cant breathe",
            ["I cannot breathe", "cant breathe!!", "CAN'T breathe"],
            ["breathe", "cannot", "breathe cannot"],
        ),
        ("bleed*", ["she is bleeding", "bleeds", "bleed"], ["nosebleed", "blee"]),
        ("bleed*|blood arm", ["bleeding arm", "blood arm"], ["arm bleeding"]),
        ("call _ doctor", ["call doctor", "call a doctor"], ["call the house doctor"]),
        ("call _ _ doctor", ["call doctor", "call the house doctor"], ["call me the house doctor"]),
        ("cannot .. breathe", ["cannot breathe", "cannot a b c d breathe"], ["cannot a b c d e breathe"]),
        ("^help$", ["help", "HELP!!!", "  help 🆘"], ["help me", "please help"]),
        ("^help ..$", ["help", "help me now please"], ["help me now please at once", "oh help"]),
        ("^a .. b$", ["a b", "a b c b"], ["a b c"]),
        ("=mệt lả", ["tôi mệt lả"], ["toi met la", "tôi mét lạ"]),
        ("khó thở", ["bạn tôi khó thở", "ban toi kho tho"], ["khổ thơ", "khó thơ quá"]),
        ("أغمي عليه", ["اغمي عليه", "أُغمِيَ عليه!", "صديقي أغمـــي عليه"], ["عليه"]),
    ],
)
def test_a_cue(cue: str, fits: Sequence[str], fits_not: Sequence[str]) -> None:
    matcher = certain(cue)

    assert [text for text in fits if not fires(matcher, text)] == []
    assert [text for text in fits_not if fires(matcher, text)] == []


def test_words_of_an_idiom_are_set_aside_and_others_still_fire() -> None:
    matcher = certain("dying", "bleeding", never=["dying for a coffee|nap"])

    assert not fires(matcher, "I am dying for a coffee")
    assert fires(matcher, "I am dying")
    assert fires(matcher, "I am dying for a coffee and she is bleeding")
    assert fires(matcher, "dying for a coffee no really he is dying")


def test_a_question_for_the_number_asks_with_a_tap_instead() -> None:
    matcher = EmergencyMatcher(
        {"en": {"medical": Cues(certain=("ambulance",), likely=("dizzy",))}}, {"en": ("what _ _ number",)}
    )

    asked, called = matcher.find("what is the number of the ambulance"), matcher.find("ambulance now")

    assert asked is not None
    assert called is not None
    assert (asked.certain, called.certain) == (False, True)
    assert matcher.find("what is the number") is None


def test_the_gravest_kind_wins_and_certain_before_likely() -> None:
    matcher = EmergencyMatcher(
        {"en": {"fire": Cues(certain=("smoke",)), "medical": Cues(certain=("fainted",), likely=("cough",))}}, {}
    )

    kinds = [found.kind for text in ("smoke and he fainted", "smoke and cough") if (found := matcher.find(text))]

    assert kinds == ["medical", "fire"]


def test_languages_mix_in_one_message() -> None:
    matcher = EmergencyMatcher(
        {"en": {"medical": Cues(certain=("cannot breathe",))}, "vi": {"medical": Cues(certain=("khó thở",))}}, {}
    )

    assert fires(matcher, "anh ơi my friend cannot breathe")
    assert fires(matcher, "please, bạn tôi khó thở")


def test_nothing_written_is_no_emergency() -> None:
    assert certain("help").find("") is None
    assert certain("help").find("!!! 🙂") is None
    assert certain("").find("anything") is None


@pytest.mark.parametrize(
    ("text", "kind", "loud"),
    [
        ("🆘", "medical", True),
        ("🚑🚑 !!", "medical", True),
        ("🔥", "fire", False),
        ("🔥 floor 3", "fire", False),
        ("🩸", "medical", False),
    ],
)
def test_a_sign_that_stands_alone_calls(text: str, kind: str, *, loud: bool) -> None:
    found = certain("help").find(text)

    assert found is not None
    assert (found.kind, found.certain) == (kind, loud)


def test_a_sign_in_a_long_message_is_decoration() -> None:
    assert certain("help").find("that was such a wonderful show last night 🔥🔥") is None


def test_the_end_of_an_overlong_message_is_read_too() -> None:
    assert fires(certain("help"), "word " * 20_000 + "help")


@pytest.mark.parametrize(
    "words",
    [
        "a ",
        "i he is my the ",
        "not a b c d ",
        "help me please ",
        "khong _ a b ",
        "không thể nào ",
        "is there a number ",
        "أنا في لا ",
        "و ",
        "x",
        "there is a man who is not ",
        "cháy ",
        "no ",
        "fire blood không thở gun cháy نار help she is choking ",
    ],
)
def test_a_hundred_kilobytes_are_little_work(content: Engine, words: str) -> None:
    """Seconds are measured by ``python -m bench.engine``."""
    text = (words * 100_000)[:100_000]

    assert calls(lambda: content.urgent(text)) < 150_000

"""Messages of people in danger, and harmless ones that sound like it: written by hand, beside the cues that were mended with them.

The cues were mended against these very lines, so this keeps what is known rather than measuring what is not.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.answers.engine import Context, Engine
from bot.model.decisions import Answer, Emergency
from tests.conftest import MORNING

FOLDER = Path(__file__).parent / "emergencies"
LOST_SPACE = {"ar": 0.15, "en": 0.06, "vi": 0.23}  # shares of the lines of danger that the cues no longer find
LOST_SWAP = {"ar": 0.18, "en": 0.10, "vi": 0.20}
MOST_ALARMS = 0.02  # certain alarms among messages that were all chosen to sound alarming


def lines(language: str, *lists: str) -> list[str]:
    written = YAML(typ="safe", pure=True).load((FOLDER / f"{language}.yaml").read_text("utf-8"))
    return [str(line) for name in lists for line in written.get(name, ())]


@pytest.mark.parametrize("language", ["ar", "en", "vi"])
def test_danger_is_found(content: Engine, language: str) -> None:
    missed = [line for line in lines(language, "danger", "danger_unseen") if content.danger(line) is None]

    assert missed == []


@pytest.mark.parametrize("language", ["ar", "en", "vi"])
def test_what_only_sounds_like_it_alerts_nobody(content: Engine, language: str) -> None:
    harmless = lines(language, "harmless", "harmless_unseen")

    alarms = [line for line in harmless if (found := content.danger(line)) is not None and found.certain]

    assert len(alarms) <= MOST_ALARMS * len(harmless), alarms


@pytest.mark.parametrize(
    "line",
    [
        "where can I smoke",
        "can we smoke in the room",
        "is there a smoking area",
        "I don't want the police",
        "lobby",
        "in the lobby",
        "the speech set the room on fire",
        "شفت فيلم عن حريق كبير وكان ممل",
        "المطعم نار",
        "vé cháy hàng",
        "ăn cay là em bốc khói luôn",
    ],
)
def test_what_is_known_to_be_harmless_is_not_asked_about(content: Engine, line: str) -> None:
    assert not isinstance(content.understand(line, Context("en", MORNING)).decision, Emergency)


@pytest.mark.parametrize(
    ("line", "certain"),
    [
        ("can we smoke in the room? there is smoke in the corridor", True),
        ("cửa thoát hiểm ở đâu, cháy rồi", True),
        ("where is the fire exit, there is smoke everywhere", True),
        ("is there a fire drill? something is burning in the corridor", True),
        ("what do we do in case of fire, the curtain is on fire", False),
        ("لو صار حريق وين نروح، في دخان طالع من الغرفة", True),
        ("what should we do if my friend is not breathing", True),
    ],
)
def test_a_harmless_phrase_hides_no_danger(content: Engine, line: str, *, certain: bool) -> None:
    found = content.understand(line, Context("en", MORNING)).decision

    assert isinstance(found, Emergency)
    assert found.certain is certain


@pytest.mark.parametrize(
    ("line", "topic"),
    [
        ("where is the fire exit", "safety.fire"),
        ("which stairs do we take in case of fire", "safety.fire"),
        ("what should we do in case of an earthquake", "safety.typhoon"),
        ("cửa thoát hiểm khi cháy ở đâu", "safety.fire"),
        ("cua thoat hiem tang 7 o dau", "safety.fire"),
        ("وين مخرج الطوارئ", "safety.fire"),
        ("ماذا نفعل عند حدوث زلزال", "safety.typhoon"),
    ],
)
def test_what_is_asked_beforehand_is_answered(content: Engine, line: str, topic: str) -> None:
    decision = content.understand(line, Context("en", MORNING)).decision

    assert isinstance(decision, Answer)
    assert (decision.topic, decision.hand_over) == (topic, False)


def joined(line: str, random_: random.Random) -> str:
    """Without one of its spaces."""
    gaps = [at for at, letter in enumerate(line) if letter == " "]
    at = random_.choice(gaps) if gaps else len(line)
    return line[:at] + line[at + 1 :]


def swapped(line: str, random_: random.Random) -> str:
    """Two neighbouring letters of a word of four or more have changed places."""
    written = line.split(" ")
    at = random_.choice([at for at, word in enumerate(written) if len(word) >= 4 and word.isalpha()] or [0])
    word = written[at]
    place = random_.randrange(max(1, len(word) - 1))
    written[at] = word[:place] + word[place + 1 : place + 2] + word[place : place + 1] + word[place + 2 :]
    return " ".join(written)


@pytest.mark.parametrize("language", ["ar", "en", "vi"])
@pytest.mark.parametrize(("change", "most"), [(joined, LOST_SPACE), (swapped, LOST_SWAP)])
def test_danger_is_found_though_it_is_mistyped(
    content: Engine, language: str, change: Callable[[str, random.Random], str], most: dict[str, float]
) -> None:
    """By the cues alone, which need nothing else; the models find some of the others."""
    random_ = random.Random(5)  # noqa: S311 -- repeatable typing errors
    danger = lines(language, "danger", "danger_unseen")

    missed = [typed for line in danger if content.danger(typed := change(line, random_)) is None]

    assert len(missed) <= most[language] * len(danger), missed

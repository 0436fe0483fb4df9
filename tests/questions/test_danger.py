"""Messages of people in danger, and harmless ones that sound like it: written by hand, beside the cues that were mended with them.

The cues were mended against these very lines, so this keeps what is known rather than measuring what is not.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.answers.engine import Context, Engine
from bot.model.decisions import Emergency
from tests.conftest import MORNING

FOLDER = Path(__file__).parent / "emergencies"
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
        ("where is the fire exit", False),
        ("cửa thoát hiểm khi cháy ở đâu", False),
    ],
)
def test_a_harmless_phrase_hides_no_danger(content: Engine, line: str, *, certain: bool) -> None:
    found = content.understand(line, Context("en", MORNING)).decision

    assert isinstance(found, Emergency)
    assert found.certain is certain

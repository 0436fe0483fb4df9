"""``desk check`` as organisers run it: in a process of its own, with every fault on a line and the end said by its exit."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.unit.content.small import SmallContent

pytestmark = pytest.mark.process
NO_ADDRESS = "a web address begins with https:// and holds no spaces"
NO_PHONE = "a phone number is digits and spaces with an optional + before them"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A checkout whose content is the small one."""
    shutil.copytree(ROOT / "bot", tmp_path / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    SmallContent.write(tmp_path / "content")
    return tmp_path


def check(house: Path, *arguments: str) -> tuple[int, list[str]]:
    done = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-m", "bot", "check", *arguments],
        cwd=house,
        env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_a_clean_event_ends_with_zero(house: Path) -> None:
    assert check(house, "tiny") == (
        0,
        ["4 topics, 3 sessions, 7 facts (7 sample values to replace, 0 to confirm).", "Nothing to mend."],
    )


def test_a_faulty_event_ends_with_one_and_its_lines(house: Path) -> None:
    content = SmallContent(house / "content")
    content.edit("tiny/facts.yaml", "https://", "http://")
    content.edit("tiny/programme.yaml", "place: palace", "place: castle")

    assert check(house, "tiny") == (
        1,
        [
            f"tiny/facts.yaml:45: visa.page.value: {NO_ADDRESS}; read: http://example.org/visa",
            "tiny/programme.yaml:30: s3.place: no such place; read: castle; allowed: an id of places.yaml",
            "2 to mend, 0 to review.",
        ],
    )


def test_an_event_anywhere_can_be_checked(house: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "mine"
    elsewhere.parent.mkdir()
    shutil.copytree(house / "content" / "tiny", elsewhere)

    assert check(house, str(elsewhere))[0] == 0

    SmallContent(elsewhere.parent).edit("mine/contacts.yaml", '"115"', '"one-one-five"')
    assert check(house, str(elsewhere)) == (
        1,
        [
            f"mine/contacts.yaml:11: ambulance.phone: {NO_PHONE}; read: one-one-five",
            "1 to mend, 0 to review.",
        ],
    )


def test_a_stale_translation_fails_the_check_until_it_is_stamped(house: Path) -> None:
    content = SmallContent(house / "content")
    content.edit("library/hotel.yaml", "en: Breakfast,", "en: Breakfast and tea,")

    code, said = check(house, "tiny")
    assert code == 1
    assert said[0] == (
        "warning: library/hotel.yaml:28: topic.hotel.breakfast.title: the English changed, but vi and ar did not: "
        "stale translation; allowed: translate again, then 'desk check --stamp'"
    )
    assert said[-1] == "0 to mend, 1 to review."

    assert check(house, "tiny", "--stamp")[0] == 0
    assert check(house, "tiny")[0] == 0


def test_a_missing_fact_is_a_note_and_no_fault(house: Path) -> None:
    SmallContent(house / "content").edit("tiny/facts.yaml", "- id: hotel.breakfast\n", "- id: hotel.brunch\n")

    code, said = check(house, "tiny")

    assert code == 0
    assert said[0] == "note: library/hotel.yaml: hotel.breakfast is handed over at this event: hotel.breakfast"

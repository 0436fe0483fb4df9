"""The commands on a terminal: what goes in by arguments and pipes, and what comes out."""
# ruff: noqa: S603 -- every command is spelled out here

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.process import ROOT, START_WITHIN, environ, settings_of

pytestmark = [pytest.mark.process, pytest.mark.timeout(900)]

FIELDS = ["lang", "decision", "certain", "topic", "options", "confidence", "team", "reply"]


class Terminal:
    def __init__(self, data: Path, cache: Path) -> None:
        self._environ = environ(settings_of(data, cache)) | {"LC_ALL": "C"}
        self.data = data

    def run(self, *arguments: str, typed: str | bytes = b"") -> tuple[int, str, str]:
        ended = subprocess.run(
            [sys.executable, "-m", "bot", *arguments], cwd=ROOT, env=self._environ, check=False,
            input=typed.encode() if isinstance(typed, str) else typed, capture_output=True, timeout=START_WITHIN,
        )  # fmt: skip
        out, err = ended.stdout.decode(), ended.stderr.decode()
        assert "Traceback" not in out + err, err
        return ended.returncode, out, err


@pytest.fixture
def terminal(tmp_path: Path, cache_folder: Path) -> Terminal:
    return Terminal(tmp_path / "data", cache_folder)


def test_one_question_as_json(terminal: Terminal) -> None:
    code, out, _ = terminal.run("ask", "--json", "متى", "الجلسة", "الافتتاحية؟")

    answer = json.loads(out)
    assert code == 0
    assert list(answer) == FIELDS
    assert (answer["lang"], answer["decision"], answer["topic"]) == ("ar", "answer", "schedule.opening")
    assert "08:30" in answer["reply"]
    assert not terminal.data.exists()  # nothing is kept


def test_a_batch_keeps_its_order_and_tells_of_bad_lines(terminal: Terminal) -> None:
    lines: list[Any] = [
        {"id": "a", "text": "Where is the prayer room?"},
        {"id": 2, "text": "Lễ khai mạc lúc mấy giờ?", "lang": "vi"},
        "this is not JSON",
        {"id": "c"},
        {"id": "d", "text": "wifi", "lang": "tlh"},
        {"id": "e", "text": 5},
        ["f"],
        {"id": None, "text": ""},
        {"id": "g", "text": "My colleague collapsed and is not breathing!"},
        {"id": "h", "text": "x" * 100_000},
        {"id": "i", "text": "أين غرفة الصلاة؟", "lang": "ar"},
    ]

    typed = "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    code, out, _ = terminal.run("ask", "--batch", typed=typed)

    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [answer["id"] for answer in answers] == ["a", 2, None, None, None, None, None, None, "g", "h", "i"]
    assert [answer["line"] for answer in answers if "error" in answer] == [3, 4, 5, 6, 7]
    assert all(list(answer) == ["id", *FIELDS] and answer["reply"] for answer in answers if "error" not in answer)
    assert [answers[at]["lang"] for at in (0, 1, 10)] == ["en", "vi", "ar"]
    assert (answers[8]["decision"], answers[8]["certain"]) == ("emergency", True)


def test_a_good_batch_ends_well(terminal: Terminal) -> None:
    code, out, err = terminal.run("ask", "--batch", typed='{"id":"1","text":"wifi?","lang":"en"}\n\n')

    assert (code, len(out.splitlines()), err) == (0, 1, "")


def test_a_talk_in_three_languages(terminal: Terminal) -> None:
    typed = "Where is the prayer room?\nأين غرفة الصلاة؟\nPhòng cầu nguyện ở đâu?\n/lang en\n"

    code, out, _ = terminal.run("talk", typed=typed)

    assert code == 0
    at = [out.index(fact) for fact in ("second floor", "الطابق الثاني", "tầng 2")]
    assert at == sorted(at)


def test_a_talk_survives_odd_input(terminal: Terminal) -> None:
    code, out, _ = terminal.run("talk", "--lang", "vi", typed=b"\xff\xfe broken \x00\n999999\n1\n/quit\n")

    assert (code, out.count("\n> ")) == (0, 5)


def test_a_talk_survives_a_very_long_line(terminal: Terminal) -> None:
    code, out, _ = terminal.run("talk", "--lang", "vi", typed="x" * 200_000 + "\n/help\n")

    assert (code, out.count("\n> ")) == (0, 3)


def test_questions_without_words(terminal: Terminal) -> None:
    assert terminal.run("ask")[0] == 2
    assert terminal.run("ask", "--lang", "tlh", "wifi")[0] == 2
    assert terminal.run("no-such-command")[0] == 2


def test_check_finds_nothing_in_the_sample_event(terminal: Terminal) -> None:
    code, out, _ = terminal.run("check")

    assert (code, out.splitlines()[-1]) == (0, "Nothing to mend.")


def test_check_names_what_must_be_mended(terminal: Terminal, tmp_path: Path) -> None:
    event = tmp_path / "my-event"
    shutil.copytree(ROOT / "content" / "ap11", event)
    facts = event / "facts.yaml"
    facts.write_text(facts.read_text("utf-8") + "\n- id: wrong\n  type: nonsense\n", "utf-8")

    code, out, _ = terminal.run("check", str(event))

    assert code == 1
    assert "facts.yaml:" in out
    assert "to mend" in out.splitlines()[-1]


def test_check_of_no_folder(terminal: Terminal) -> None:
    code, out, err = terminal.run("check", "no-such-event")

    assert code == 1
    assert "no-such-event" in out + err

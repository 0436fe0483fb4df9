"""How long an event keeps what people write: read from its file, and checked."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.content.schema import RetentionIn
from bot.content.source import Folders, load
from bot.model.content import Retention
from bot.settings import content_root

READ = TypeAdapter(RetentionIn)


def test_the_sample_event_has_the_periods_that_are_promised() -> None:
    loaded = load(Folders.of(content_root(), "ap11"))

    assert loaded.snapshot is not None
    assert loaded.snapshot.event.retention == Retention(timedelta(days=30), timedelta(days=7), ("medical", "visa"))


def test_an_event_that_says_nothing_has_them_too() -> None:
    read = READ.validate_python({})

    assert Retention(read.chats, read.private_cases, read.private) == Retention()


@pytest.mark.parametrize(
    ("written", "period"),
    [("24 hours", timedelta(days=1)), ("1 day", timedelta(days=1)), ("90 days", timedelta(days=90))],
)
def test_periods_are_written_in_words(written: str, period: timedelta) -> None:
    assert READ.validate_python({"private_cases": written}).private_cases == period


@pytest.mark.parametrize(
    "written", ["0 days", "91 days", "7", 7, "a week", "-1 days", "7 days ", "٧ days", None, "1.5 days"]
)
def test_a_period_that_cannot_be_read_is_a_fault(written: object) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python({"private_cases": written})


def test_a_misspelt_team_is_a_fault_with_its_place(tmp_path: Path) -> None:
    shutil.copytree(content_root(), tmp_path / "content")
    file = tmp_path / "content" / "ap11" / "event.yaml"
    file.write_text(file.read_text("utf-8").replace("private: [medical, visa]", "private: [medcial, visa]"), "utf-8")

    [fault] = [fault for fault in load(Folders.of(tmp_path / "content", "ap11")).faults if not fault.warning]

    assert fault.field == "retention.private"
    assert fault.read == "medcial"

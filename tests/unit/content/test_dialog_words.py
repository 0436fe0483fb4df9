"""The words of a conversation: a list that is empty or means two things is told with its place, and nothing goes live."""

from __future__ import annotations

import pytest

from bot.content.load_dialog import FILE
from bot.settings import content_root
from tests.unit.content.small import SmallContent

WORDS = (content_root() / "library" / "dialog.yaml").read_text("utf-8")


@pytest.fixture
def talking(content: SmallContent) -> SmallContent:
    """With the words of the real library."""
    content.put(FILE, WORDS)
    return content


def test_the_words_of_the_library_are_good(talking: SmallContent) -> None:
    loaded = talking.load()

    assert loaded.errors == ()
    assert loaded.snapshot is not None
    assert "not that" in loaded.snapshot.library.dialog.denials["en"]


def test_content_without_the_file_is_good(content: SmallContent) -> None:
    assert content.load().errors == ()


@pytest.mark.parametrize(
    ("old", "new", "field", "problem"),
    [
        ("meant:\n  en: [i meant,", "meant:\n  en: [not that, i meant,", "denials.en", "this stands under meant too"),
        ("follow-up:\n  en: [and,", "follow-up:\n  en: [and so,", "follow-up.en", "one word each is expected here"),
        ("joints:\n  en: [and,", "jointz:\n  en: [and,", "joints", "this field is missing"),
    ],
)
def test_words_that_cannot_be_meant_are_faults(
    talking: SmallContent, old: str, new: str, field: str, problem: str
) -> None:
    talking.edit(FILE, old, new)

    loaded = talking.load()

    assert loaded.snapshot is None
    assert (field, problem) in [(fault.field, fault.problem) for fault in loaded.faults]


def test_an_empty_language_is_a_fault(talking: SmallContent) -> None:
    head, _, tail = WORDS.partition("here:\n")
    english, _, rest = tail.partition("\n")
    talking.put(FILE, f"{head}here:\n  en: []\n{rest}")

    assert english.startswith("  en:")
    assert [fault.field for fault in talking.load().errors] == ["here.en"]

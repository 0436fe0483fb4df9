"""What could not be answered is kept to learn from, without what points to a person."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from bot.cli import teach as cli
from bot.desk.teach import PREFIX, Teaching, Wording
from bot.model.people import DelegateId
from bot.privacy.masking import LONGEST, masked
from tests.conversations.world import Delegate, Desk

UNKNOWN = "where can I rent a unicycle"


async def wordings(desk: Desk) -> list[Wording]:
    return await Teaching(desk.store).wordings()


async def test_an_unanswered_question_is_counted_by_its_wording(desk: Desk) -> None:
    desk.takes(UNKNOWN, "transport.town", "side.sightseeing", trust=0.01)
    desk.takes(UNKNOWN.upper(), "transport.town", "side.sightseeing", trust=0.01)

    await Delegate(desk, "en", "Ann").says(UNKNOWN)
    await Delegate(desk, "en", "Bob").says(UNKNOWN)

    assert [(one.text, one.language, one.unanswered, one.denied) for one in await wordings(desk)] == [
        (UNKNOWN, "en", 2, 0)
    ]
    assert (await wordings(desk))[0].candidates == ("transport.town", "side.sightseeing")


async def test_a_denied_answer_names_the_topics_that_are_left(desk: Desk) -> None:
    guest = Delegate(desk, "en")
    desk.takes("the big thing", "hotel.wifi", "hotel.checkin", "hotel.breakfast", trust=0.9)
    await guest.says("the big thing")
    await guest.says("no, not that")
    await guest.says("no, not that")

    assert [(one.text, one.denied, one.candidates) for one in await wordings(desk)] == [
        ("the big thing", 1, ("hotel.checkin", "hotel.breakfast"))
    ]


@pytest.mark.parametrize(
    ("words", "topic"),
    [("my visa has a strange stamp", "visa.problem"), ("I need something for my nerves", "medical.support")],
)
async def test_nothing_is_kept_of_private_matters(desk: Desk, words: str, topic: str) -> None:
    desk.takes(words, topic, "hotel.wifi", trust=0.01)

    await Delegate(desk, "en").says(words)

    assert await wordings(desk) == []


async def test_a_wording_of_one_person_is_erased_with_them_and_a_shared_one_stays(desk: Desk) -> None:
    for words in (UNKNOWN, "is there a zoo in the basement"):
        desk.takes(words, "side.sightseeing", trust=0.01)
    ann, bob = Delegate(desk, "en", "Ann"), Delegate(desk, "en", "Bob")
    for guest in (ann, bob):
        await guest.says(UNKNOWN)
    await ann.says("is there a zoo in the basement")

    await desk.store.erase(DelegateId(f"webchat:{ann.name}"))

    assert [one.text for one in await wordings(desk)] == [UNKNOWN]
    assert "Ann" not in json.dumps(dict(await desk.store.recall_all(PREFIX)))


async def test_it_goes_when_chats_go(desk: Desk) -> None:
    desk.takes(UNKNOWN, "transport.town", trust=0.01)
    await Delegate(desk, "en").says(UNKNOWN)
    event = desk.engine.snapshot.event

    await desk.store.sweep(desk.clock.now() + event.retention.chats)
    kept = len(await wordings(desk))
    await desk.store.sweep(desk.clock.now() + event.retention.chats * 3)

    assert (kept, len(await wordings(desk))) == (1, 0)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("My name is Peter Brown, where is my room 1204?", "My name is …, where is my room #?"),
        ("call me on +84 912 345 678 or an@example.org", "call me on +# # # # or #"),
        ("Tôi tên Nguyễn Văn Bích, phòng 305", "Tôi tên …, phòng #"),
        ("أنا اسمي زكريا وغرفتي ٣٠٥", "أنا اسمي … وغرفتي #"),
        ("Did Zbigniew leave his bag?", "Did … leave his bag?"),
        ("WHERE IS ZBIGNIEW", "WHERE IS …"),
        ("ask @some_body or https://example.org/x?y=1", "ask # or #"),
    ],
)
def test_numbers_names_and_addresses_are_masked(desk: Desk, text: str, kept: str) -> None:
    engine = desk.engine

    shown = masked(text, engine.knows, engine.introduces_name, ())

    assert shown == kept


def test_the_name_of_the_chats_owner_is_masked_wherever_it_stands(desk: Desk) -> None:
    engine = desk.engine

    assert masked("hi, rose here, any flower shop?", engine.knows, engine.introduces_name, ["Rose"]) == (
        "hi, … here, any flower shop?"
    )
    assert masked("x" * (LONGEST + 1), engine.knows, engine.introduces_name, ()) == ""


def test_the_export_lists_words_under_the_likeliest_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    wording = {
        "text": 'a "quoted" one: #',
        "language": "en",
        "candidates": ["hotel.wifi"],
        "unanswered": 2,
        "denied": 1,
        "last": "",
    }
    other = replace(Wording("đồ chơi", "vi", ()), unanswered=1)
    found = {
        "wordings": [
            wording,
            {"text": other.text, "language": "vi", "candidates": [], "unanswered": 1, "denied": 0, "last": ""},
        ]
    }
    monkeypatch.setattr(cli, "of_running_desk", lambda *_, **__: found)

    listed = CliRunner().invoke(cli.command, ["list"]).output
    exported = CliRunner().invoke(cli.command, ["export", "--format", "yaml"]).output
    lines = CliRunner().invoke(cli.command, ["export", "--lang", "vi"]).output

    assert listed.splitlines()[0] == '   3 (1 denied)  en  a "quoted" one: #'
    assert exported.splitlines()[1:] == [
        "hotel.wifi:",
        '  - "a \\"quoted\\" one: #"  # en',
        "unknown:",
        '  - "đồ chơi"  # vi',
    ]
    assert [json.loads(line)["text"] for line in lines.splitlines()] == ["đồ chơi"]

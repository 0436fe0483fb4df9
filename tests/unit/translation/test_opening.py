"""Settings, the event's permission, and whether the service is there: on the board, as an alarm, in ``desk check``."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import open_house
from bot.cli.check import translation_said
from bot.health.alarms import Alarms
from bot.health.parts import Board
from bot.i18n.translator import load_speakers
from bot.model.errors import SettingsError
from bot.model.messages import Inbound, InboundId, Message, Sender
from bot.model.people import Address
from bot.model.rich import letters
from bot.settings import Settings, locales_root, read_settings
from bot.translation.opening import open_translation
from bot.translation.watching import LASTS, PART, TranslationCheck, reason_of
from bot.transports.libretranslate import LibreTranslate
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.fakes.libretranslate import FakeLibreTranslate, answers, error, served
from tests.unit.content.small import SmallContent
from tests.unit.translation.conftest import Room

LEASE = timedelta(minutes=1)
KEY = "9c1d-Some-Long-Key"


# ---------------------------------------------------------------- settings


async def test_off_by_default() -> None:
    async with AsyncExitStack() as stack:
        store = DocumentStore(MemoryTables())
        assert await open_translation(stack, Settings(), store, lambda: None, lambda: None) is None  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://translate.example.org/", "https://translate.example.org"),
        ("https://translate.example.org/translate", "https://translate.example.org"),
        ("https://example.org/libre", "https://example.org/libre"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
    ],
)
def test_the_address_is_the_servers(given: str, url: str) -> None:
    settings = read_settings({"DESK_TRANSLATE_URL": given, "DESK_TRANSLATE_KEY": KEY})

    assert (settings.translate_url, settings.translate_key) == (url, KEY)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"DESK_TRANSLATE_KEY": KEY}, "DESK_TRANSLATE_KEY:1: needs DESK_TRANSLATE_URL"),
        ({"DESK_TRANSLATE_URL": "translate.example.org"}, "an address begins with https://"),
        ({"DESK_TRANSLATE_URL": "http://translate.example.org"}, "must not travel in the open"),
        ({"DESK_TRANSLATE_URL": "https://"}, "only the address of the server"),
        (
            {"DESK_TRANSLATE_URL": f"https://translate.example.org?api_key={KEY}"},
            "its key stands in DESK_TRANSLATE_KEY",
        ),
        ({"DESK_TRANSLATE_URL": f"https://me:{KEY}@translate.example.org"}, "its key stands in DESK_TRANSLATE_KEY"),
        ({"DESK_TRANSLATE_URL": "https://t.org", "DESK_TRANSLATE_KEY": f"two words {KEY}"}, "not a key"),
        ({"DESK_TRANSLATE_URL": "https://t.org", "DESK_TRANSLATE_KEY": "your-key-here"}, "not a key"),
    ],
)
def test_wrong_values_are_refused_at_the_start_and_no_secret_is_shown(environment: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(environment)

    assert told in str(refused.value)
    assert KEY not in str(refused.value)


def test_a_file_with_the_key_must_not_be_readable_by_others(tmp_path: Path) -> None:
    file = tmp_path / "desk.env"
    file.write_text(f"TRANSLATE_URL=https://t.org\nTRANSLATE_KEY={KEY}\n", "utf-8")
    file.chmod(0o644)

    with pytest.raises(SettingsError, match="others can read this file"):
        read_settings({}, file=file)


# ---------------------------------------------------------------- the event


@pytest.mark.parametrize(
    ("said", "allowed"),
    [("", set()), ("machine_translation: {restricted: [medical]}", {"medical"}), ("machine_translation: {}", set())],
)
def test_the_event_says_which_restricted_words_may_leave(tmp_path: Path, said: str, allowed: set[str]) -> None:
    content = SmallContent.write(tmp_path)
    content.put("tiny/event.yaml", (content.root / "tiny/event.yaml").read_text("utf-8") + f"\n{said}\n")
    snapshot = content.load().snapshot

    assert snapshot is not None
    assert snapshot.event.machine_reads == allowed


@pytest.mark.parametrize("said", ["{restricted: [everything]}", "{restricted: true}", "{medical: yes}"])
def test_another_permission_than_there_is_is_a_fault(tmp_path: Path, said: str) -> None:
    content = SmallContent.write(tmp_path)
    head = (content.root / "tiny/event.yaml").read_text("utf-8")
    content.put("tiny/event.yaml", f"{head}\nmachine_translation: {said}\n")

    [fault] = content.load().faults
    assert fault.field.startswith("machine_translation")
    assert fault.line > len(head.splitlines())


# ---------------------------------------------------------------- is it there


async def test_a_well_service_is_green_and_gets_no_words(room: Room) -> None:
    board, alarms = Board(lambda: datetime.now(UTC)), Alarms(lambda: datetime.now(UTC))
    await TranslationCheck(room.machine, alarms, board, lambda: room.now[0])()

    assert (board.parts[PART].level, board.parts[PART].reason) == ("green", "")
    assert (room.fake.looked, room.fake.asked) == (1, [])


async def test_a_service_that_stays_away_is_told_after_a_while_and_once_it_is_back(room: Room) -> None:
    board, alarms = Board(lambda: datetime.now(UTC)), Alarms(lambda: datetime.now(UTC))
    check = TranslationCheck(room.machine, alarms, board, lambda: room.now[0])
    room.machine.service.url = "http://127.0.0.1:1"
    await check()
    assert (board.parts[PART].level, board.parts[PART].reason) == ("green", "unreachable")
    assert alarms.current == []
    room.passes(LASTS)
    await check()
    assert board.parts[PART].level == "amber"
    said = {language: alarms.current[0].said(speaker) for language, speaker in load_speakers(locales_root()).items()}
    assert said["en"].startswith("The translation service has not answered since")
    assert len(set(said.values())) == 3

    room.machine.service.url = room.fake.url
    await check()
    assert (board.parts[PART].level, board.parts[PART].reason) == ("green", "")
    assert alarms.current == []


async def test_a_key_that_is_refused_is_told_though_the_list_of_languages_needs_none(room: Room) -> None:
    board, alarms = Board(lambda: datetime.now(UTC)), Alarms(lambda: datetime.now(UTC))
    room.fake.trouble = error(403, "Invalid API key")
    room.known(awaits=room.awaits())
    await room.works_off()
    await TranslationCheck(room.machine, alarms, board, lambda: room.now[0])()

    assert board.parts[PART].reason == "refused"


async def test_a_service_without_our_languages(room: Room) -> None:
    room.fake.languages = ("en", "vi")

    assert await reason_of(room.machine.service) == "languages"


async def test_check_says_whether_it_is_reachable_and_sends_no_words(room: Room) -> None:
    well = await translation_said(Settings(translate_url=room.fake.url))
    away = await translation_said(Settings(translate_url="http://127.0.0.1:1"))

    assert well == "Machine translation is on: the service answers and translates between all languages."
    assert away == (
        "note: machine translation is on, but of no use now: "
        "the service at DESK_TRANSLATE_URL does not answer as LibreTranslate does"
    )
    assert room.fake.asked == []


async def test_answers_that_are_no_list_of_languages() -> None:
    fake = FakeLibreTranslate()
    async with served(fake), LibreTranslate(fake.url) as service:
        for shape in ({"error": "x"}, ["en"], [{"name": "English"}], "en", None, 7):
            fake.languages_answer = answers(shape)
            assert await reason_of(service) == "unreachable", shape


# ---------------------------------------------------------------- in the house


async def test_the_house_opens_with_it_and_delegates_are_told(cache_folder: Path, tmp_path: Path) -> None:
    async with served(FakeLibreTranslate()) as fake:
        given = {"translate_url": fake.url, "database_url": "memory:", "http": "127.0.0.1:0"}
        settings = read_settings({}, given={**given, "cache_dir": cache_folder, "data_dir": tmp_path})
        async with open_house(settings) as house:
            await house.health.checks[PART][1]()
            who = Address("webchat", "amal")
            asked = Inbound(InboundId("1"), Sender(who, language_hint="en"), house.clock.now(), command="privacy")
            await house.front.receive(asked)
            [row] = await house.store.claim_outbox(limit=9, now=house.clock.now(), lease=LEASE)

            assert house.health.board.parts[PART].level == "green"
            assert "translation" in house.loops
            assert isinstance(row.body, Message)
            assert "a translation service may be given what you write" in letters(row.body.text)

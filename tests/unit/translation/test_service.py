"""The service over HTTP: what is asked, and that no answer of any kind does harm."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web

from bot.transports.libretranslate import LibreTranslate, NotTranslated, Trouble
from tests.fakes.libretranslate import FakeLibreTranslate, answers, error, raw, served

SECRET_WORDS = "room 1204, my heart"


@pytest.fixture
async def fake() -> AsyncIterator[FakeLibreTranslate]:
    async with served(FakeLibreTranslate()) as opened:
        yield opened


async def test_what_it_asks_is_what_libretranslate_reads(fake: FakeLibreTranslate) -> None:
    fake.key = "k3y"
    async with LibreTranslate(fake.url, "k3y") as service:
        assert await service.translate("أين حقيبتي؟", "ar", "en") == "[en] أين حقيبتي؟"
        assert await service.translate("我的行李", "auto", "en") == "[en] 我的行李"
        assert set(await service.languages()) == {"en", "ar", "vi", "zh"}

    assert fake.asked[0] == {
        "q": "أين حقيبتي؟", "source": "ar", "target": "en", "format": "text", "api_key": "k3y",
    }  # fmt: skip
    assert fake.violations == []


async def test_a_translation_turns_no_text_around(fake: FakeLibreTranslate) -> None:
    fake.says["a", "ar"] = "\u202e\u2066 مرحبا \u2069\u202c"
    async with LibreTranslate(fake.url) as service:
        assert await service.translate("a", "en", "ar") == "مرحبا"


async def test_without_a_key_none_is_sent(fake: FakeLibreTranslate) -> None:
    async with LibreTranslate(fake.url) as service:
        await service.translate("a", "en", "vi")

    assert "api_key" not in fake.asked[0]


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (error(429), "busy"),
        (error(403, "Invalid API key"), "key"),
        (error(401, "no"), "key"),
        (error(400, "Please contact the server operator to get an API key"), "key"),
        (error(400, "xx is not supported"), "text"),
        (error(413, "too long"), "text"),
        (error(500, f"Cannot translate text: {SECRET_WORDS}"), "away"),
        (raw(b"<html>Bad request</html>", status=400, kind="text/html"), "away"),
        (raw(b"<html>Welcome to the hotel Wi-Fi</html>", kind="text/html"), "away"),
        (raw(b""), "away"),
        (raw(b"{"), "away"),
        (raw(b"\xff\xfe\x00"), "away"),
        (raw(b"[" * 100_000), "away"),
        (answers([]), "away"),
        (answers({"translatedText": None}), "away"),
        (answers({"translatedText": ["a"]}), "away"),
        (answers({"translatedText": "  "}), "away"),
        (answers({"translatedText": "word " * 5_000}), "away"),
        (raw(json.dumps({"translatedText": "x" * 5_000_000}).encode()), "away"),
        (lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}), "away"),
    ],
)
async def test_every_answer_that_is_no_translation_is_told_by_its_kind(
    fake: FakeLibreTranslate, answer: Callable[[], web.Response], trouble: Trouble
) -> None:
    fake.trouble = answer
    async with LibreTranslate(fake.url) as service:
        with pytest.raises(NotTranslated) as told:
            await service.translate(SECRET_WORDS, "en", "vi")

    assert told.value.trouble == trouble
    said = f"{told.value} {told.value.__cause__}"
    assert not [word for word in (SECRET_WORDS, "127.0.0.1", fake.url) if word in said]


@pytest.mark.parametrize(("header", "seconds"), [("17", 17.0), ("", 0.0), ("soon", 0.0), ("-5", 0.0), ("9" * 400, 0.0)])
async def test_how_long_a_busy_service_asks_to_be_left_alone(
    fake: FakeLibreTranslate, header: str, seconds: float
) -> None:
    fake.trouble = error(429, **{"Retry-After": header})
    async with LibreTranslate(fake.url) as service:
        with pytest.raises(NotTranslated) as told:
            await service.translate("a", "en", "vi")

    assert told.value.wait == seconds


async def test_a_slow_service_is_not_waited_for(fake: FakeLibreTranslate) -> None:
    fake.gate.clear()
    async with LibreTranslate(fake.url, patience=0.05) as service:
        with pytest.raises(NotTranslated, match="Timeout"):
            await service.translate("a", "en", "vi")


async def test_nobody_at_that_address(fake: FakeLibreTranslate) -> None:
    async with LibreTranslate("http://127.0.0.1:1") as service:
        with pytest.raises(NotTranslated):
            await service.translate("a", "en", "vi")
        with pytest.raises(NotTranslated):
            await service.languages()
    del fake

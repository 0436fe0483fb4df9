"""The web chat's contract with its page."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from bot.channels.webchat import door
from bot.model.messages import Attachment
from bot.model.rich import Span, plain
from bot.transports.web_cookies import hashed
from tests.unit.web.conftest import Browser
from tests.unit.web.events import ended, next_event
from tests.unit.web.world import BUTTONS, LOBBY, MORNING, World, browser


async def send(client: Browser, text: str = "Where is the bus?", **more: Any) -> Any:
    # As a browser writes JSON: letters as they are.
    body = json.dumps({"id": str(uuid4()), "text": text, **more}, ensure_ascii=False)
    return await client.post("/chat/messages", data=body.encode())


async def history(client: Browser, after: int = 0) -> Any:
    return await (await client.get(f"/chat/messages?after={after}")).json()


def session_of(world: World) -> str:
    return world.accepted[-1].sender.address.key


async def test_session_sets_a_cookie_of_which_the_store_knows_only_the_hash(world: World, visitor: Browser) -> None:
    answer = await visitor.post("/chat/session", json={"language": "vi"})
    cookie = answer.cookies["desk-chat"]

    assert (await answer.json())["language"] == "vi"
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Strict", "/", "")
    assert len(cookie.value) >= 43
    assert await world.store.recall(f"webchat:session:{hashed(cookie.value)}") is not None
    assert await world.store.recall(f"webchat:session:{cookie.value}") is None


async def test_session_under_https_is_bound_to_the_host(world: World) -> None:
    async with browser(world, public_url="https://desk.example.org") as client:
        answer = await client.post("/chat/session", json={}, headers={"Origin": "https://desk.example.org"})

        cookie = answer.cookies["__Host-desk-chat"]
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


async def test_session_is_kept_while_its_cookie_is_valid(world: World, delegate: Browser) -> None:
    await send(delegate, "first")
    await delegate.post("/chat/session", json={"language": "en"})
    await send(delegate, "second")

    assert len({inbound.sender.address for inbound in world.accepted}) == 1


async def test_session_tells_what_the_page_needs(delegate: Browser) -> None:
    said = await (await delegate.post("/chat/session", json={"language": "ar"})).json()

    assert set(said) == {"language", "strings", "event", "seq"}
    assert said["event"]["short"] == "AP-11"
    assert {language: len(questions) for language, questions in said["event"]["examples"].items()} == {
        "en": 3,
        "ar": 3,
        "vi": 3,
    }
    assert [phone["href"] for phone in said["event"]["phone"]] == ["tel:+842400000100", "tel:115"]
    assert all(said["strings"].values())


async def test_message_reaches_the_desk_as_it_was_written(world: World, delegate: Browser) -> None:
    number = str(uuid4())
    text = "  Xin chào 👋🏽\u202eأين القاعة؟\n<b>x</b>  "
    answer = await delegate.post("/chat/messages", json={"id": number.upper(), "text": text})

    assert (answer.status, await answer.json()) == (200, {"ok": True})
    [inbound] = world.accepted
    assert inbound.text == text
    assert inbound.id == f"webchat:{session_of(world)}:{number}"
    assert inbound.sender.language_hint == "en"
    assert inbound.received_at == MORNING


async def test_press_reaches_the_desk_as_a_press(world: World, delegate: Browser) -> None:
    await delegate.post("/chat/messages", json={"id": str(uuid4()), "press": "topic:hotel.wifi"})

    assert [(inbound.press, inbound.text) for inbound in world.accepted] == [("topic:hotel.wifi", "")]


async def test_the_same_message_twice_counts_once(world: World, delegate: Browser) -> None:
    number = str(uuid4())
    statuses = [(await delegate.post("/chat/messages", json={"id": number, "text": "once"})).status for _ in range(2)]

    assert statuses == [200, 200]
    assert len(world.accepted) == 1
    assert [entry["id"] for entry in (await history(delegate))["entries"]] == [number, ""]


@pytest.mark.parametrize(
    "body",
    [
        {"text": "no id"},
        {"id": "42", "text": "no uuid"},
        {"id": 7, "text": "a number"},
        {"id": str(uuid4()), "text": "   "},
        {"id": str(uuid4())},
        {"id": str(uuid4()), "text": ["a", "list"]},
        {"id": str(uuid4()), "press": "x" * 201},
        {"id": str(uuid4()), "press": "topic:\nhotel"},
        [],
    ],
)
async def test_message_that_cannot_be_read_is_refused_with_a_sentence(
    world: World, delegate: Browser, body: Any
) -> None:
    answer = await delegate.post("/chat/messages", json=body)

    assert answer.status == 400
    assert (await answer.json())["error"].endswith(".")
    assert world.accepted == []


async def test_body_that_is_no_json_is_refused(delegate: Browser) -> None:
    for raw in (b"{", b"\xff\xfe", b"[" * 5_000):
        answer = await delegate.post("/chat/messages", data=raw)
        assert answer.status == 400


async def test_too_long_text_reaches_the_desk_as_such(world: World, delegate: Browser) -> None:
    answer = await send(delegate, "ا" * 100_001)

    assert answer.status == 200
    assert (world.accepted[0].refused, world.accepted[0].text) == ("too-long", "ا" * 500)


async def test_longest_text_passes(world: World, delegate: Browser) -> None:
    assert (await send(delegate, "🌊" * 100_000)).status == 200
    assert (world.accepted[0].refused, len(world.accepted[0].text)) == ("", 100_000)


async def test_body_over_the_limit_is_refused_with_a_sentence(delegate: Browser) -> None:
    answer = await send(delegate, "x" * 600_000)

    assert answer.status == 413
    assert (await answer.json())["error"]


async def test_letters_that_no_store_can_hold_are_replaced(world: World, delegate: Browser) -> None:
    raw = f'{{"id": "{uuid4()}", "text": "a\\ud800b\\u0000c"}}'
    assert (await delegate.post("/chat/messages", data=raw.encode())).status == 200
    assert world.accepted[0].text == "a?b\ufffdc"


async def test_message_without_a_session_is_refused(world: World, visitor: Browser) -> None:
    for path in ("/chat/messages", "/chat/language"):
        assert (await visitor.post(path, json={"id": str(uuid4()), "text": "x"})).status == 401
    for path in ("/chat/messages", "/chat/events"):
        assert (await visitor.get(path)).status == 401
    assert world.accepted == []


async def test_guessed_session_is_no_session(world: World, visitor: Browser) -> None:
    visitor.session.cookie_jar.update_cookies({"desk-chat": "x" * 43}, visitor.make_url("/"))

    assert (await send(visitor)).status == 401
    assert world.accepted == []


async def test_store_that_is_down_is_told_with_the_numbers(world: World, delegate: Browser) -> None:
    world.down = True
    answer = await send(delegate)
    said = await answer.json()

    assert answer.status == 503
    assert said["error"]
    assert [phone["number"] for phone in said["phone"]] == ["+84 24 0000 0100", "115"]


async def test_store_that_is_down_tells_the_emergency_number_first_in_an_emergency(
    world: World, delegate: Browser
) -> None:
    world.down = True
    said = await (await send(delegate, "help, she fainted")).json()

    assert said["phone"][0] == {"name": "Ambulance", "number": "115", "href": "tel:115", "emergency": True}


async def test_emergency_has_the_numbers_while_the_store_hangs_and_is_taken_all_the_same(
    world: World, delegate: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "NUMBERS_WITHIN", timedelta(seconds=0.05))
    answers, recall = asyncio.Event(), world.store.recall

    async def hangs(key: str) -> str | None:
        await answers.wait()
        return await recall(key)

    monkeypatch.setattr(world.store, "recall", hangs)
    number = str(uuid4())
    answer = await send(delegate, "help, she fainted", id=number)
    said = await answer.json()
    again = await send(delegate, "help, she fainted", id=number)  # as the page does: it waits for the first
    answers.set()

    assert again.status == 503
    assert (answer.status, said["phone"][0]["number"]) == (503, "115")
    async with asyncio.timeout(30):
        while not world.accepted:  # noqa: ASYNC110 -- what is waited for has no bell
            await asyncio.sleep(0.01)
    assert (await send(delegate, "help, she fainted", id=number)).status == 200


async def test_pace_slows_one_session_and_lets_emergencies_through(world: World, delegate: Browser) -> None:
    statuses = [(await send(delegate)).status for _ in range(21)]
    slowed = await send(delegate)

    assert statuses == [200] * 20 + [429]
    assert int(slowed.headers["Retry-After"]) >= 1
    assert (await slowed.json())["error"]
    assert (await send(delegate, "HELP")).status == 200
    pressed = await delegate.post("/chat/messages", json={"id": str(uuid4()), "press": "emergency:medical"})
    assert pressed.status == 200

    world.watch.pass_(timedelta(seconds=1))
    assert [(await send(delegate)).status for _ in range(2)] == [200, 429]


async def test_pace_of_one_session_is_not_that_of_another(world: World, delegate: Browser) -> None:
    for _ in range(21):
        await send(delegate)
    async with browser(world) as other:
        await other.post("/chat/session", json={})
        assert (await send(other)).status == 200


async def test_entry_is_told_in_full(world: World, delegate: Browser) -> None:
    await send(delegate, "hello")
    spans = (Span("Lobby", "bold"), Span(" at "), Span("07:00", "value"), Span("x", "link", "javascript:alert(1)"))
    await world.say(session_of(world), spans, author="staff", name="Lan", buttons=BUTTONS, pin=LOBBY)

    entry = (await history(delegate, after=2))["entries"][0]

    assert entry == {
        "seq": 3,
        "at": "2023-11-21T07:41:00+07:00",
        "time": "07:41",
        "day": "Tue 21 Nov",
        "author": "staff",
        "name": "Lan",
        "id": "",
        "lang": "en",
        "spans": [
            {"text": "Lobby", "style": "bold"},
            {"text": " at ", "style": "plain"},
            {"text": "07:00", "style": "value"},
            {"text": "x", "style": "link"},
        ],
        "buttons": [
            [
                {"label": "Copy the password", "style": "", "copy": "sample-123"},
                {"label": "Open the page", "style": "", "url": "https://example.org/wifi"},
            ],
            [{"label": "Ask a person", "style": "primary", "press": "command:human"}],
        ],
        "pin": {"name": "Lobby", "address": "1 Hang Bai, Ha Noi", "map": [21.0245, 105.8522]},
        "ticket": None,
    }


async def test_notes_and_other_histories_are_never_shown(world: World, delegate: Browser) -> None:
    await send(delegate, "mine")
    await world.say(session_of(world), plain("only for staff"), author="note")
    await world.say("somebody-else", plain("not yours"))

    said = await (await delegate.get("/chat/messages?after=0")).text()

    assert "only for staff" not in said
    assert "not yours" not in said


async def test_markup_in_a_text_stays_text(world: World, delegate: Browser) -> None:
    attack = "<img src=x onerror=alert(1)></script>&lt;{__class__}%s"
    await send(delegate, attack)
    answer = await delegate.get("/chat/messages?after=0")

    assert answer.content_type == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await answer.json())["entries"][0]["spans"] == [{"text": attack, "style": "plain"}]
    assert world.accepted[0].attachments == tuple[Attachment, ...]()


async def test_stream_replays_what_was_missed_and_goes_on(world: World, delegate: Browser) -> None:
    await send(delegate, "one")
    async with delegate.get("/chat/events", headers={"Last-Event-ID": "1"}) as stream:
        assert stream.content_type == "text/event-stream"
        assert stream.headers["X-Accel-Buffering"] == "no"
        missed = await next_event(stream)
        await world.say(session_of(world), plain("live"), author="staff")
        live = await next_event(stream)

    assert (missed.name, missed.id, missed.data["author"]) == ("entry", "2", "desk")
    assert (live.id, live.data["spans"][0]["text"]) == ("3", "live")


async def test_stream_begins_where_the_page_stands(world: World, delegate: Browser) -> None:
    await send(delegate, "one")
    async with delegate.get("/chat/events?after=2") as stream:
        await world.say(session_of(world), plain("only this"))
        assert (await next_event(stream)).id == "3"


async def test_stream_prefers_what_the_browser_saw_last(delegate: Browser) -> None:
    await send(delegate, "one")
    async with delegate.get("/chat/events?after=0", headers={"Last-Event-ID": "1"}) as stream:
        assert (await next_event(stream)).id == "2"


async def test_stream_keeps_order_and_misses_nothing_in_a_burst(world: World, delegate: Browser) -> None:
    await send(delegate, "one")
    async with delegate.get("/chat/events?after=2") as stream:
        for number in range(300):
            await world.say(session_of(world), plain(str(number)))
        seen = [int((await next_event(stream)).id) for _ in range(300)]

    assert seen == list(range(3, 303))


async def test_stream_shows_no_notes(world: World, delegate: Browser) -> None:
    await send(delegate, "one")
    async with delegate.get("/chat/events?after=2") as stream:
        await world.say(session_of(world), plain("secret"), author="note")
        await world.say(session_of(world), plain("open"))
        assert (await next_event(stream)).data["spans"][0]["text"] == "open"


async def test_stream_reads_again_after_a_gap(world: World, delegate: Browser) -> None:
    await send(delegate, "one")
    async with delegate.get("/chat/events?after=1") as stream:
        assert (await next_event(stream)).id == "2"
        world.store._feeds.clear()  # from here on no change is announced
        await world.say(session_of(world), plain("unheard"))
        world.feed.tell(None)
        assert (await next_event(stream)).id == "3"


async def test_page_ahead_of_an_erased_history_starts_over(delegate: Browser) -> None:
    await send(delegate, "one")
    ahead = await history(delegate, after=57)

    assert (ahead["seq"], [entry["seq"] for entry in ahead["entries"]]) == (2, [1, 2])
    async with delegate.get("/chat/events?after=57") as stream:
        assert (await next_event(stream)).name == "reset"


async def test_language_is_chosen_by_a_command(world: World, delegate: Browser) -> None:
    answer = await delegate.post("/chat/language", json={"language": "vi", "id": str(uuid4())})

    assert answer.status == 200
    assert [(inbound.command, inbound.text) for inbound in world.accepted] == [("lang", "vi")]
    assert (await history(delegate))["language"] == "vi"
    assert (await delegate.post("/chat/language", json={"language": "xx", "id": str(uuid4())})).status == 400


async def test_end_forgets_the_session_and_closes_its_streams(world: World, delegate: Browser) -> None:
    await send(delegate, "one")
    token = next(cookie.value for cookie in delegate.session.cookie_jar if cookie.key == "desk-chat")
    async with delegate.get("/chat/events?after=2") as stream:
        answer = await delegate.post("/chat/end", json={})
        assert answer.cookies["desk-chat"]["max-age"] == "0"
        assert await ended(stream)

    delegate.session.cookie_jar.update_cookies({"desk-chat": token}, delegate.make_url("/"))
    assert (await delegate.get("/chat/messages")).status == 401
    assert world.feed.streams == 0


async def test_page_is_in_the_visitors_language_and_carries_no_inline_script(visitor: Browser) -> None:
    arabic = await (await visitor.get("/chat?lang=ar&at=lobby")).text()
    wished = await (await visitor.get("/chat", headers={"Accept-Language": "fr, vi;q=0.8, en;q=0.5"})).text()

    assert '<html lang="ar" dir="rtl">' in arabic
    assert '<html lang="vi" dir="ltr">' in wished
    assert "+84 24 0000 0100" in wished
    assert "{{" not in arabic
    assert " style=" not in arabic
    assert "<style" not in arabic
    assert arabic.count("<script") == arabic.count('<script type="module" src=')


async def test_front_door_leads_to_the_chat(visitor: Browser) -> None:
    answer = await visitor.get("/", allow_redirects=False)

    assert (answer.status, answer.headers["Location"]) == (302, "/chat")


async def test_strings_exist_in_each_language(visitor: Browser) -> None:
    answers = [await visitor.get(f"/chat/strings/{language}.json") for language in ("en", "ar", "vi", "xx")]

    assert [answer.status for answer in answers] == [200, 200, 200, 404]


async def test_qr_code_is_a_drawing_without_styles(visitor: Browser) -> None:
    answer = await visitor.get("/chat/qr.svg?lang=ar&at=lobby")
    drawn = await answer.text()

    assert answer.content_type == "image/svg+xml"
    assert "<svg" in drawn
    assert "<style" not in drawn

"""The chat and the console in a real browser, over the real server and store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.model.language import LANGUAGES, Language
from bot.model.messages import TicketId
from bot.model.rich import Span, plain
from bot.model.tickets import Priority
from tests.e2e.stage import (
    ATTACK,
    BROWSER,
    DESKTOP,
    OFFLINE,
    OVERFLOWING,
    PHONE,
    QUESTION,
    SMALL,
    SMALL_TARGETS,
    Stage,
    eventually,
    stage,
    violations,
)
from tests.unit.web.world import BUTTONS, LOBBY, WIFI

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["stage"]
pytestmark = BROWSER


async def say(page: Page, text: str) -> None:
    await page.fill("#field", text)
    await page.press("#field", "Enter")


async def texts(page: Page, author: str = "delegate") -> list[str]:
    return await page.locator(f"#entries li.{author} .text").all_inner_texts()


async def fill_chat(stage: Stage, page: Page, language: Language) -> None:
    """A chat with everything that can stand in one."""
    await say(page, QUESTION[language])
    await page.wait_for_selector("li.desk")
    long = "https://example.org/" + "a" * 90
    spans = (*WIFI, Span("\n"), Span(long, "link", long), Span("\n" + "W" * 70))
    session = stage.session()
    await stage.world.say(session, spans, language=language, buttons=BUTTONS, pin=LOBBY)
    await stage.world.say(session, plain("شكرًا\nThank you\n" + "x" * 80), author="staff", name="Lan", ticket=12)
    await page.wait_for_selector("li.staff")


# ---------------------------------------------------------------- the chat


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [PHONE, SMALL, DESKTOP], ids=["phone", "small", "desktop"])
async def test_chat_fits_and_mirrors(stage: Stage, language: Language, size: dict[str, int]) -> None:
    page = await stage.chat(language, size=size)
    assert await page.evaluate(OVERFLOWING) == []
    await fill_chat(stage, page, language)

    assert await page.evaluate(OVERFLOWING) == []
    assert await page.evaluate(SMALL_TARGETS) == []
    assert await page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
    own = await page.locator("li.delegate").first.bounding_box()
    desk = await page.locator("li.desk").first.bounding_box()
    send = await page.locator("#send").bounding_box()
    typed = await page.locator("#field").bounding_box()
    assert own
    assert desk
    assert send
    assert typed
    assert (own["x"] < desk["x"]) is (language == "ar")
    assert (send["x"] < typed["x"]) is (language == "ar")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_chat_is_accessible(stage: Stage, language: Language, scheme: str) -> None:
    page = await stage.chat(language, scheme=scheme)
    assert await violations(page) == []
    await fill_chat(stage, page, language)
    await page.click("#menu summary")

    assert await violations(page) == []


async def test_first_view_is_light(stage: Stage) -> None:
    page = await (await stage.context()).new_page()
    weights: dict[str, int] = {}

    async def weigh(response: Any) -> None:
        if "/chat/static/" in response.url or response.url.endswith("/chat"):
            weights[response.url.rpartition("/")[2]] = (await response.request.sizes())["responseBodySize"]

    page.on("response", weigh)
    await page.goto(f"{stage.server.url}/chat")
    await page.wait_for_selector("#quick .chip")
    await page.wait_for_load_state("load")

    assert len(weights) <= 6
    assert sum(weights.values()) < 30_000, weights


async def test_history_stands_after_a_reload(stage: Stage) -> None:
    page = await stage.chat()
    await say(page, "first")
    await page.wait_for_selector("li.desk")
    await say(page, "second")
    await page.wait_for_selector("li.desk >> nth=1")
    before = await page.locator("#entries").inner_text()
    await page.reload()
    await page.wait_for_selector("li.desk >> nth=1")

    assert await page.locator("#entries").inner_text() == before
    assert len({inbound.sender.address for inbound in stage.world.accepted}) == 1


async def test_message_written_offline_arrives_once(stage: Stage) -> None:
    stage.expects(OFFLINE)
    page = await stage.chat()
    await page.context.set_offline(True)
    await say(page, "from the lift")
    await page.wait_for_selector("li.waiting")
    await page.wait_for_selector("#offline:not([hidden])")
    numbers = page.locator("#trouble a")
    assert [await link.get_attribute("href") for link in await numbers.all()] == ["tel:+842400000100", "tel:115"]
    await page.context.set_offline(False)
    await page.wait_for_selector("li.desk")

    assert await texts(page) == ["from the lift"]
    assert await page.locator("li.waiting").count() == 0
    assert not await page.locator("#trouble").is_visible()
    assert [inbound.text for inbound in stage.world.accepted] == ["from the lift"]


async def test_unsent_message_survives_a_reload(stage: Stage) -> None:
    stage.expects(OFFLINE)
    page = await stage.chat()
    await page.route(
        "**/chat/messages", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    await say(page, "kept on the phone")
    await page.wait_for_selector("li.waiting")
    await page.unroute("**/chat/messages")
    await page.reload()
    await page.wait_for_selector("li.desk")

    assert await texts(page) == ["kept on the phone"]
    assert len(stage.world.accepted) == 1


async def test_lost_answer_does_not_double_the_message(stage: Stage) -> None:
    stage.expects(OFFLINE)
    page = await stage.chat()
    tries = 0

    async def lose_the_first_answer(route: Any) -> None:
        nonlocal tries
        if route.request.method != "POST":
            await route.continue_()
            return
        tries += 1
        answer = await route.fetch()
        await (route.abort() if tries == 1 else route.fulfill(response=answer))

    await page.route("**/chat/messages", lose_the_first_answer)
    await say(page, "only once")
    await page.wait_for_function("() => localStorage.getItem('desk-chat-outbox') === '[]'")
    await page.wait_for_selector("li.desk")

    assert tries == 2
    assert await texts(page) == ["only once"]
    assert len(stage.world.accepted) == 1


async def test_messages_stay_in_order_and_once_over_broken_streams(stage: Stage) -> None:
    page = await stage.chat()
    await say(page, "start")
    await page.wait_for_selector("li.desk")
    session = stage.session()
    for number in range(12):
        if number % 3 == 0:
            stage.world.feed.end(stage.world.accepted[-1].sender.address.delegate)  # the stream breaks
        if number % 4 == 0:
            await page.evaluate("() => dispatchEvent(new Event('pageshow'))")
        await stage.world.say(session, plain(f"line {number}"), author="staff")
    await page.wait_for_function("() => document.querySelectorAll('li.staff').length >= 12")

    assert await texts(page, "staff") == [f"line {number}" for number in range(12)]


async def test_page_starts_over_when_its_history_was_erased(stage: Stage) -> None:
    page = await stage.chat()
    await say(page, "forget me")
    await page.wait_for_selector("li.desk")
    stage.world.store._history.clear()
    await stage.world.say(stage.session(), plain("a new beginning"), author="staff")
    await page.wait_for_selector("li.staff")

    assert await texts(page) == []
    assert await texts(page, "staff") == ["a new beginning"]


async def test_stream_that_never_opens_is_replaced_by_asking(stage: Stage) -> None:
    stage.expects(OFFLINE)
    page = await (await stage.context()).new_page()
    await page.route("**/chat/events*", lambda route: route.abort())
    await page.goto(f"{stage.server.url}/chat")
    await page.wait_for_selector("#quick .chip")
    await say(page, "hello")
    await page.wait_for_selector("li.desk")
    await stage.world.say(stage.session(), plain("by asking"), author="staff")
    await page.wait_for_selector("li.staff")

    assert await texts(page, "staff") == ["by asking"]


async def test_store_that_is_down_shows_numbers_and_keeps_the_message(stage: Stage) -> None:
    stage.expects("status of 503")
    page = await stage.chat()
    stage.world.down = True
    await say(page, "help")
    link = page.locator("#trouble a").first
    await link.wait_for()

    assert await link.get_attribute("href") == "tel:115"
    assert await page.locator("li.waiting").count() == 1
    stage.world.down = False
    await page.wait_for_selector("li.desk")
    assert not await page.locator("#trouble").is_visible()


async def test_markup_of_people_stays_text(stage: Stage) -> None:
    page = await stage.chat()
    await say(page, ATTACK)
    await page.wait_for_selector("li.desk")
    spans = (Span(ATTACK, "bold"), Span(ATTACK, "link", "javascript:window.taken=1"), Span(ATTACK, "phone", ATTACK))
    await stage.world.say(stage.session(), spans, author="staff", name=ATTACK)
    await page.wait_for_selector("li.staff")

    assert (await texts(page))[0] == ATTACK
    assert await page.evaluate("() => window.taken") is None
    assert await page.locator("#entries img, #entries script").count() == 0
    assert await page.locator("#entries a[href^='javascript']").count() == 0


async def test_language_is_switched_in_place(stage: Stage) -> None:
    page = await stage.chat()
    await say(page, "hello")
    await page.wait_for_selector("li.desk")
    await page.click("[data-language=ar]")
    await page.wait_for_selector("html[dir=rtl][lang=ar]")
    await page.wait_for_selector("li.desk >> nth=1")
    await page.reload()
    await page.wait_for_selector("#quick .chip")

    assert await page.get_attribute("html", "lang") == "ar"
    assert [inbound.text for inbound in stage.world.accepted if inbound.command == "lang"] == ["ar"]
    assert await texts(page) == ["hello"]


async def test_keyboard_alone_is_enough(stage: Stage) -> None:
    page = await stage.chat()
    await page.focus("#field")
    await page.keyboard.type("two")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("lines")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("li.desk")
    await page.focus("#quick .danger")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("li.desk >> nth=1")

    assert [(inbound.text, inbound.press) for inbound in stage.world.accepted] == [
        ("two\nlines", ""),
        ("", "emergency:medical"),
    ]
    outline = await page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


async def test_double_tap_is_one_press(stage: Stage) -> None:
    page = await stage.chat()
    await page.locator("#quick .chip").first.dblclick()
    await page.wait_for_selector("li.desk")
    await asyncio.sleep(0.3)

    assert [inbound.press for inbound in stage.world.accepted] == ["command:today"]


async def test_ended_chat_is_gone_from_the_device(stage: Stage) -> None:
    page = await stage.chat()
    await say(page, "secret")
    await page.wait_for_selector("li.desk")
    await page.fill("#field", "a draft")
    await page.click("#menu summary")
    await page.click("#end")
    await page.click("#ending .danger")
    await page.wait_for_selector("#over:not([hidden])")

    assert "secret" not in await page.inner_text("body")
    assert "secret" not in str(await page.evaluate("() => ({...localStorage})"))
    assert "draft" not in str(await page.evaluate("() => ({...localStorage})"))
    await page.click("#again")
    await page.wait_for_selector("#welcome:not([hidden])")
    assert await texts(page) == []


# ---------------------------------------------------------------- the console


async def open_tickets(stage: Stage) -> None:
    await stage.world.open_ticket("s1", QUESTION["ar"], topic="transport.lost-luggage", language="ar")
    await stage.world.open_ticket("s2", "She fainted " + "x" * 90, team="medical", priority=Priority.EMERGENCY)
    await stage.world.say("s1", plain(ATTACK), author="note", name="Lan", ticket=1)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [SMALL, DESKTOP], ids=["small", "desktop"])
async def test_console_fits(stage: Stage, language: Language, size: dict[str, int]) -> None:
    await open_tickets(stage)
    page = await stage.console(language, size=size)
    await page.wait_for_selector(".ticket >> nth=1")
    assert await page.evaluate(OVERFLOWING) == []
    await page.click("li[data-ticket='1'] button")
    await page.wait_for_selector("#entries li.note")

    assert await page.evaluate(OVERFLOWING) == []
    assert await page.evaluate(SMALL_TARGETS) == []
    assert await page.evaluate("() => window.taken") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
async def test_console_is_accessible(stage: Stage, language: Language, scheme: str) -> None:
    await open_tickets(stage)
    page = await stage.console(language, size=DESKTOP, scheme=scheme)
    await page.wait_for_selector(".ticket >> nth=1")
    assert await violations(page) == []
    await page.click("li[data-ticket='1'] button")
    await page.wait_for_selector("#entries li.note")

    assert await violations(page) == []


def seen(stage: Stage) -> set[int]:
    return {int(action.ticket) for action in stage.world.acted if action.verb == "seen"}


async def test_staff_work_through_a_ticket(stage: Stage) -> None:
    await open_tickets(stage)
    page = await stage.console(size=DESKTOP)
    await page.wait_for_selector(".ticket >> nth=1")
    assert "#2" in await page.locator(".ticket").first.inner_text()  # the emergency stands first
    await page.click("li[data-ticket='1'] button")
    await page.click("#acts .primary")
    await page.fill("#field", "At belt 4.")
    await page.press("#field", "Control+Enter")
    await page.wait_for_selector("#entries li.staff")
    await page.check("#note")
    await page.fill("#field", "Call back at 9.")
    await page.press("#field", "Control+Enter")
    await page.wait_for_selector("#entries li.note >> nth=1")

    done = [(action.verb, action.text) for action in stage.world.acted if action.verb != "seen"]
    assert done == [("claim", ""), ("reply", "At belt 4."), ("note", "Call back at 9.")]
    await eventually(lambda: 2 in seen(stage))
    claimed = await stage.world.store.ticket(TicketId(1))  # by claiming it, or just before
    assert claimed
    assert claimed.seen_at


SHOWN = """() => [...document.querySelectorAll("#tickets [data-ticket]")]
  .filter((node) => {
    const { top, bottom, height } = node.getBoundingClientRect();
    return (Math.min(bottom, innerHeight) - Math.max(top, 0)) / height >= 0.6;
  })
  .map((node) => Number(node.dataset.ticket))"""


async def test_queue_is_live_and_a_ticket_is_seen_only_when_shown(stage: Stage) -> None:
    page = await stage.console(size=DESKTOP)
    await page.wait_for_selector("#none:not([hidden])")
    for number in range(30):
        await stage.world.open_ticket(f"s{number}", f"question {number}")
    await page.wait_for_selector(".ticket >> nth=29")

    shown = set(await page.evaluate(SHOWN))
    assert 0 < len(shown) < 30
    await eventually(lambda: seen(stage) >= shown)
    await asyncio.sleep(0.5)  # for what should not come

    assert seen(stage) == shown


async def test_refused_action_is_told_in_a_sentence_and_the_draft_stays(stage: Stage) -> None:
    stage.expects("status of 409")
    await open_tickets(stage)
    page = await stage.console(size=DESKTOP)
    await page.click("li[data-ticket='1'] button")
    stage.world.refusal = "{name} is already helping."
    await page.fill("#field", "draft")
    await page.press("#field", "Control+Enter")
    await page.wait_for_function("() => document.getElementById('said').textContent !== ''")

    assert "Lan" in await page.inner_text("#said")
    assert await page.input_value("#field") == "draft"

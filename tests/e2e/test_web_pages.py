"""The chat and the console in a real browser, over the real server and store."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from bot.model.language import LANGUAGES, Language
from bot.model.rich import Span, plain
from bot.model.tickets import Priority
from tests.unit.web.world import BUTTONS, LOBBY, WIFI, World, open_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

    from bot.transports.web import WebServer

CHROMIUM = shutil.which("chromium")
MISSING = next(
    (
        f"{what} is not installed"
        for what, there in (
            ("playwright", find_spec("playwright")),
            ("axe-playwright-python", find_spec("axe_playwright_python")),
            ("chromium", CHROMIUM),
        )
        if not there
    ),
    "",
)
pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(MISSING), reason=MISSING)]

PHONE = {"width": 390, "height": 844}
SMALL = {"width": 360, "height": 640}
DESKTOP = {"width": 1280, "height": 800}
QUESTION: dict[Language, str] = {
    "en": "Where is lunch served today, and until when may we come?",
    "ar": "أين يُقدَّم الغداء اليوم في القاعة B2؟",
    "vi": "Trưa nay ăn ở đâu và đến mấy giờ thì hết phục vụ ạ?",
}
ATTACK = '<img src=x onerror="window.taken=1"><script>window.taken=1</script>{{7*7}} javascript:alert(1)'
OVERFLOWING = """() => [...document.querySelectorAll("body *")]
  .filter((node) => node.checkVisibility() && !node.classList.contains("hidden"))
  .filter((node) => {
    const box = node.getBoundingClientRect();
    return (node.clientWidth > 0 && node.scrollWidth > node.clientWidth) || box.left < -1 || box.right > innerWidth + 1;
  })
  .map((node) => `${node.tagName}#${node.id}.${node.className} ${node.scrollWidth}>${node.clientWidth}`)"""
SMALL_TARGETS = """() => [...document.querySelectorAll("button, .button, summary, select")]
  .filter((node) => node.checkVisibility())
  .filter((node) => { const box = node.getBoundingClientRect(); return box.height < 43.5 || box.width < 43.5; })
  .map((node) => node.textContent)"""


@dataclass
class Stage:
    world: World
    server: WebServer
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    async def context(self, *, size: dict[str, int] | None = None, scheme: str = "light") -> BrowserContext:
        options: Any = {"viewport": size or PHONE, "color_scheme": scheme, "locale": "en-GB"}
        context = await self.browser.new_context(**options)
        context.set_default_timeout(8_000)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", self._listen)
        return context

    def _listen(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complaints.append(said.text)

    async def chat(self, language: Language = "en", **options: Any) -> Page:
        page = await (await self.context(**options)).new_page()
        await page.goto(f"{self.server.url}/chat?lang={language}&at=lobby")
        await page.wait_for_selector("#quick .chip")
        return page

    async def console(self, language: Language = "en", **options: Any) -> Page:
        page = await (await self.context(**options)).new_page()
        await page.goto(f"{self.server.url}/desk/enter?lang={language}&token={await self.world.link()}")
        await page.click("#enter")
        await page.wait_for_url("**/desk/")
        await page.select_option("#language", language)
        return page

    def session(self) -> str:
        return self.world.accepted[-1].sender.address.key


@asynccontextmanager
async def _stage() -> AsyncIterator[Stage]:
    from playwright.async_api import async_playwright  # noqa: PLC0415 -- optional dependency

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    async with open_world() as world, world.server(demo=True) as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield Stage(world, server, browser)
        await browser.close()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with _stage() as opened:
        yield opened
        assert opened.complaints == []  # no script error, and nothing the security policy had to stop


async def say(page: Page, text: str) -> None:
    await page.fill("#field", text)
    await page.press("#field", "Enter")


async def texts(page: Page, author: str = "delegate") -> list[str]:
    return await page.locator(f"#entries li.{author} .text").all_inner_texts()


async def violations(page: Page) -> list[str]:
    # Optional, and it comes without types.
    from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # noqa: PLC0415

    found = (await Axe().run(page)).response["violations"]
    return [
        f"{one['id']}: {[node['html'] for node in one['nodes']]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


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
    stage.complaints.clear()  # the browser itself reports requests that failed offline


async def test_unsent_message_survives_a_reload(stage: Stage) -> None:
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
    stage.complaints.clear()


async def test_lost_answer_does_not_double_the_message(stage: Stage) -> None:
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
    stage.complaints.clear()


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
    page = await (await stage.context()).new_page()
    await page.route("**/chat/events*", lambda route: route.abort())
    await page.goto(f"{stage.server.url}/chat")
    await page.wait_for_selector("#quick .chip")
    await say(page, "hello")
    await page.wait_for_selector("li.desk")
    await stage.world.say(stage.session(), plain("by asking"), author="staff")
    await page.wait_for_selector("li.staff", timeout=15_000)

    assert await texts(page, "staff") == ["by asking"]
    stage.complaints.clear()


async def test_store_that_is_down_shows_numbers_and_keeps_the_message(stage: Stage) -> None:
    page = await stage.chat()
    stage.world.down = True
    await say(page, "help")
    link = page.locator("#trouble a").first
    await link.wait_for()

    assert await link.get_attribute("href") == "tel:115"
    assert await page.locator("li.waiting").count() == 1
    stage.world.down = False
    await page.wait_for_selector("li.desk", timeout=15_000)
    assert not await page.locator("#trouble").is_visible()
    stage.complaints.clear()


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
    assert {action.ticket for action in stage.world.acted if action.verb == "seen"} == {1, 2}


async def test_queue_is_live_and_a_ticket_is_seen_only_when_shown(stage: Stage) -> None:
    page = await stage.console(size=DESKTOP)
    await page.wait_for_selector("#none:not([hidden])")
    for number in range(30):
        await stage.world.open_ticket(f"s{number}", f"question {number}")
    await page.wait_for_selector(".ticket >> nth=29")

    def seen_now() -> set[int]:
        return {int(action.ticket) for action in stage.world.acted if action.verb == "seen"}

    async with asyncio.timeout(30):  # the machine may be busy
        while not seen_now():  # noqa: ASYNC110 -- no bell rings here
            await asyncio.sleep(0.05)
    await asyncio.sleep(1)
    seen = seen_now()

    assert 0 < len(seen) < 30
    assert seen == set(range(1, len(seen) + 1))


async def test_refused_action_is_told_in_a_sentence_and_the_draft_stays(stage: Stage) -> None:
    await open_tickets(stage)
    page = await stage.console(size=DESKTOP)
    await page.click("li[data-ticket='1'] button")
    stage.world.refusal = "{name} is already helping."
    await page.fill("#field", "draft")
    await page.press("#field", "Control+Enter")
    await page.wait_for_function("() => document.getElementById('said').textContent !== ''")

    assert "Lan" in await page.inner_text("#said")
    assert await page.input_value("#field") == "draft"
    stage.complaints.clear()  # the browser reports the 409

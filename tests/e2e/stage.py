"""A browser in front of the real server and store: what every test of the pages begins with."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import pytest

from bot.model.language import Language
from tests.unit.web.world import World, open_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

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
BROWSER = [pytest.mark.browser, pytest.mark.skipif(bool(MISSING), reason=MISSING)]
PATIENCE: Final = 90_000  # ms, for a machine that is busy
OFFLINE: Final = "ERR_"
"""What the browser reports of requests that did not get through."""

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
    expected: tuple[str, ...] = ()
    """What the browser itself reports of a fault that a test makes, such as an answer of 409; whenever it does so."""

    async def context(self, *, size: dict[str, int] | None = None, scheme: str = "light") -> BrowserContext:
        options: Any = {"viewport": size or PHONE, "color_scheme": scheme, "locale": "en-GB"}
        context = await self.browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", self._listen)
        return context

    def _listen(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complaints.append(said.text)

    def expects(self, *reports: str) -> None:
        self.expected += reports

    def unexpected(self) -> list[str]:
        return [one for one in self.complaints if not any(part in one for part in self.expected)]

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
        assert opened.unexpected() == []  # no script error, and nothing the security policy had to stop


async def eventually(true: Callable[[], bool]) -> None:
    """Wait for something that no page shows, such as a request that the page sent by itself."""
    async with asyncio.timeout(PATIENCE / 1000):
        while not true():  # noqa: ASYNC110 -- no bell rings here
            await asyncio.sleep(0.02)


async def violations(page: Page) -> list[str]:
    """Everything that axe finds."""
    # Optional, and it comes without types.
    from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # noqa: PLC0415

    found = (await Axe().run(page)).response["violations"]
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]


async def looks_right(page: Page) -> None:
    """Nothing overflows, everything can be tapped, and axe finds nothing at all."""
    assert await page.evaluate(OVERFLOWING) == []
    assert await page.evaluate(SMALL_TARGETS) == []
    assert await violations(page) == []

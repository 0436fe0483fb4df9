"""The way into the console in a real browser: setting up, signing in again, one's own sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.model.language import Language
from bot.model.people import Role
from tests.e2e.stage import BROWSER, SMALL, Stage, looks_right, stage
from tests.unit.web.test_web_sign_in import PASSWORD, code_of

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["stage"]
pytestmark = BROWSER


async def fill(page: Page, form: str, **fields: str) -> None:
    for name, text in fields.items():
        await page.fill(f"#{form} [name={name}]", text)
    await page.click(f"#{form} button")


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("ar", "light"), ("vi", "dark")])
async def test_administrator_sets_up_and_comes_again(stage: Stage, language: Language, scheme: str) -> None:
    # What the server refuses is told by the browser, too: the easy password, and the page without a session.
    stage.expects("status of 40")
    token = await stage.world.link("Chief", roles=[Role.ADMIN])
    page = await (await stage.context(size=SMALL, scheme=scheme)).new_page()
    await page.goto(f"{stage.server.url}/desk/enter?lang={language}&token={token}")
    assert token not in page.url
    await page.click("#enter")
    await page.wait_for_selector("#picture[src^='data:image/svg+xml']")
    secret = (await page.inner_text("#secret")).replace(" ", "")
    await looks_right(page)

    await fill(page, "finish", password="password1234", code=code_of(secret, -1))
    await page.wait_for_selector("#said:not(:empty)")
    await fill(page, "finish", password=PASSWORD, code=code_of(secret, -1))
    await page.wait_for_selector("#codes li >> nth=7")
    await looks_right(page)
    await page.click("#recovery a")
    await page.wait_for_selector("#tickets", state="attached")

    await page.goto(f"{stage.server.url}/desk/account?lang={language}")
    await page.wait_for_selector("#sessions li")
    await looks_right(page)
    await page.click("#leave")
    await page.wait_for_selector("#sign-in")
    await page.goto(f"{stage.server.url}/desk/?lang={language}")
    await looks_right(page)
    await fill(page, "sign-in", name="Chief", password=PASSWORD, code=code_of(secret))
    await page.wait_for_selector("#tickets", state="attached")


async def test_signing_out_elsewhere_ends_an_open_console_there(stage: Stage) -> None:
    stage.expects("status of 40")
    phone, screen = await stage.console(), await stage.console()
    await phone.goto(f"{stage.server.url}/desk/account")
    await phone.click("#sessions button")
    await phone.wait_for_function("() => document.querySelectorAll('#sessions li').length === 1")

    await screen.wait_for_selector("#without-link")

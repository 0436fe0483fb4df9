"""The console's pages beside the queue in a real browser: in three languages, light and dark, on a phone and wide."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.desk.announce import problems
from bot.desk.teach import PREFIX, Wording
from bot.model.language import LANGUAGES, Language
from bot.model.lessons import TaughtLesson
from bot.model.people import Address, Delegate, Role
from bot.model.rich import plain
from bot.model.tickets import Priority, TicketState
from bot.reception.console.sessions import StaffSessions
from tests.e2e.attacks import attacks
from tests.e2e.stage import ATTACK, BROWSER, DESKTOP, SMALL, Stage, looks_right, stage

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["stage"]
pytestmark = BROWSER

PAGES = {
    "counter": "#latest li",
    "shift": "#counts",
    "announcements": "#check",
    "teach": "#keep",
    "drill": "#drills",
    "staff": "#people li",
}
TEXTS = {"en": "Lunch is at 12:30.", "vi": "Bữa trưa lúc 12:30.", "ar": "الغداء الساعة 12:30."}


async def chief(stage: Stage, language: Language = "en", **options: object) -> Page:
    """An administrator who is signed in."""
    world = stage.world
    await world.person("Chief")
    await world.staff_list.change("Chief", roles=[Role.ADMIN, Role.DESK], language=language)
    session = await StaffSessions(world.store, world.watch, None).begin(await world.staff_list.named("Chief"))
    context = await stage.context(**{"size": DESKTOP, **options})  # type: ignore[arg-type]
    await context.add_cookies([{"name": "desk-staff", "value": session.token, "url": stage.server.url}])
    return await context.new_page()


async def fill(stage: Stage, attack: str = "") -> None:
    """Something of everything on every page."""
    world = stage.world
    now = world.watch.now()
    held = {"state": TicketState.CLAIMED, "owner_name": "Minh", "owner": "staff:1"}
    await world.person("Minh")
    await world.person("Dr Ha", roles=[Role.MEDICAL])
    address = Address("counter", "c1")
    await world.open_ticket("s1", attack or "أين حقيبتي؟", delegate_name=attack[:60] or "Salma", language="ar", **held)
    await world.open_ticket("s2", "dizzy", team="medical", priority=Priority.EMERGENCY, alarm_since=now)
    await world.open_ticket("s3", "Thư mời xin thị thực", promised_at=now, promise=attack or "bản in", **held)
    await world.open_ticket("s4", "later", state=TicketState.SNOOZED, snoozed_until=now + timedelta(hours=1), owner_name="Minh", owner="staff:1")  # fmt: skip
    await world.open_ticket("s5", "W" * 90, priority=Priority.HIGH, wait_step=2)
    async with world.store.transaction(address.delegate) as turn:
        await turn.save_delegate(Delegate(address.delegate, address, "en", now))
    for number in range(3):
        address = Address("webchat", f"d{number}")
        async with world.store.transaction(address.delegate) as turn:
            await turn.save_delegate(Delegate(address.delegate, address, ("en", "vi", "ar")[number], now))


async def visit(stage: Stage, page: Page, name: str) -> None:
    await page.goto(f"{stage.server.url}/desk/{name}")
    if name == "counter":
        await page.fill("[name=text]", "A second pillow")
        await page.click("#take")
        await page.wait_for_selector("#taken .huge")
    if name == "shift":
        await page.fill("[name=note]", "The lift is broken, the technician comes at 14:00")
        await page.click("#leave-note")
        await page.wait_for_selector("#notes li")
    if name == "drill":
        await page.click("#start")
        await page.click("#yes")
        await page.wait_for_selector("#drills section")
    await page.wait_for_selector(PAGES[name])


@pytest.mark.parametrize(
    ("language", "scheme", "size"),
    [("en", "light", DESKTOP), ("ar", "dark", SMALL), ("vi", "light", SMALL), ("ar", "light", DESKTOP)],
    ids=["en-wide", "ar-dark-small", "vi-small", "ar-wide"],
)
async def test_every_page_fits_and_is_accessible(
    stage: Stage, language: Language, scheme: str, size: dict[str, int]
) -> None:
    await fill(stage)
    page = await chief(stage, language, scheme=scheme, size=size)
    for name in PAGES:
        await visit(stage, page, name)
        assert await page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
        if name == "staff":
            await page.click("#people li >> nth=0 >> button")
        await looks_right(page)
    await page.goto(f"{stage.server.url}/desk/announcements")
    for one, text in TEXTS.items():
        await page.fill(f"[name=text-{one}]", text)
    await page.click("#check")
    await page.wait_for_selector("#shown .preview")
    await looks_right(page)


async def test_announcement_needs_the_count_typed_and_can_be_undone(stage: Stage) -> None:
    stage.expects("status of 400")
    await fill(stage)
    page = await chief(stage)
    await page.goto(f"{stage.server.url}/desk/announcements")
    await page.fill("[name=text-en]", "Lunch is at 12:30.")
    await page.click("#check")
    await page.wait_for_selector("#problems li >> nth=1")
    for one, text in TEXTS.items():
        await page.fill(f"[name=text-{one}]", text)
    await page.reload()  # what was written is still there
    await page.click("#check")
    await page.wait_for_selector("#shown")
    assert await page.is_disabled("#send")
    await page.fill("[name=count]", "5")
    assert await page.is_disabled("#send")
    await page.fill("[name=count]", "3")
    await page.click("#send")
    await page.click("#undo")
    await page.wait_for_selector("#announcements li")
    await page.wait_for_function("() => document.querySelector('#announcements b').textContent === 'Withdrawn'")
    # Whoever withdraws it wants to mend it.
    await page.wait_for_function("text => document.querySelector('[name=text-vi]')?.value === text", arg=TEXTS["vi"])


async def test_request_at_the_counter_takes_one_field_and_the_keyboard(stage: Stage) -> None:
    page = await chief(stage)
    await page.goto(f"{stage.server.url}/desk/counter")
    await page.wait_for_selector("[name=text]")
    await page.locator("[name=text]").press_sequentially("A taxi to the airport")
    await page.reload()
    await page.wait_for_selector("[name=text]:focus")
    await page.keyboard.press("End")
    await page.locator("[name=text]").press_sequentially(" at 6")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector("#taken .huge")

    assert "#1" in await page.inner_text("#taken .huge")
    assert await page.evaluate("document.activeElement.name") == "text"
    assert await page.input_value("[name=text]") == ""
    await page.click("#latest a")
    await page.wait_for_selector("#entries li")
    assert "A taxi to the airport at 6" in await page.inner_text("#entries")


async def test_language_turns_the_page_at_once(stage: Stage) -> None:
    page = await chief(stage)
    await page.goto(f"{stage.server.url}/desk/shift")
    await page.wait_for_selector("#counts")
    await page.select_option("#language", "ar")
    await page.wait_for_selector("html[dir=rtl]")
    await page.wait_for_function("() => document.querySelector('.page-title').textContent === 'تسليم المناوبة'")


async def test_sheet_prints_without_buttons(stage: Stage) -> None:
    await fill(stage)
    page = await chief(stage)
    await visit(stage, page, "shift")
    await page.emulate_media(media="print")

    assert not await page.is_visible("header")
    assert not await page.is_visible("#print")
    assert await page.is_visible("#notes li")
    assert await page.is_visible("#promised li")


async def test_hostile_words_stay_words(stage: Stage) -> None:
    await fill(stage, ATTACK)
    page = await chief(stage)
    await page.goto(f"{stage.server.url}/desk/counter")
    for name in ("text", "name", "room", "badge"):
        await page.fill(f"[name={name}]", ATTACK[:60])
    await page.click("#take")
    await page.wait_for_selector("#latest li")
    await page.goto(f"{stage.server.url}/desk/shift")
    await page.wait_for_selector("[name=note]")
    await page.fill("[name=note]", ATTACK)
    await page.click("#leave-note")
    await page.wait_for_selector("#notes li")
    assert ATTACK in await page.inner_text("#notes")
    await page.goto(f"{stage.server.url}/desk/staff")
    await page.fill("[name=name]", "<img src=x onerror=window.taken=1>")
    await page.click("#add-person")
    await page.wait_for_selector("#given")

    assert await page.evaluate("window.taken") is None
    assert await page.locator("main img:not([src^='data:image/svg'])").count() == 0


ODD = "main :is(img, script, svg, iframe, object, style, math, template, noscript)"


async def test_attack_texts_stay_text_when_taught(stage: Stage) -> None:
    """In everything of a lesson, in what could not be answered, and in a draft from a reply; ``DESK_ATTACKS=500`` for all of them."""
    world, texts = stage.world, attacks(int(os.environ.get("DESK_ATTACKS", "100")))
    now, drawn = world.watch.now(), texts[1]
    for place in range(50):  # as many as the page shows
        some = texts[place::50]
        three: dict[str, str] = dict.fromkeys(LANGUAGES, some[0])
        world.taught.kept[str(place)] = TaughtLesson(
            str(place), some[0], dict.fromkeys(LANGUAGES, tuple(some)), "staff:1", some[-1], now, three, three
        )
        asked = asdict(Wording(some[-1], "en", (some[0],), unanswered=1))
        await world.store.remember(f"{PREFIX}{place}", json.dumps(asked))
    await world.open_ticket("s1", drawn)
    await world.say("s1", plain(drawn), author="staff", name="Minh", ticket=1)
    page = await chief(stage)
    await page.goto(f"{stage.server.url}/desk/#1")
    await page.click("#entries .teach a")
    await page.wait_for_selector("#drawn")

    await page.wait_for_selector("#lessons li.card >> nth=49")
    assert await page.input_value("[name=answer-en]") == drawn
    assert await page.input_value("[name=asking-en]") == drawn.replace("1", "#")
    shown = await page.locator("#lessons [lang=en] li").all_text_contents()
    assert len(shown) == len(texts)
    await page.locator(".lines button").first.click()  # a question that nobody could answer, into the form
    assert await page.evaluate("() => window.taken") is None
    assert await page.locator(ODD).count() == 0
    assert await page.locator("main a:not([href^='/desk/'])").count() == 0


async def test_attack_texts_stay_text_when_announced(stage: Stage) -> None:
    """In the boxes, in what is wrong with them, in the preview and in what was sent."""
    await fill(stage)
    stage.expects("status of 400")
    texts = attacks(int(os.environ.get("DESK_ATTACKS", "100")))
    texts.sort(
        key=lambda text: bool(problems({one: f"{TEXTS[one]} {text}" for one in TEXTS}))
    )  # first what may be sent
    page = await chief(stage)
    await page.goto(f"{stage.server.url}/desk/announcements")
    await page.wait_for_selector("#check")
    announced = 0
    for place in range(0, len(texts), 20):
        for one, text in TEXTS.items():
            await page.fill(f"[name=text-{one}]", "\n".join([text, *texts[place : place + 20]])[:3_400])
        async with page.expect_response("**/announcements/preview*") as answer:
            await page.click("#check")
        if (await answer.value).ok:
            announced += 1
            await page.wait_for_selector("#shown .preview")
            await page.fill("[name=count]", await page.inner_text("#shown .count bdi"))
            await page.click("#send")
            await page.wait_for_selector("#check")
        else:
            await page.wait_for_selector("#problems li")

        assert await page.evaluate("() => window.taken") is None
        assert await page.locator(ODD).count() == 0
    assert announced


async def test_administrator_adds_and_removes_somebody(stage: Stage) -> None:
    page = await chief(stage)
    await page.goto(f"{stage.server.url}/desk/staff")
    await page.fill("[name=name]", "Bình")
    await page.click("#add-person")
    await page.wait_for_selector("#given code")
    assert "enter?token=" in await page.inner_text("#given code")
    person = page.locator(".person[data-name='Bình']")
    await person.get_by_role("button", name="Change").click()
    await person.get_by_role("button", name="Remove").click()
    await person.locator(".alert").get_by_role("button", name="Remove").click()
    await person.wait_for(state="detached")

    assert [one.active for one in await stage.world.staff_list.everybody() if one.name == "Bình"] == [False]

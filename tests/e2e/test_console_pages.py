"""The console in a real browser: stories of clerks, rights, drafts, keys and alarms, in three languages and both lights."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.model.language import LANGUAGES, Language
from bot.model.people import Role
from bot.model.rich import Span, plain
from bot.model.tickets import Priority, TicketState
from tests.e2e.attacks import attacks
from tests.e2e.stage import BROWSER, DESKTOP, OFFLINE, QUESTION, SMALL, Stage, looks_right, stage

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

__all__ = ["stage"]
pytestmark = BROWSER

COMPLAINT = "status of 409"
"""What the browser itself says of an answer that stops something; the page tells it in a sentence."""
IN_VIEW = """() => document.querySelector("#entries li.fresh").getBoundingClientRect().bottom
  <= document.querySelector("#log").getBoundingClientRect().bottom + 1"""


async def fill_desk(stage: Stage) -> None:
    """A queue with everything that can stand in one."""
    world = stage.world
    await world.person("Minh")
    await world.person("Dr Ha", roles=[Role.MEDICAL])
    await world.say("s1", plain(QUESTION["ar"]), author="delegate", language="ar")
    await world.say("s1", plain("أحد الزملاء قادم خلال 5 دقائق"), language="ar", answer="canned:on-my-way")
    await world.open_ticket(
        "s1",
        QUESTION["ar"],
        topic="transport.lost-luggage",
        team="transport",
        language="ar",
        delegate_name="Salma Al-Khatib",
    )
    await world.open_ticket(
        "s2", "She fainted", team="medical", priority=Priority.EMERGENCY, alarm_since=world.watch.now()
    )
    await world.open_ticket("s3", QUESTION["vi"], language="vi", priority=Priority.HIGH, delegate_name="Nguyễn Văn An")
    await world.open_ticket("s1", QUESTION["en"], delegate_name="Salma Al-Khatib", wait_step=2)
    await world.say("s1", plain("Please look at belt 4."), author="staff", name="Minh", ticket=1)
    await world.say("s1", plain("She sounds worried."), author="note", name="Minh", ticket=1)
    world.watch.pass_(timedelta(minutes=9))


async def clerk(stage: Stage, name: str = "Lan", language: Language = "en", **options: Any) -> Page:
    page = await (await stage.context(**{"size": DESKTOP, **options})).new_page()
    await page.goto(f"{stage.server.url}/desk/enter?token={await stage.world.link(name)}")
    await page.click("#enter")
    await page.wait_for_url("**/desk/")
    await page.select_option("#language", language)
    await page.wait_for_selector(f"html[lang={language}]")
    return page


async def opens(page: Page, number: int) -> None:
    await page.click(f"li[data-ticket='{number}'] button")
    await page.wait_for_selector("#acts button, .secret")


async def sends(page: Page, text: str) -> None:
    await page.fill("#field", text)
    await page.press("#field", "Control+Enter")


def replies(stage: Stage) -> list[str]:
    return [action.text for action in stage.world.acted if action.verb == "reply"]


def deeds(stage: Stage) -> list[str]:
    return [action.verb for action in stage.world.acted if action.verb != "seen"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [SMALL, DESKTOP], ids=["360", "1280"])
async def test_console_is_whole_in_every_look(
    stage: Stage, language: Language, scheme: str, size: dict[str, int]
) -> None:
    await fill_desk(stage)
    page = await clerk(stage, language=language, scheme=scheme, size=size)
    await page.wait_for_selector(".ticket >> nth=3")
    await looks_right(page)

    await opens(page, 1)
    await page.wait_for_selector("#entries li.note")
    await page.wait_for_selector("#before li >> nth=1")  # what the bot said, before a person was asked
    await page.fill("#field", "Hello")
    await page.wait_for_selector("#acts:not(:has(.primary))", state="attached")  # the first key claimed it
    await looks_right(page)
    box = await page.locator("#send").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= size["height"]
    log = await page.locator("#log").bounding_box()
    assert log is not None
    assert log["height"] >= size["height"] * 0.3  # while somebody writes, what they answer stands above it

    await page.click("#answers-open")
    await page.wait_for_selector("#answers-found li")
    await looks_right(page)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".previews .text")
    await looks_right(page)
    await page.click("#log")  # who leaves the box has the buttons again
    await page.wait_for_selector("#acts", state="visible")
    for opened in ("assign", "snooze", "promise"):
        if opened != "assign":
            await page.click("#acts summary")
        await page.click(f"[data-verb={opened}]")
        await page.wait_for_selector("dialog[open] button >> nth=1")
        await looks_right(page)
        await page.keyboard.press("Escape")


async def crossing(stage: Stage, text: str) -> Page:
    """Lan writes and presses send after Minh, who looked at the same request, has answered it; Lan's page."""
    stage.expects(COMPLAINT)
    await stage.world.open_ticket("s1", QUESTION["en"])
    lan, minh = await clerk(stage), await clerk(stage, "Minh")
    await opens(lan, 1)
    await opens(minh, 1)
    await lan.fill("#field", text)
    await minh.wait_for_selector("#colleagues:has-text('Lan')")
    await minh.wait_for_selector("#facts:has-text('Lan')")  # Lan's first key claimed it; else that stops Minh's reply
    await sends(minh, "Lunch is in hall A.")
    await lan.wait_for_selector("li.fresh:has-text('hall A')")
    await lan.press("#field", "Control+Enter")
    await lan.wait_for_selector("#stopped:has-text('meanwhile')")
    return lan


async def test_reply_that_crosses_a_colleague_s_is_stopped_and_kept(stage: Stage) -> None:
    lan = await crossing(stage, "Lunch is in hall B.")

    assert replies(stage) == ["Lunch is in hall A."]
    assert await lan.input_value("#field") == "Lunch is in hall B."
    await lan.wait_for_function(IN_VIEW)
    await looks_right(lan)
    await lan.click("#anyway")
    await lan.wait_for_selector("#entries li.staff:has-text('hall B')")
    assert replies(stage) == ["Lunch is in hall A.", "Lunch is in hall B."]
    assert await lan.input_value("#field") == ""


async def test_who_sends_in_spite_of_a_colleague_is_still_asked_about_the_language(stage: Stage) -> None:
    lan = await crossing(stage, "في القاعة B2")
    await lan.click("#anyway")
    await lan.wait_for_selector("#stopped:has-text('English')")

    assert replies(stage) == ["Lunch is in hall A."]


async def test_what_a_colleague_is_on_is_closed_only_when_that_is_said_again(stage: Stage) -> None:
    stage.expects(COMPLAINT)
    minh = await stage.world.person("Minh")
    held = {"state": TicketState.CLAIMED, "owner": minh.id, "owner_name": "Minh", "claimed_at": stage.world.watch.now()}
    await stage.world.open_ticket("s1", QUESTION["en"], **held)
    page = await clerk(stage)
    await opens(page, 1)
    await page.click("[data-verb=resolve]")
    await page.wait_for_selector("#sure:has-text('Minh')")
    await looks_right(page)
    await page.keyboard.press("Escape")
    await page.wait_for_selector("[data-verb=resolve]:focus")
    assert deeds(stage) == []

    await page.keyboard.press("Enter")
    await page.click("#all-the-same")
    await page.wait_for_selector("#acts [data-verb=reopen]")
    await page.wait_for_selector("#thread-title:focus")  # the button that had the focus is gone
    assert deeds(stage) == ["resolve"]


async def test_a_reply_that_could_not_be_kept_is_tried_again_as_the_same_one(stage: Stage) -> None:
    stage.expects("status of 503")
    await stage.world.open_ticket("s1", QUESTION["en"])
    page = await clerk(stage)
    await opens(page, 1)
    await page.fill("#field", "Until two.")
    await page.wait_for_selector("#facts:has-text('Yours')")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if "/reply" in request.url else None)
    stage.world.down = True
    await page.press("#field", "Control+Enter")
    await page.wait_for_selector("#said:not(:empty)")
    stage.world.down = False
    release = asyncio.Event()

    async def later(route: Route) -> None:
        await release.wait()
        await route.continue_()

    await page.route("**/reply*", later)
    await page.press("#field", "Control+Enter")
    await page.wait_for_selector("#send[disabled]")
    await page.type("#field", " And on Sunday?")  # while it is on its way
    release.set()
    await page.wait_for_selector("#entries li.staff:has-text('Until two.')")
    await page.wait_for_selector("#send:not([disabled])")

    assert await page.input_value("#field") == "And on Sunday?"
    assert len({json.loads(body)["id"] for body in sent}) == 1
    assert replies(stage) == ["Until two."]


async def test_a_question_asked_before_a_button_brought_it_here_stands_in_the_thread(stage: Stage) -> None:
    world = stage.world
    ticket = await world.open_ticket("s1", "None of these: ask a person", priority=Priority.HIGH)
    async with world.store.transaction(ticket.delegate) as turn:
        await turn.save_ticket(replace(ticket, question=QUESTION["en"]))
    page = await clerk(stage)
    await opens(page, 1)

    assert await page.inner_text("#thread-title .label") == "Urgent"
    assert QUESTION["en"] in await page.inner_text("#entries li >> nth=0")
    assert await page.locator("#entries li").count() == 2


async def test_reply_is_stopped_when_the_delegate_wrote_meanwhile(stage: Stage) -> None:
    stage.expects(COMPLAINT)
    await stage.world.open_ticket("s1", QUESTION["en"])
    page = await clerk(stage)
    await opens(page, 1)
    await page.fill("#field", "Until two.")
    await stage.world.delegate_writes(1, "Never mind, I found it.")
    await page.wait_for_selector("li.fresh:has-text('found it')")
    await page.press("#field", "Control+Enter")
    await page.wait_for_selector("#stopped")
    await page.click("#stopped button >> nth=0")

    assert replies(stage) == []
    assert await page.evaluate("() => document.activeElement.id") == "field"
    assert await page.input_value("#field") == "Until two."


async def test_language_that_the_delegate_does_not_read_asks_first(stage: Stage) -> None:
    stage.expects(COMPLAINT)
    await stage.world.open_ticket("s1", QUESTION["en"])
    page = await clerk(stage)
    await opens(page, 1)
    await sends(page, "حتى الثانية")
    await page.wait_for_selector("#stopped:has-text('English')")
    assert replies(stage) == []
    await page.click("#anyway")
    await page.wait_for_selector("#entries li.staff")


async def test_medical_case_shows_no_word_to_others_anywhere_on_the_page(stage: Stage) -> None:
    await fill_desk(stage)
    lan, doctor = await clerk(stage), await clerk(stage, "Dr Ha")
    for page in (lan, doctor):
        await opens(page, 2)
    await doctor.wait_for_selector("#entries:has-text('fainted')")
    await sends(doctor, "Lie down.")
    await doctor.wait_for_selector("#entries li.staff")

    assert "fainted" not in await lan.content()
    assert "Lie down" not in await lan.content()
    assert "fainted" not in await lan.title() + await doctor.title()
    assert await lan.locator("#field").count() == 0
    assert "fainted" not in await doctor.inner_text("#queue")


async def test_draft_survives_a_reload_and_is_gone_after_signing_out(stage: Stage) -> None:
    stage.expects("status of 401")
    await stage.world.open_ticket("s1", QUESTION["en"])
    await stage.world.open_ticket("s2", "Another")
    page = await clerk(stage)
    await opens(page, 1)
    await page.fill("#field", "half a sentence")
    await opens(page, 2)
    await page.wait_for_function("() => document.getElementById('field').value === ''")
    await page.reload()
    await page.wait_for_selector("li[data-ticket='1'] .draft")
    await opens(page, 1)
    assert await page.input_value("#field") == "half a sentence"

    await page.click("#menu")
    await page.click("#leave")
    await page.wait_for_selector("#without-link:not([hidden])")
    kept = await page.evaluate("() => JSON.stringify({...localStorage, ...sessionStorage})")
    assert "half a sentence" not in kept


async def test_desk_by_keys_and_keys_can_be_switched_off(stage: Stage) -> None:
    await stage.world.open_ticket("s1", QUESTION["en"])
    await stage.world.open_ticket("s2", "Another")
    page = await clerk(stage)
    await page.wait_for_selector(".ticket >> nth=1")
    await page.keyboard.press("j")
    await page.wait_for_selector("#acts [data-verb=claim]")
    await page.keyboard.press("c")
    await page.wait_for_selector("#acts:not(:has([data-verb=claim]))")
    await page.keyboard.press("r")
    await page.wait_for_function("() => document.activeElement.id === 'field'")
    await page.keyboard.type("/")
    await page.wait_for_selector("#answers-found li")
    await page.keyboard.type("where are")
    await page.wait_for_function("() => document.querySelectorAll('#answers-found li').length === 1")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".previews .text")
    await page.click("#send")
    await page.wait_for_selector("#entries li.staff")
    assert [action.answer for action in stage.world.acted if action.verb in ("reply", "ask")] == ["canned:where"]

    await page.evaluate("() => document.activeElement.blur()")
    await page.keyboard.press("?")
    await page.wait_for_selector("#help kbd")
    await page.keyboard.press("Escape")
    await page.click("#menu")
    await page.click("#settings-open")
    await page.click("#set-keys")
    await page.keyboard.press("Escape")
    before = await page.inner_text("#thread-title")
    await page.evaluate("() => document.activeElement.blur()")
    await page.keyboard.press("j")
    await page.wait_for_timeout(300)
    assert await page.inner_text("#thread-title") == before


async def test_emergency_stands_above_everything_until_somebody_has_it(stage: Stage) -> None:
    page = await clerk(stage)
    await page.wait_for_selector("#none:not([hidden])")
    await stage.world.open_ticket("s1", "Smoke!", priority=Priority.EMERGENCY, alarm_since=stage.world.watch.now())
    await page.wait_for_selector("#urgent .urgent")
    await page.wait_for_function("() => document.title === '❗ (1) Reception console'")
    await page.click("#urgent .danger")
    await page.wait_for_selector("#urgent:empty", state="attached")

    assert deeds(stage) == ["claim"]


async def test_what_a_colleague_has_calls_again_when_it_is_raised(stage: Stage) -> None:
    world, now = stage.world, stage.world.watch.now()
    lan = await world.person("Lan")
    held = {"state": TicketState.CLAIMED, "owner": lan.id, "owner_name": lan.name}
    page = await clerk(stage)
    await page.wait_for_selector("#none:not([hidden])")

    began = {"claimed_at": now - timedelta(minutes=9), "alarm_since": now}
    await world.open_ticket("s1", "The lift is stuck", priority=Priority.EMERGENCY, **held, **began)

    await page.wait_for_selector("#urgent .urgent .danger")


async def test_what_nobody_has_stands_first_and_what_is_real_before_a_drill(stage: Stage) -> None:
    world = stage.world
    lan, urgent = await world.person("Lan"), Priority.EMERGENCY
    answered = {"state": TicketState.CLAIMED, "owner": lan.id, "owner_name": "Lan", "answered_at": world.watch.now()}
    await world.open_ticket("drill", "DRILL", priority=urgent, alarm_since=world.watch.now(), drill=True)
    await world.open_ticket("held", "Smoke!", priority=urgent, **answered)
    await world.open_ticket("answered", "Where is the bus?", **answered)
    world.watch.pass_(timedelta(minutes=5))
    await world.open_ticket("alone", "Fire!", priority=urgent, alarm_since=world.watch.now())
    await world.open_ticket("waits", "Where is lunch?")
    page = await clerk(stage)
    await page.wait_for_selector(".ticket >> nth=4")

    order = "rows => rows.map((row) => row.dataset.ticket)"
    assert await page.eval_on_selector_all("li[data-ticket]", order) == ["4", "2", "1", "5", "3"]
    assert await page.eval_on_selector_all("#urgent .urgent", order) == ["4", "1"]


async def test_same_question_is_put_together_answered_once_and_taken_apart(stage: Stage) -> None:
    world = stage.world
    for place, language in enumerate(LANGUAGES):
        await world.open_ticket(f"s{place}", QUESTION[language], language=language)
    page = await clerk(stage)
    for number in (2, 3):
        await opens(page, number)
        await page.click("#acts summary")
        await page.click("[data-verb=link]")
        await page.click("#link [data-other='1']")
        await page.wait_for_selector("#together")
    await page.wait_for_selector("#tickets li.joined >> nth=1")
    assert "3 · English 1 · Arabic 1 · Vietnamese 1" in await page.inner_text("#tickets li.first .group")

    await page.check("#group")
    await page.wait_for_selector("#form .all")
    assert "Also to the others who ask the same (2) · English 1 · " in await page.inner_text("label:has(#group)")
    await page.click("#together summary")
    await looks_right(page)
    await sends(page, "Hall A, until two.")
    await page.wait_for_selector("#entries li.staff")
    assert [action.to_group for action in world.acted if action.verb == "reply"] == [True]

    await page.click("#together [data-leaves='1']")
    await page.wait_for_selector("#together [data-leaves='1']", state="detached")
    await page.click("#together [data-verb=unlink]")
    await page.wait_for_selector("#together", state="detached")
    assert [(action.verb, action.ticket) for action in world.acted if action.verb == "unlink"] == [
        ("unlink", 1),
        ("unlink", 3),
    ]


LISTENING = """() => {
  window.heard = []; window.tones = 0;
  class Told { constructor(text, more) { window.heard.push([text, Boolean(more.requireInteraction)]); } static permission = "granted"; static requestPermission = async () => "granted"; }
  window.Notification = Told;
  document.hasFocus = () => false;
  const made = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () { window.tones += 1; return made.call(this); };
}"""


async def test_sound_and_notification_come_when_wanted_and_say_no_word(stage: Stage) -> None:
    page = await clerk(stage)
    await page.evaluate(LISTENING)
    await page.wait_for_selector("#none:not([hidden])")
    await stage.world.open_ticket("s0", "before", delegate_name="Mariam")
    await page.wait_for_selector("#calls .call:has-text('1')")  # a banner needs nobody's permission
    assert await page.evaluate("() => [window.heard.length, window.tones]") == [0, 0]

    await page.click("#menu")
    await page.click("#settings-open")
    await page.click("#set-sound")
    await page.click("#set-notify")
    await page.wait_for_selector("#set-notify:checked")
    await page.keyboard.press("Escape")
    await page.wait_for_function("() => window.tones === 1")  # how it sounds
    await stage.world.open_ticket("s1", "My heart", delegate_name="Mariam", topic="medical.doctor", team="medical")
    await page.wait_for_function("() => window.heard.length === 1 && window.tones === 2")
    await stage.world.open_ticket("s2", "Fire", priority=Priority.EMERGENCY, alarm_since=stage.world.watch.now())
    await page.wait_for_function("() => window.heard.length === 2 && window.tones >= 6")  # louder and longer

    heard = await page.evaluate("() => window.heard")
    assert heard == [["New request #2", False], ["Emergency: request #3", True]]


async def test_filters_and_search_narrow_the_queue(stage: Stage) -> None:
    await fill_desk(stage)
    page = await clerk(stage)
    await page.wait_for_selector(".ticket >> nth=3")
    await page.click(".more summary")
    await page.select_option(".choices select >> nth=2", "vi")
    await page.wait_for_function("() => document.querySelectorAll('.ticket').length === 1")
    await page.select_option(".choices select >> nth=2", "")
    await page.fill("#search", "nguyen")
    await page.wait_for_function("() => document.querySelectorAll('.ticket').length === 1")
    assert "#3" in await page.inner_text(".ticket")
    await page.press("#search", "Enter")
    await page.wait_for_selector("#thread-title:has-text('3')")
    await page.press("#search", "Escape")
    await page.wait_for_function("() => document.querySelectorAll('.ticket').length === 4")


async def test_page_says_how_long_it_has_been_alone_and_catches_up(stage: Stage) -> None:
    stage.expects(OFFLINE)
    page = await clerk(stage)
    await page.wait_for_selector("#none:not([hidden])")
    await page.context.set_offline(True)
    await page.wait_for_selector("#offline:not([hidden])")
    await stage.world.open_ticket("s1", QUESTION["en"])
    await page.context.set_offline(False)
    await page.wait_for_selector(".ticket")
    await page.wait_for_selector("#offline", state="hidden")


async def test_person_says_that_they_are_on_duty_and_away_on_a_screen_and_on_a_phone(stage: Stage) -> None:
    page = await clerk(stage)
    await page.click("#duty.away")
    await page.click("#duty.on:has-text('On duty')")
    await page.wait_for_selector("#duty.away")
    await page.set_viewport_size({"width": 360, "height": 640})
    await page.click("#menu")
    await page.click(".duty-entry")
    await page.wait_for_selector(".duty-sign:has-text('●')")
    assert [one.name for one in await stage.world.on_duty()] == ["Lan"]
    await looks_right(page)


async def test_colours_chosen_by_hand_hold_after_a_reload(stage: Stage) -> None:
    page = await clerk(stage, scheme="light")
    await page.click("#menu")
    await page.click("#settings-open")
    await page.select_option("#theme", "dark")
    await page.reload()
    await page.wait_for_selector("#none")

    assert await page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(15, 21, 26)"


async def test_attack_texts_stay_text_in_every_field(stage: Stage) -> None:
    """All at once on one page; ``DESK_ATTACKS=500`` for all of them."""
    world, texts = stage.world, attacks(int(os.environ.get("DESK_ATTACKS", "100")))
    for place, text in enumerate(texts):
        session = f"s{place}"
        ticket = await world.open_ticket(session, text, delegate_name=text, owner_name=text if place % 2 else "")
        await world.say(session, plain(text), author="note", name=text, ticket=ticket.id)
        styles: list[Any] = ["bold", "value", "quote", "code", "phone", "link"]
        spans = tuple(Span(text, style, text) for style in styles)
        await world.say(session, spans, author="staff", name=text, ticket=ticket.id, undeliverable=text)
    page = await clerk(stage)
    await page.wait_for_selector(f".ticket >> nth={len(texts) - 1}")
    for place, text in enumerate(texts, 1):
        await page.evaluate("(number) => document.querySelector(`li[data-ticket='${number}'] button`).click()", place)
        await page.wait_for_function(
            "(number) => document.getElementById('thread-title').textContent.includes(number) && document.querySelector('#entries li.staff')",
            arg=str(place),
        )
        if place % 10 == 0:
            await page.fill("#field", text)
            await page.fill("#search", text[:100])
            await page.fill("#search", "")

    assert await page.evaluate("() => window.taken") is None
    odd = "#entries :is(img, script, svg, iframe, object, style, form), #tickets :is(img, script, svg, iframe)"
    assert await page.locator(odd).count() == 0
    hrefs = await page.evaluate("() => [...document.querySelectorAll('main a')].map((one) => one.protocol)")
    assert set(hrefs) <= {"http:", "https:", "tel:", "mailto:", "geo:"}

"""Machine translation at the console, over HTTP: below the delegate's words, and beside the reply that was stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bot.desk.staff import StaffDesk
from bot.model.language import Language
from bot.model.messages import TicketId
from bot.model.people import Role
from bot.model.rich import letters
from bot.translation.machine import MachineTranslation
from bot.transports.libretranslate import LibreTranslate
from tests.fakes.libretranslate import FakeLibreTranslate, error, raw, served
from tests.unit.translation.conftest import guess
from tests.unit.web.conftest import Browser
from tests.unit.web.events import next_event
from tests.unit.web.test_web_console_rights import colleague, do, gets
from tests.unit.web.world import SNAPSHOT, World, speakers

QUESTION = "أين حقيبتي الزرقاء؟"
ENGLISH = "Where is my blue bag?"
REPLY = "Your bag stands at the desk."
ARABIC = "حقيبتك عند المكتب."


def _sure(text: str, chat: Language) -> Any:
    """Sure of whole sentences."""
    language, sure = guess(text, "en")
    del chat
    return SimpleNamespace(language=language, sure=sure or len(text) > 8)


@pytest.fixture
async def fake(world: World) -> AsyncIterator[FakeLibreTranslate]:
    """The service; the world's desk is the real one."""
    fake = FakeLibreTranslate(says={(QUESTION, "en"): ENGLISH, (REPLY, "ar"): ARABIC})
    async with served(fake), LibreTranslate(fake.url) as service:
        world.translator = MachineTranslation(service, world.store, guess)
        engine: Any = SimpleNamespace(snapshot=SNAPSHOT, language=_sure)
        desk = StaffDesk(world.store, lambda: engine, speakers(), world.watch, translator=world.translator)
        world.act = desk.act  # type: ignore[method-assign]
        yield fake
    assert fake.violations == []


@pytest.fixture
async def lan(world: World, fake: FakeLibreTranslate) -> AsyncIterator[Browser]:
    del fake
    async with colleague(world, "Lan") as client:
        yield client


async def comes(world: World) -> None:
    machine = world.translator
    assert isinstance(machine, MachineTranslation)
    for _ in range(len(machine.wishes)):
        await machine.fulfil(await machine.wishes.take())


async def said(world: World) -> list[str]:
    """What staff wrote to the delegate."""
    ticket = await world.store.ticket(TicketId(1))
    assert ticket is not None
    lines = await world.store.entries(ticket.delegate)
    return [letters(one.message.text, isolate=False) for one in lines if one.author == "staff"]


async def test_the_thread_shows_it_below_the_original_once_it_has_come(world: World, lan: Browser) -> None:
    await world.open_ticket(question=QUESTION, language="ar")
    async with lan.get("/desk/events") as stream:
        first = (await gets(lan, "/desk/api/tickets/1"))["timeline"][0]
        await comes(world)
        event = await next_event(stream)
    [line] = (await gets(lan, "/desk/api/tickets/1"))["timeline"]

    assert first["machine"] == ""
    assert (event.name, event.data["id"]) == ("ticket", 1)
    assert (line["spans"][0]["text"], line["machine"], line["byMachine"]) == (QUESTION, ENGLISH, False)


async def test_a_question_that_is_no_line_of_its_ticket_is_translated_too(world: World, lan: Browser) -> None:
    await world.open_ticket(question="أريد التحدث إلى موظف", language="ar")
    ticket = await world.store.ticket(TicketId(1))
    assert ticket is not None
    async with world.store.transaction(ticket.delegate) as turn:
        await turn.save_ticket(replace(ticket, question=QUESTION))
    await gets(lan, "/desk/api/tickets/1")
    await comes(world)

    assert (await gets(lan, "/desk/api/tickets/1"))["questionMachine"] == ENGLISH


async def test_each_reader_gets_their_own_language_and_no_more(
    world: World, lan: Browser, fake: FakeLibreTranslate
) -> None:
    await world.open_ticket(question=QUESTION, language="ar")
    await gets(lan, "/desk/api/tickets/1?lang=ar")
    await comes(world)
    assert fake.asked == []

    await gets(lan, "/desk/api/tickets/1?lang=vi")
    await comes(world)
    assert [body["target"] for body in fake.asked] == ["vi"]


async def test_a_medical_case_is_not_translated_for_anybody(world: World, fake: FakeLibreTranslate) -> None:
    await world.open_ticket(question=QUESTION, language="ar", topic="medical.doctor", team="medical")
    async with colleague(world, "Dr Ha", roles=[Role.MEDICAL]) as doctor:
        shown = await gets(doctor, "/desk/api/tickets/1")
        await comes(world)
        status, told = await do(doctor, 1, "reply", text=REPLY)
        forged, _ = await do(doctor, 1, "reply", text=REPLY, machine=True)

    assert shown["timeline"][0]["spans"][0]["text"] == QUESTION
    assert (status, told["why"], told["machine"]) == (409, "unsure", False)
    assert forged == 409
    assert fake.asked == []
    assert await said(world) == []


async def test_a_stopped_reply_may_go_out_with_a_translation(world: World, lan: Browser) -> None:
    await world.open_ticket(question=QUESTION, language="ar")
    status, told = await do(lan, 1, "reply", text=REPLY)
    assert (status, told["why"], told["machine"]) == (409, "unsure", True)

    assert (await do(lan, 1, "reply", text=REPLY, machine=True))[0] == 200
    [read] = await said(world)
    assert read.split("\n")[1:] == [
        "ترجمة آلية من برنامج الرد في AP-11، وقد تتضمن أخطاء:",
        ARABIC,
        "النص الأصلي، وهو مكتوب باللغة English:",
        REPLY,
    ]
    line = (await gets(lan, "/desk/api/tickets/1"))["timeline"][-1]
    assert line["byMachine"] is True


@pytest.mark.parametrize("trouble", [error(500, "broken"), error(429), raw(b"<html>", kind="text/html")])
async def test_a_service_that_fails_loses_nothing(
    world: World, lan: Browser, fake: FakeLibreTranslate, trouble: Any
) -> None:
    await world.open_ticket(question=QUESTION, language="ar")
    fake.trouble = trouble
    status, told = await do(lan, 1, "reply", text=REPLY, machine=True)

    assert (status, told["why"], told["machine"]) == (409, "unsure", True)
    assert told["error"].startswith("There is no machine translation of this just now. Nothing was sent")
    assert await said(world) == []
    assert (await do(lan, 1, "reply", text=REPLY, confirmed=True))[0] == 200
    assert [read.split("\n")[1:] for read in await said(world)] == [[REPLY]]


async def test_a_delegate_who_reads_it_gets_the_text_alone(
    world: World, lan: Browser, fake: FakeLibreTranslate
) -> None:
    await world.open_ticket(question="Where is my bag?")

    assert (await do(lan, 1, "reply", text=REPLY, machine=True))[0] == 200
    assert [read.split("\n")[1:] for read in await said(world)] == [[REPLY]]
    assert fake.asked == []


async def test_approved_words_are_never_translated_by_a_machine(
    world: World, lan: Browser, fake: FakeLibreTranslate
) -> None:
    await world.open_ticket(question=QUESTION, language="ar")

    assert (await do(lan, 1, "reply", answer="canned:on-my-way", fields={"minutes": "5"}, machine=True))[0] == 200
    assert [read.split("\n")[1:] for read in await said(world)] == [["يصل زميلنا بعد 5 دقائق."]]
    assert fake.asked == []


async def test_without_a_service_there_is_no_third_choice(world: World, staff: Browser) -> None:
    await world.open_ticket(question="أين حقيبتي؟", language="en")
    line = (await gets(staff, "/desk/api/tickets/1"))["timeline"][0]
    status, told = await do(staff, 1, "reply", text=ARABIC)

    assert (line["machine"], line["byMachine"]) == ("", False)
    assert (status, told["why"], told["machine"]) == (409, "unsure", False)

"""What is translated, what never is, and what becomes of a service that fails."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.model.errors import StoreUnavailable
from bot.model.messages import TicketId
from bot.model.tickets import Priority
from bot.ports import Awaits
from bot.translation import machine as rooms
from bot.translation.circuit import LONGEST_REST
from bot.translation.machine import LONGEST
from bot.translation.memory import KEPT, Memory
from bot.translation.source import AUTO, source_of
from tests.fakes.libretranslate import error
from tests.unit.translation.conftest import QUESTION, WHO, Room, guess


async def test_nothing_waits_and_the_translation_comes_later(room: Room) -> None:
    room.fake.gate.clear()
    assert room.known(awaits=room.awaits()) == {}
    room.fake.gate.set()

    await room.works_off()

    assert room.come == ["card"]
    assert room.known() == {"en": f"[en] {QUESTION}"}


async def test_the_same_text_is_asked_for_once(room: Room) -> None:
    for _ in range(5):
        room.known(awaits=room.awaits())
    await room.works_off()
    for _ in range(5):
        assert room.known(awaits=room.awaits())
    await room.works_off()

    assert len(room.fake.asked) == 1
    assert room.come == ["card"]


async def test_a_group_of_two_languages_is_told_once_when_it_has_both(room: Room) -> None:
    room.known(into=("en", "vi"), awaits=room.awaits())
    await room.works_off()

    assert room.come == ["card"]
    assert room.known(into=("en", "vi")) == {"en": f"[en] {QUESTION}", "vi": f"[vi] {QUESTION}"}


@pytest.mark.parametrize(
    ("text", "chat", "into"),
    [
        (QUESTION, "ar", ("ar", "en")),
        ("Where is my bag", "en", ("en",)),
        ("1204", "ar", ("en",)),
        ("👍 🙏", "ar", ("en",)),
        ("", "ar", ("en",)),
        ("ana 3ayez el shanta", "ar", ("en",)),
    ],
)
async def test_what_needs_no_translation_is_not_sent(room: Room, text: str, chat: Any, into: Any) -> None:
    assert room.known(text, chat=chat, into=into, awaits=room.awaits()) == {}
    await room.works_off()

    assert room.fake.asked == []


async def test_another_script_than_ours_is_found_out_by_the_service(room: Room) -> None:
    room.known("我的行李在哪里", chat="en", into=("en",), awaits=room.awaits())
    await room.works_off()

    assert [body["source"] for body in room.fake.asked] == ["auto"]
    assert room.known("我的行李在哪里", chat="en") == {"en": "[en] 我的行李在哪里"}


def test_the_source_of_a_mixed_text_is_the_language_of_most_of_it() -> None:
    assert source_of("Hotel 北京", "en", guess) == "en"
    assert source_of("北京饭店在哪里 Melia", "en", guess) == AUTO


async def test_a_page_with_many_lines_is_not_told_of_each(room: Room) -> None:
    for number in range(6):
        room.known(f"{QUESTION} {number}", awaits=room.awaits("page"))
    await room.works_off()

    assert room.come == ["page", "page"]  # of the first, and when all are there
    assert len(room.fake.asked) == 6


# ---------------------------------------------------------------- health and other secrets


@pytest.mark.parametrize(
    "secret",
    [{"team": "medical"}, {"topic": "medical.doctor"}, {"emergency": "medical"}, {"topic": "safety.harassment"}],
)
async def test_words_of_restricted_tickets_never_leave_the_house(room: Room, secret: dict[str, Any]) -> None:
    ticket = await room.saves(**secret)
    assert not room.machine.may(ticket)
    assert room.known(ticket=ticket, awaits=room.awaits()) == {}
    await room.works_off()
    with pytest.raises(OSError, match="not of this ticket"):
        await room.machine.translate("Please drink water", ticket, "ar", chat="en")

    assert room.fake.asked == []


async def test_the_event_may_allow_it_for_one_kind(room: Room) -> None:
    room.allowed.add("medical")
    ticket = await room.saves(team="medical")
    room.known(ticket=ticket, awaits=room.awaits())
    await room.works_off()
    assert room.fake.texts == [QUESTION]

    assert not room.machine.may(await room.saves(team="reception", topic="safety.harassment"))


async def test_a_ticket_that_became_medical_while_its_words_waited_is_not_sent(room: Room) -> None:
    room.known(awaits=room.awaits())
    await room.saves(restricted="medical")
    await room.works_off()

    assert (room.fake.asked, room.come) == ([], [])


async def test_what_was_erased_is_forgotten_and_not_sent(room: Room) -> None:
    room.known(awaits=room.awaits())
    await room.works_off()
    room.known("وأيضا معطفي الأحمر", awaits=room.awaits())
    await room.store.erase(WHO.delegate)
    await room.works_off()
    await room.machine.forget_erased()

    assert room.fake.texts == [QUESTION]
    assert room.known() == {}


async def test_redacted_words_are_forgotten(room: Room) -> None:
    room.known(awaits=room.awaits())
    await room.works_off()
    await room.store.redact(room.ticket.id, datetime.now(UTC))
    await room.machine.forget_erased()

    assert room.machine.memory.tickets() == frozenset()


# ---------------------------------------------------------------- a service that fails


async def test_after_three_faults_it_rests_and_is_asked_again_then(room: Room) -> None:
    room.fake.trouble = error(500, "broken")
    for number in range(6):
        room.known(f"{QUESTION} {number}", awaits=room.awaits())
    for _ in range(3):
        await room.machine.fulfil(await room.machine.wishes.take())
    assert room.machine.circuit.rests_for == 30.0
    with pytest.raises(OSError, match="it rests"):
        await room.machine.translate("Good morning", room.ticket, "ar", chat="en")
    assert len(room.fake.asked) == 3

    room.fake.trouble = None
    room.passes(31)
    await room.works_off()

    assert room.machine.trouble is None
    assert len(room.known(f"{QUESTION} 0")) == len(room.known(f"{QUESTION} 5")) == 1
    assert room.come[-1] == "card"


async def test_a_busy_service_is_left_alone_as_long_as_it_asks(room: Room) -> None:
    room.fake.trouble = error(429, **{"Retry-After": "45"})
    room.known(awaits=room.awaits())
    await room.works_off()

    assert room.machine.circuit.rests_for == 45.0


async def test_a_wrong_key_is_not_tried_again_and_again(room: Room) -> None:
    room.fake.trouble = error(403, "Invalid API key")
    room.known(awaits=room.awaits())
    await room.works_off()

    assert room.machine.circuit.rests_for == LONGEST_REST
    assert room.machine.trouble == "key"


async def test_a_text_that_it_will_not_translate_is_no_fault_of_the_service(room: Room) -> None:
    room.fake.trouble = error(400, "not supported")
    for _ in range(5):
        room.known(awaits=room.awaits())
        await room.works_off()

    assert len(room.fake.asked) == 1
    assert room.machine.circuit.rests_for == 0.0
    assert room.come == []


async def test_what_waited_too_long_is_dropped(room: Room) -> None:
    room.known(awaits=room.awaits())
    room.passes(601)
    taking = asyncio.ensure_future(room.machine.wishes.take())
    await asyncio.sleep(0)
    assert not taking.done()
    taking.cancel()

    assert len(room.machine.wishes) == 0


async def test_emergencies_are_asked_for_first_and_the_queue_is_bounded(room: Room) -> None:
    room.machine.wishes.most = 4
    for number in range(9):
        room.known(f"{QUESTION} {number}", awaits=room.awaits())
    assert len(room.machine.wishes) == 4
    room.machine.wishes.most = 5
    urgent = await room.saves(priority=Priority.EMERGENCY)
    room.known("حريق في الطابق الثاني", ticket=urgent, awaits=room.awaits())
    await room.works_off()

    assert room.fake.texts[0] == "حريق في الطابق الثاني"
    assert len(room.fake.texts) == 5


async def test_a_place_that_fails_spoils_nothing(room: Room) -> None:
    async def broken() -> None:
        raise StoreUnavailable

    room.known(awaits=Awaits("broken", broken))
    room.known(awaits=room.awaits())
    await room.works_off()

    assert room.come == ["card"]


async def test_the_loop_goes_on_whatever_comes(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The optional service can never end the desk: nothing leaves its loop but being ended."""
    monkeypatch.setattr(rooms, "_LOOK", 0.01)
    told = asyncio.Event()

    async def odd() -> None:
        told.set()
        raise ZeroDivisionError

    loop = asyncio.create_task(room.machine.run())
    room.known(awaits=Awaits("odd", odd))
    async with asyncio.timeout(30):
        await told.wait()
        told.clear()
        room.known(f"{QUESTION} 2", awaits=Awaits("odd", odd))
        await told.wait()
    assert not loop.done()
    loop.cancel()
    await asyncio.wait([loop])


# ---------------------------------------------------------------- bounds


async def test_long_texts_are_cut_for_reading_and_refused_for_sending(room: Room) -> None:
    long = "حقيبة " * 1_000
    room.known(long, awaits=room.awaits())
    await room.works_off()

    assert len(room.fake.texts[0]) == LONGEST
    assert room.known(long)["en"].endswith(" …")
    with pytest.raises(OSError, match="too long"):
        await room.machine.translate("Good morning " * 1_000, room.ticket, "ar", chat="en")


def test_memory_is_bounded_and_forgets_after_a_while() -> None:
    now = [0.0]
    memory = Memory(lambda: now[0], most=10)
    for number in range(50):
        memory.keep(f"text {number}", "ar", "en", TicketId(1), "said")
    assert sum(memory.recall(f"text {number}", "ar", "en", TicketId(1)) is not None for number in range(50)) == 10

    now[0] = KEPT + 1
    memory.sweep()
    assert memory.tickets() == frozenset()


async def test_a_reply_is_translated_while_its_writer_waits(room: Room) -> None:
    said = await room.machine.translate(" Good morning ", room.ticket, "ar", chat="en")

    assert said == "[ar] Good morning"
    assert await room.machine.translate(QUESTION, room.ticket, "ar", chat="en") == ""


async def test_a_writer_does_not_wait_for_long(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "NOW", 0.05)
    room.fake.gate.clear()

    with pytest.raises(OSError, match="Timeout"):
        await room.machine.translate("Good morning", room.ticket, "ar", chat="en")

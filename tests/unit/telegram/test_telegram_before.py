"""What staff on Telegram read of the conversation before a request, how they are greeted, and requests that ask the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from bot.model.messages import Entry, Lane, Message, Outbound, OutboundId, TicketId, Unshow
from bot.model.people import Address, Delegate, Role
from bot.model.rich import plain
from tests.unit.telegram.desk import NOW
from tests.unit.telegram.real_desk import AMINA, RealDesk, speakers
from tests.unit.telegram.test_telegram_desk import card, walk

if TYPE_CHECKING:
    from bot.transports.telegram import TelegramConnection
    from storage.documents import DocumentStore
    from tests.fakes.telegram import FakeTelegram, Person

NADIA: Final = Address("webchat", "nadia")
ASK: Final = "What would you like to ask? Write it now, and it goes to a person at reception."


@pytest.fixture
async def desk(tg: FakeTelegram, connection: TelegramConnection, store: DocumentStore) -> AsyncIterator[RealDesk]:
    yield RealDesk(tg, connection, store)
    assert tg.violations == []


async def said(desk: RealDesk, author: Any, text: str, ago: int, **more: Any) -> None:
    """A line of the delegate's history from so many minutes ago."""
    async with desk.store.transaction(AMINA.delegate) as tx:
        await tx.save_delegate(Delegate(AMINA.delegate, AMINA, "ar", desk.clock.now()))
        at = desk.clock.now() - timedelta(minutes=ago)
        await tx.append(Entry(0, AMINA.delegate, at, author, Message(plain(text), "ar"), **more))


async def conversation(desk: RealDesk) -> None:
    await said(desk, "delegate", "أين كنت أمس؟", 120)
    await said(desk, "desk", speakers()["ar"].text("Nothing was deleted."), 120)
    await said(desk, "delegate", "عندي طفح جلدي", 20)
    await said(desk, "desk", "العيادة في الطابق الثاني.", 20, answer="topic:medical.unwell")
    await said(desk, "delegate", "أريد أن أسأل", 10)
    await said(desk, "desk", speakers()["ar"].text(ASK), 10)


async def below(desk: RealDesk, person: Person, *labels: str) -> str:
    """Press one button after another on the newest card in somebody's own chat; returns what the last one answered."""
    press = None
    own = next(m for m in reversed(person.inbox) if any(one.data.startswith("t:") for row in m.buttons for one in row))
    for label in labels:
        press = await person.presses(own, next(one for one in own.labels if one.startswith(label)))
        await desk.hears()
    return press.text if press else ""


async def test_card_shows_the_last_exchange_and_more_of_it_is_told_to_whoever_asks(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    await conversation(desk)
    ticket = await desk.opens()

    shown = card(desk).text
    await walk(desk, desk.group["Lan"], "More", "Conversation before")
    told = desk.group["Lan"].inbox[-1].text

    assert shown.index("أريد أن أسأل") < shown.index(ASK) < shown.index("I lost my badge")
    assert speakers()["vi"].text(ASK) in shown
    assert "أمس" not in shown  # two hours ago
    assert told.index("Conversation before request #1") < told.index("أمس") < told.index("Nothing was deleted.")
    assert told.index("Nothing was deleted.") < told.index("أريد أن أسأل") < told.index(ASK)
    assert "05:40" in told
    assert "العيادة" not in shown + told
    assert "طفح" not in shown + told
    # It is erased with the request, also where the topic cannot be deleted.
    message = desk.group["Lan"].inbox[-1].id
    assert message in await desk.reception._topics.said(ticket.id, desk.group.id)


async def test_whoever_reads_a_medical_case_alone_reads_what_led_to_it_and_the_group_nothing(desk: RealDesk) -> None:
    nurse = await desk.clerk("Nurse", Role.MEDICAL, language="vi")
    await desk.clerk("Lan")
    await conversation(desk)
    await desk.opens("عندي حمى", team="medical", topic="medical.unwell", restricted="medical")

    await below(desk, nurse, "Thêm", "Trao đổi trước đó")
    forged = f"t:1:{(await desk.ticket()).version}:before"
    press = desk.tg.world.press(card(desk), desk.group["Nurse"].account, forged)
    await desk.hears()

    assert "عندي طفح جلدي" in nurse.inbox[-1].text
    assert "أين كنت أمس؟" in nurse.inbox[-1].text
    assert press.alert
    assert not any("طفح" in m.text or "أمس" in m.text for m in desk.group["Lan"].inbox)
    to = Address("staff-telegram", str(nurse.id))
    await desk.reception.personal.deliver(Outbound(OutboundId("x"), to, Lane.TICKET, Unshow(TicketId(1)), NOW, NOW))
    assert all(m.deleted for m in nurse.inbox if "طفح" in m.text)


async def test_where_nothing_was_said_before_whoever_asks_is_told_so(desk: RealDesk) -> None:
    await desk.clerk("Lan", language="vi")
    await desk.opens()

    told = await walk(desk, desk.group["Lan"], "More", "Conversation before")

    assert told == "Trước yêu cầu này chưa có trao đổi nào."
    assert "💬" not in card(desk).text


async def test_staff_who_press_start_are_greeted_as_staff_with_how_it_stands(desk: RealDesk) -> None:
    lan = await desk.clerk("Lan", language="vi")
    await desk.opens()
    await lan.says("/start")
    await desk.hears()
    on = lan.inbox[-1]
    desk.on_duty.clear()
    await lan.says("/start")
    await desk.hears()

    assert on.text.startswith("Lan, trong cuộc trò chuyện này bạn là nhân viên. Bạn đang trực;")
    assert "Yêu cầu đang mở: 1 · chưa ai nhận: 1 · của bạn: 0." in on.text
    assert on.labels == ["Menu dành cho đại biểu"]
    assert "Hiện bạn không trực; /on" in lan.inbox[-1].text


async def test_requests_are_put_together_answered_at_once_and_taken_apart_by_buttons(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    await desk.opens()
    async with desk.store.transaction(NADIA.delegate) as tx:
        await tx.save_delegate(Delegate(NADIA.delegate, NADIA, "vi", desk.clock.now()))
    await desk.opens("Tôi mất thẻ", delegate=NADIA.delegate, address=NADIA, language="vi")
    lan = desk.group["Lan"]

    said = await walk(desk, lan, "More", "Same question", "#2 · Lost badge · VI")
    together = card(desk).text
    await walk(desk, lan, "Ready replies", "Found it", "Send to all 2")

    assert said == "Request #1 asks the same as #2 now: ready replies can go to all of them."
    assert "group #2" in together
    assert {text.splitlines()[-1] for text in desk.delegates.read} == {
        "بطاقتك في المكتب.",
        "Thẻ của quý vị ở bàn lễ tân.",
    }

    assert await walk(desk, lan, "More", "Same question", "Take this request out") == "Request #1 stands alone again."
    assert "group #2" not in card(desk).text

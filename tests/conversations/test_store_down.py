"""While nothing can be kept, nothing is confirmed; an emergency still gets its number."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.desk import number_first
from bot.model.errors import StoreUnavailable
from bot.model.messages import Inbound
from tests.conversations.world import DELEGATE, Delegate, Desk, Read


@pytest.fixture
def broken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose disk is full."""

    async def refuse(*_: object, **__: object) -> None:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(desk.store._tables, "commit", refuse)
    return desk


async def refused(desk: Desk, inbound: Inbound) -> Read:
    with pytest.raises(StoreUnavailable):
        await desk.front.receive(inbound)
    return desk.read(desk.seen)


async def test_a_question_is_not_accepted(broken: Desk, guest: Delegate) -> None:
    read = await refused(broken, guest.inbound(text="What is the wifi password?"))

    assert read == {}
    assert broken.dump() == {table: {} for table in broken.dump()}


async def test_an_emergency_still_gets_its_number_in_every_language(broken: Desk, guest: Delegate) -> None:
    read = await refused(broken, guest.inbound(text="Cứu với, bạn tôi không thở được!"))

    text = read[DELEGATE][0]
    assert text.startswith("☎")
    for line in (
        "☎ Call +84 24 0000 0100 now (reception, day and night) or 115 (ambulance).",
        "☎ اتصل الآن على +84 24 0000 0100 (الاستقبال، ليلًا ونهارًا) أو 115 (الإسعاف).",
        "☎ Gọi ngay +84 24 0000 0100 (lễ tân, trực ngày đêm) hoặc 115 (cấp cứu).",
    ):
        assert line in text


async def test_the_emergency_button_still_gets_its_number(broken: Desk, guest: Delegate) -> None:
    read = await refused(broken, guest.inbound(press="emergency:medical"))

    assert read.get(DELEGATE, [""])[0].startswith("☎")


async def test_nobody_is_said_to_be_alerted(broken: Desk, delegate: Delegate) -> None:
    read = await refused(broken, delegate.inbound(text="My friend cannot breathe"))

    assert "I am alerting" not in read[DELEGATE][0]


async def test_the_same_message_brought_again_gets_the_number_once(broken: Desk, guest: Delegate) -> None:
    inbound = guest.inbound(text="My friend cannot breathe")
    await refused(broken, inbound)

    read = await refused(broken, inbound)

    assert len(read[DELEGATE]) == 1


async def test_an_emergency_does_not_wait_for_a_store_that_hangs(
    desk: Desk, delegate: Delegate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number at once, and no word of what is not known yet; then, when it is kept, all the rest."""
    monkeypatch.setattr(number_first, "PATIENCE", 0.01)
    monkeypatch.setattr(number_first, "_BUSY", 60.0)
    answers, commit = asyncio.Event(), desk.store._tables.commit

    async def hangs(*asked: Any, **more: Any) -> Any:
        await answers.wait()
        return await commit(*asked, **more)

    monkeypatch.setattr(desk.store._tables, "commit", hangs)
    receiving = asyncio.create_task(desk.front.receive(delegate.inbound(text="My friend cannot breathe")))
    async with asyncio.timeout(60):
        while not desk.seen:  # noqa: ASYNC110 -- what is waited for has no bell
            await asyncio.sleep(0.01)
    early = desk.read(list(desk.seen))
    answers.set()
    await receiving

    assert [line[0] for line in early[DELEGATE][0].split("\n")] == ["☎"] * 3
    assert [one.question for one in await desk.store.tickets()] == ["My friend cannot breathe"]


async def test_what_was_refused_is_handled_when_it_comes_again(
    desk: Desk, delegate: Delegate, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbound = delegate.inbound(text="What is the wifi password?")
    with monkeypatch.context() as patch:

        async def refuse(*_: object, **__: object) -> None:
            raise StoreUnavailable("disk full")

        patch.setattr(desk.store._tables, "commit", refuse)
        await refused(desk, inbound)

    read = await desk.receives(inbound)

    assert read[DELEGATE][0].startswith("Conference Wi-Fi")

"""Alarms in the staff group: once when they begin, once when they are over, and when Telegram is back if it was away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.health.alarms import Alarms
from bot.model.errors import Refused
from bot.model.tickets import StaffAction, Ticket
from bot.reception.telegram import TelegramReception
from bot.reception.telegram.notices import Notices
from bot.transports.telegram import TelegramConnection
from storage.documents import DocumentStore
from tests.fakes.telegram import ALWAYS, FakeTelegram, Group
from tests.unit.telegram.desk import NOW, SPEAKERS, receiving, snapshot, until

WRONG = "Something is wrong with {what}."


class Hall:
    """A staff group, alarms, and seconds that a test lets pass."""

    def __init__(self, connection: TelegramConnection, group: Group, store: DocumentStore) -> None:
        self.passed = 0.0
        self.group = group
        self.sends = True
        self.standing: list[bool] = []
        self.alarms = Alarms(lambda: datetime(2026, 1, 1, 8, tzinfo=UTC) + timedelta(seconds=self.passed), self.tick)
        self.reception = TelegramReception(
            connection, group.id, store=store, act=_refuses, speakers=SPEAKERS, snapshot=snapshot, now=lambda: NOW,
            standing=self.standing.append,
        )  # fmt: skip
        self.notices: Notices = self.reception.notices(self.alarms, lambda: self.sends)
        self.notices.tick = self.tick

    def tick(self) -> float:
        return self.passed

    async def after(self, seconds: float) -> bool:
        self.passed += seconds
        return await self.notices.tell()

    @property
    def told(self) -> list[str]:
        return [message.text for message in self.group["Lan"].inbox if message.text]


async def _refuses(_: StaffAction) -> Ticket:
    raise Refused("not here")


@pytest.fixture
def hall(tg: FakeTelegram, connection: TelegramConnection, store: DocumentStore) -> Hall:
    return Hall(connection, tg.forum("Desk", ["Lan"]), store)


async def test_an_alarm_is_told_once_in_the_general_topic_and_once_when_it_is_over(hall: Hall) -> None:
    hall.alarms.raise_("store", WRONG, {"what": "the disk"})
    await hall.after(1)
    assert hall.told == []
    for _ in range(5):
        await hall.after(5)
    hall.alarms.clear("store")
    for _ in range(5):
        await hall.after(5)

    assert hall.told == [
        "⚠️ Something is wrong with the disk.",
        "✅ Over since 08:00: Something is wrong with the disk.",
    ]
    assert all(message.topic is None for message in hall.group["Lan"].inbox if message.text)


async def test_what_comes_and_goes_is_one_alarm(hall: Hall) -> None:
    for _ in range(4):
        hall.alarms.raise_("store", WRONG, {"what": "the disk"})
        await hall.after(80)
        hall.alarms.clear("store")
        await hall.after(2)
    assert len(hall.told) == 1

    await hall.after(10)

    assert [text[0] for text in hall.told] == ["⚠", "✅"]


async def test_what_mends_itself_at_once_is_no_news(hall: Hall) -> None:
    hall.alarms.raise_("store", WRONG, {"what": "the disk"})
    await hall.after(2)
    hall.alarms.clear("store")
    await hall.after(60)

    assert hall.told == []


@pytest.mark.parametrize(("lasted", "told"), [(50.0, 0), (3_600.0, 1)])
async def test_while_telegram_was_away_nobody_could_be_told_so_it_is_told_afterwards(
    tg: FakeTelegram, hall: Hall, lasted: float, told: int
) -> None:
    fault = tg.drop("sendMessage", times=ALWAYS)
    hall.alarms.raise_("telegram", WRONG, {"what": "Telegram"})
    assert not await hall.after(lasted)
    hall.alarms.clear("telegram")
    fault.stop()
    for _ in range(3):
        await hall.after(20)

    assert hall.told == ["✅ From 08:00 to 09:00: Something is wrong with Telegram."] * told


async def test_only_the_process_that_talks_to_telegram_tells(hall: Hall) -> None:
    hall.sends = False
    hall.alarms.raise_("store", WRONG, {"what": "the disk"})
    await hall.after(60)
    assert hall.told == []

    hall.sends = True
    await hall.after(1)

    assert len(hall.told) == 1


async def test_a_slow_down_is_obeyed(tg: FakeTelegram, hall: Hall) -> None:
    tg.fail("sendMessage", status=429, retry_after=1)
    hall.alarms.raise_("store", WRONG, {"what": "the disk"})

    assert not await hall.after(5)
    assert await hall.after(5)

    assert len(hall.told) == 1
    assert tg.violations == []


async def test_the_bot_that_is_shown_out_notices(connection: TelegramConnection, hall: Hall) -> None:
    async def handle(update: object) -> None:
        await hall.reception.receive(update)  # type: ignore[arg-type]

    async with receiving(connection, handle):
        await hall.group.kicks_bot()
        await until(lambda: hall.standing == [False])
        await hall.group.admits_bot()
        await until(lambda: hall.standing == [False, True])

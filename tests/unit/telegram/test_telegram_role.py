"""Who receives: the process that has the role, and, while nobody can tell who that is, the one that had it last."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import pytest
from telegram import Update

from bot import app_telegram
from bot.app_telegram import _catch_up, _first, _ours, _while_nobody_can_tell
from bot.channels.telegram.inbox import PREFIX, StoreInbox
from bot.clock import RealClock
from bot.model.errors import StoreUnavailable
from bot.outbox.role import Role
from bot.transports.telegram import TelegramConnection
from bot.transports.telegram_updates import Intake
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.patience import PATIENCE
from tests.unit.telegram.desk import until

if TYPE_CHECKING:
    from bot.app import Rooms


class Away:
    """As much of the store's health as is asked for."""

    refused = 1.0

    def refused_for(self) -> float:
        return self.refused


class Few:
    """The rooms that are needed here."""

    def __init__(self) -> None:
        self.kept = Away()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Few:
    monkeypatch.setattr(app_telegram, "_LOOK", 0.01)
    monkeypatch.setattr(app_telegram, "_BEAT", 0.01)
    return Few()


class Polling:
    ended = False

    async def __call__(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = True


def _running(few: Few, connection: TelegramConnection, poll: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
    return asyncio.create_task(_while_nobody_can_tell(cast("Rooms", few), connection, poll()))


async def test_while_the_store_is_away_it_goes_on_until_the_store_is_back(
    few: Few, connection: TelegramConnection
) -> None:
    polling = Polling()
    running = _running(few, connection, polling)
    await asyncio.sleep(0.1)
    assert not running.done()

    few.kept.refused = 0.0
    async with asyncio.timeout(PATIENCE):
        await running

    assert polling.ended


async def test_it_stands_back_when_somebody_else_polls(few: Few, connection: TelegramConnection) -> None:
    polling = Polling()
    running = _running(few, connection, polling)
    await asyncio.sleep(0.05)
    connection.health.state = "conflict"
    async with asyncio.timeout(PATIENCE):
        await running

    assert polling.ended


async def test_a_fault_of_the_polling_is_not_swallowed(few: Few, connection: TelegramConnection) -> None:
    async def broken() -> None:
        raise RuntimeError("a fault")

    with pytest.raises(RuntimeError, match="a fault"):
        await _running(few, connection, broken)


class Elsewhere(DocumentStore):
    """Another process has every role for now."""

    ours = False

    async def lead(self, *_: object, **__: object) -> bool:
        return self.ours

    async def resign(self, *_: object, **__: object) -> None:
        raise StoreUnavailable("not asked here")


@pytest.mark.usefixtures("few")
async def test_who_has_not_the_role_waits_alive_and_begins_when_it_gets_it(connection: TelegramConnection) -> None:
    store, beats = Elsewhere(MemoryTables()), 0

    def beat() -> None:
        nonlocal beats
        beats += 1

    role = Role(store, "telegram")
    taking = asyncio.create_task(role.run())
    waiting = asyncio.create_task(_ours(role, connection, Intake(beat=beat)))
    await until(lambda: beats > 5)
    assert connection.health.state == "standby"
    assert not waiting.done()

    store.ours = True
    async with asyncio.timeout(PATIENCE):
        await waiting
    taking.cancel()
    await asyncio.wait([taking])

    assert role.held


async def test_where_a_webhook_receives_the_one_with_the_role_handles_what_was_left_over(
    few: Few, connection: TelegramConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    del few
    monkeypatch.setattr(app_telegram, "_CATCH_UP", 0.05)
    store, handled, set_up = Elsewhere(MemoryTables()), [], asyncio.Event()
    intake = Intake(inbox=StoreInbox(store, RealClock(ZoneInfo("UTC"))))
    chat, person = {"id": 5, "type": "private"}, {"id": 5, "is_bot": False, "first_name": "Amina"}
    message = {"message_id": 1, "date": 1, "chat": chat, "from": person, "text": "left over"}
    await StoreInbox(store, RealClock(ZoneInfo("UTC"))).keep({7: {"update_id": 7, "message": message}})

    async def handle(update: Update) -> None:
        handled.append(update.update_id)

    async def oversee() -> None:
        set_up.set()
        await asyncio.Event().wait()

    role = Role(store, "telegram")
    taking = asyncio.create_task(role.run())
    receiving = asyncio.create_task(_first(_catch_up(role, connection, handle, intake), oversee()))
    async with asyncio.timeout(PATIENCE):
        await set_up.wait()  # the webhook does not wait for the role
    assert handled == []

    store.ours = True
    await until(lambda: handled)

    for task in (receiving, taking):
        task.cancel()
    await asyncio.wait([receiving, taking])
    assert handled == [7]
    assert await store.recall_all(PREFIX) == {}

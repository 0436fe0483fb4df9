"""The sending half of ``bench.broadcast``: the real store, dispatcher and Telegram door, in a process of its own."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.channels.telegram import TelegramDoor
from bot.cli.logs import quiet_logging
from bot.clock import RealClock, real_now
from bot.desk import announce
from bot.desk.announcing import Announcements
from bot.desk.undelivered import Undelivered
from bot.i18n.translator import load_speakers
from bot.model.language import LANGUAGES
from bot.model.messages import Inbound, Lane, Message, Outbound, OutboundId
from bot.model.people import Address, Delegate
from bot.model.rich import plain
from bot.outbox.dispatcher import Broadcasts, Dispatcher
from bot.outbox.limits import Pace
from bot.outbox.role import Role
from bot.ports import Store
from bot.settings import locales_root
from bot.transports.telegram import TelegramConnection
from storage import open_store

TOKEN = "1234:" + "b" * 35
TEXTS = {"en": "Coaches leave at 18:30.", "ar": "تنطلق الحافلات الساعة 18:30.", "vi": "Xe khởi hành lúc 18:30."}
CLOCK = RealClock(ZoneInfo("Asia/Ho_Chi_Minh"))
REPLIES_FROM = 5_000_000  # chat ids of those who ask meanwhile


async def seed(store: Store, count: int) -> None:
    known = {delegate.id for delegate in await store.delegates()}
    for start in range(0, count, 64):
        async with asyncio.TaskGroup() as group:
            for number in range(start, min(start + 64, count)):
                address = Address("telegram", str(1_000_000 + number))
                if address.delegate not in known:
                    person = Delegate(address.delegate, address, LANGUAGES[number % 3], CLOCK.now())
                    group.create_task(save(store, person))


async def save(store: Store, person: Delegate) -> None:
    async with store.transaction(person.id) as tx:
        await tx.save_delegate(person)


async def answer(store: Store, per_second: float) -> None:
    """Replies of the desk to others, each carrying when it was committed."""
    number = 0
    while True:
        await asyncio.sleep(1 / per_second)
        number += 1
        to = Address("telegram", str(REPLIES_FROM + number % 500))
        now = CLOCK.now()
        async with store.transaction(to.delegate) as tx:
            row = OutboundId(f"reply:{time.monotonic()}")
            said = Message(plain(f"reply {time.monotonic()}"), "en")
            await tx.enqueue(Outbound(row, to, Lane.REPLY, said, now, now, delegate=to.delegate))


async def pauses(worst: list[float]) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(0.01)
        worst.append(time.perf_counter() - before - 0.01)


async def nothing(_: Inbound) -> None:
    """Nobody writes to this bot."""


async def run(data: Path, url: str, count: int, rate: float, replies: float) -> None:
    announce.UNDO = timedelta(0)  # type: ignore[misc]  # the ten seconds are not what is measured
    speakers = load_speakers(locales_root())
    async with (
        open_store(f"tinydb:{data}") as store,
        Role(store, "telegram") as role,
        TelegramConnection(TOKEN, now=real_now, api_url=url) as connection,
    ):
        await seed(store, count)
        door = TelegramDoor(connection, nothing, speakers=speakers, now=CLOCK.now)
        announcements = Announcements(store, speakers, CLOCK)
        held = Broadcasts(announcements.paused, announcements.withdrawn)
        dispatcher = Dispatcher(
            store,
            {door.name: door},
            CLOCK,
            Pace(rate),
            {"telegram": False},
            role,
            held,
            Undelivered(store, speakers, CLOCK).gone,
        )
        lags: list[float] = []
        async with asyncio.TaskGroup() as group:
            loops = [role.run(), dispatcher.run(), announcements.run(), pauses(lags)]
            tasks = [group.create_task(loop) for loop in loops]
            await asyncio.sleep(1.5)  # the careful first second is not what is measured
            tasks.append(group.create_task(answer(store, replies)))
            if not await store.recall_all("announce:"):
                shown = await announcements.preview({"texts": TEXTS})
                await announcements.confirm({"id": shown["id"], "count": shown["count"]})
                tell("confirmed", at=time.monotonic())
            await sent(announcements)
            for task in tasks:
                task.cancel()
        tell("sent", at=time.monotonic(), pause=sorted(lags)[int(len(lags) * 0.999)], worst=max(lags))


async def sent(announcements: Announcements) -> None:
    while True:
        states = [told["state"] async for told in announcements.overview({})]
        if states and all(state == "sent" for state in states):
            return
        await asyncio.sleep(0.5)


def tell(what: str, **values: float) -> None:
    print(json.dumps({"what": what, **values}), flush=True)


if __name__ == "__main__":
    quiet_logging("ERROR")
    folder, address, people, pace, asks = sys.argv[1:]
    asyncio.run(run(Path(folder), address, int(people), float(pace), float(asks)))

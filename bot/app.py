"""Opens every room in order, runs the loops, and closes in reverse; the only module that knows all rooms."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from bot.app_console import open_pages
from bot.app_desk import go_on_with_time, tend
from bot.app_health import look_at_everything, new_health
from bot.app_keeping import open_keeping
from bot.backup.move import refuse_unfinished
from bot.booster.opening import open_booster
from bot.channels.webchat import WebChat
from bot.clock import DemoClock, RealClock, boot_id
from bot.content.source import Folders
from bot.desk import drill, walkin
from bot.desk.announcing import Announcements
from bot.desk.front import FrontDesk
from bot.desk.live import LiveContent
from bot.desk.onduty import OnDutyNow, nobody
from bot.desk.staff import StaffDesk
from bot.desk.teach import Teaching
from bot.desk.undelivered import Undelivered
from bot.health.aside import Aside
from bot.health.kept_store import KeptStore
from bot.health.pulse import end_soon
from bot.health.rounds import Health
from bot.health.watch import LoopLost
from bot.i18n.translator import Speakers, load_speakers
from bot.model.errors import DeskError
from bot.model.people import Address
from bot.outbox.dispatcher import Broadcasts, Dispatcher
from bot.outbox.limits import Pace
from bot.outbox.role import Role
from bot.reception.console import Console
from bot.settings import Settings, content_root, locales_root
from bot.staff.commands import StaffCommands
from bot.staff.links import BY_COMMAND, new_link
from bot.staff.list import StaffList
from bot.translation.machine import MachineTranslation
from bot.translation.opening import open_translation
from bot.transports.admin import AdminDoor
from bot.transports.web import WebServer
from bot.transports.web_feed import Feed
from storage import open_store
from storage.chain import chain_key
from storage.crypt import read_key

if TYPE_CHECKING:
    from bot.app_telegram import TelegramDoors
    from bot.model.messages import Outbound
    from bot.ports import Channel, Clock, Store

_PACED = {"telegram": False, "reception-telegram": True, "staff-telegram": False}


class Stopped(Exception):
    """The house was asked to close."""


@dataclass
class House:
    """Everything that is open, for whoever started it."""

    settings: Settings
    content: LiveContent
    store: Store
    clock: Clock
    speakers: Speakers
    front: FrontDesk
    staff: StaffDesk
    server: WebServer
    telegram: TelegramDoors | None
    admin: AdminDoor
    """Where commands reach the running desk; rooms offer theirs here."""
    role: Role
    """Held by the one process that polls Telegram and sends with its token."""
    health: Health
    loops: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)

    @property
    def staff_list(self) -> StaffList:
        return StaffList(self.store, self.clock)

    async def first_link(self, name: str) -> str:
        """A sign-in link for whoever starts the desk; the first one of all is on the list from then on.

        Raises:
            DeskError: There are others on the list, and nobody called so, or somebody who has a password.
        """
        if not await self.staff_list.everybody():
            with suppress(DeskError):  # another process was faster
                await self.staff_list.add(name, by="desk")
        return await self.staff_link(name)

    async def staff_link(self, name: str, lifetime: timedelta = BY_COMMAND) -> str:
        """A sign-in link to the console, good once. Raises DeskError when nobody is called so."""
        person = await self.staff_list.named(name)
        return f"{self.server.url}/desk/enter?token={await new_link(self.store, person, self.clock.now(), lifetime)}"


@dataclass(frozen=True)
class Rooms:
    """What the Telegram rooms need of the others."""

    settings: Settings
    front: FrontDesk
    staff: StaffDesk
    content: LiveContent
    store: Store
    kept: KeptStore
    """The same, as far as its health is seen from outside."""
    clock: Clock
    speakers: Speakers
    health: Health
    aside: Aside
    role: Role
    pace: Pace
    """How fast the bot may send."""
    translator: MachineTranslation | None = None


@asynccontextmanager
async def open_house(
    settings: Settings, *, take_next_port: bool = False, demo: bool = False, learning: Callable[[], None] = lambda: None
) -> AsyncIterator[House]:
    """Open all rooms. Raises ContentError, SettingsError or StoreLocked with what must be mended."""
    async with AsyncExitStack() as stack:
        speakers = load_speakers(locales_root())
        content = await LiveContent.open(Folders.of(content_root(), settings.event), settings.cache, learning=learning)
        clock = _clock(settings, content)
        health = new_health(clock)
        key = read_key(settings.store_key, settings.store_key_file)
        opened = await stack.enter_async_context(open_store(settings.store_url, key=key))
        await refuse_unfinished(opened)
        await go_on_with_time(opened, clock, boot_id())
        kept = KeptStore(opened, committed=health.figures.commit.observe, claims=health.watch.beats("outbox"))
        store = cast("Store", kept)  # it passes everything on
        aside = Aside(store, clock.now)
        role = await stack.enter_async_context(Role(store, "telegram"))
        admin = AdminDoor(settings.data_dir)
        if not settings.store_url.startswith("memory:"):
            await stack.enter_async_context(admin)
        lanes: tuple[Address, ...] = ()
        if settings.telegram_token and settings.staff_chat is not None:
            lanes = (Address("reception-telegram", str(settings.staff_chat)), Address("reception-direct", "duty"))
        keeping = await open_keeping(settings, store, lambda: content.snapshot().event, clock, lanes, health.alarms)
        stack.push_async_callback(keeping.resign)
        keeping.offer(admin)
        booster = await open_booster(stack, settings, content.snapshot, health.watch.beats("booster"))
        translator = await open_translation(stack, settings, store, content.engine, health.watch.beats("translation"))
        outlet = _Outlet()
        front = FrontDesk(
            store,
            content.engine,
            speakers,
            clock,
            content.card,
            lanes,
            at_once=outlet.at_once,
            repeated=lambda: health.figures.count("repeated"),
            eraser=keeping.eraser,
            bot_name=lambda: telegram.username if telegram else "",
            dress=OnDutyNow(store, content.engine, clock).dress,
            booster=booster,
            translates=bool(settings.translate_url),
        )
        staff = StaffDesk(store, content.engine, speakers, clock, lanes, translator=translator)
        rooms = Rooms(
            settings,
            front,
            staff,
            content,
            store,
            kept,
            clock,
            speakers,
            health,
            aside,
            role,
            Pace(settings.telegram_rate),
            translator,
        )
        telegram = await _open_telegram(stack, rooms)
        feed = Feed(store)
        chat, console = _pages(rooms, feed, demo=demo)
        announcer = await stack.enter_async_context(Role(store, "announcements"))
        announcements = Announcements(store, speakers, clock, lambda: announcer.held)
        tending = tend(
            store, content, speakers, clock, lanes, health, admin, telegram.paging if telegram is not None else nobody
        )
        loops = open_pages(console, announcements, tending, content, lanes, settings.data_dir, lambda: server.url)
        server = await stack.enter_async_context(
            WebServer(
                settings.host,
                settings.port,
                speakers=speakers,
                routes=[*chat.routes(), *console.routes(), *(telegram.routes if telegram else ())],
                ready=lambda: health.board.parts,
                public_url=settings.public_url or None,
                take_next=take_next_port,
                on_stop=[feed.close],
                registry=health.figures.registry,
                metrics_token=settings.metrics_token,
            )
        )
        _offer_staff(
            admin, StaffCommands(StaffList(store, clock), console.credentials, lambda: server.url, chain_key(key))
        )
        channels: dict[str, Channel] = {
            chat.name: chat,
            drill.DOOR: drill.DrillDoor(),
            walkin.DOOR: walkin.CounterDoor(),
            **(telegram.channels if telegram else {}),
        }
        _offer_commands(admin, announcements)
        _offer_status(rooms, admin, telegram, (role, announcer))
        dispatcher = Dispatcher(
            store,
            channels,
            clock,
            rooms.pace,
            _PACED,
            role,
            Broadcasts(announcements.paused, announcements.withdrawn),
            Undelivered(store, speakers, clock, lanes).gone,
        )
        outlet.dispatcher = dispatcher
        content.beat = health.watch.beats("content")
        house = House(settings, content, store, clock, speakers, front, staff, server, telegram, admin, role, health)
        house.loops = {
            "outbox": dispatcher.run,
            "web feed": feed.run,
            "duties": tending.duties.run,
            "content": content.run,
            "auditor": tending.auditor.run,
            "announcements": announcements.run,
            "role announcements": announcer.run,
            **keeping.loops,
            **loops,
            **({"booster": booster.run} if booster else {}),
            **({"presence": console.sharing.run} if settings.store_url.startswith("postgres") else {}),
            **({"translation": translator.run} if translator else {}),
        }
        if telegram is not None:
            house.loops |= {"telegram": telegram.receive, "role telegram": role.run, **telegram.loops}
        look_at_everything(house, rooms)
        yield house


def _offer_status(rooms: Rooms, admin: AdminDoor, telegram: TelegramDoors | None, roles: Sequence[Role]) -> None:
    async def status(_asked: Mapping[str, object]) -> Mapping[str, object]:
        return {
            "store": rooms.settings.store_url.partition(":")[0],
            "waiting": await rooms.store.waiting(),
            "telegram": telegram.state() if telegram else "off",
            "holds": [held.name for held in roles if held.held],
            "machine translation": "on" if rooms.translator is not None else "off",
            "content": "faulty: the last good version is served" if rooms.content.faults else "good",
            "parts": {name: part.reason or part.level for name, part in rooms.health.board.parts.items()},
            "alarms": [alarm.said(rooms.speakers["en"]) for alarm in rooms.health.alarms.current],
        }

    admin.offer("status", status)


def _offer_commands(admin: AdminDoor, announcements: Announcements) -> None:
    admin.offer("announce.preview", announcements.preview)
    admin.offer("announce.confirm", announcements.confirm)
    admin.offer("announce.undo", announcements.undo)
    admin.offer("announce.pause", announcements.pause)
    admin.offer("announce.resume", announcements.resume)
    admin.offer("announce.list", announcements.overview)
    admin.offer("teach.list", Teaching(announcements.store).listed)


def _offer_staff(admin: AdminDoor, commands: StaffCommands) -> None:
    for name, offered in commands.offers().items():
        admin.offer(name, offered)
    admin.before = commands.note


async def serve(house: House, stop: asyncio.Event) -> None:
    """Run every loop until the bell rings; what dies or hangs is started again.

    Raises:
        LoopLost: A loop failed again and again; a supervisor must start afresh.
    """

    async def until_stopped() -> None:
        await stop.wait()
        raise Stopped

    lost: LoopLost | None = None
    try:
        async with house.health.pulse.guarded(), asyncio.TaskGroup() as group:
            for name, loop in house.loops.items():
                group.create_task(house.health.watch.keep(name, loop), name=f"keep {name}")
            group.create_task(until_stopped(), name="stop")
    except* Stopped:
        pass
    except* LoopLost as found:
        lost = next(error for error in found.exceptions if isinstance(error, LoopLost))
    if lost is not None:
        end_soon()  # what cannot be cancelled would keep the process from ending
        raise lost


def ring_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT ring the bell; what was accepted is finished first."""
    running = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            running.add_signal_handler(name, stop.set)


def _clock(settings: Settings, content: LiveContent) -> Clock:
    zone = content.snapshot().event.zone
    return DemoClock(settings.clock, zone) if settings.clock else RealClock(zone)


@dataclass
class _Outlet:
    """Lets the desk, which is opened first, reach the dispatcher, which is opened last."""

    dispatcher: Dispatcher | None = None

    async def at_once(self, row: Outbound) -> None:
        if self.dispatcher is not None:
            await self.dispatcher.deliver_at_once(row)


def _pages(rooms: Rooms, feed: Feed, *, demo: bool) -> tuple[WebChat, Console]:
    """The delegates' page and reception's."""
    public_url, engine = rooms.settings.public_url or None, rooms.content.engine
    chat = WebChat(
        store=rooms.store,
        accept=rooms.front.receive,
        feed=feed,
        speakers=rooms.speakers,
        snapshot=rooms.content.snapshot,
        clock=rooms.clock,
        urgent=lambda text: engine().urgent(text),
        public_url=public_url,
        demo=demo,
    )
    console = Console(
        store=rooms.store,
        act=rooms.staff.act,
        feed=feed,
        speakers=rooms.speakers,
        snapshot=rooms.content.snapshot,
        clock=rooms.clock,
        public_url=public_url,
        demo=demo,
        alarms=rooms.health.alarms,
        on_duty=OnDutyNow(rooms.store, engine, rooms.clock).people,
        translator=rooms.translator,
    )
    return chat, console


async def _open_telegram(stack: AsyncExitStack, rooms: Rooms) -> TelegramDoors | None:
    if not rooms.settings.telegram_token:
        return None
    # Loaded only here: the library takes a third of a second and 20 MB that a desk without Telegram does not need.
    from bot.app_telegram import open_telegram  # noqa: PLC0415

    return await open_telegram(stack, rooms)

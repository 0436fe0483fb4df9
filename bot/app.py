"""Opens every room in order, runs the loops, and closes in reverse; the only module that knows all rooms."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import structlog

from bot.channels.webchat import WebChat
from bot.clock import DemoClock, RealClock, real_now
from bot.content.source import Folders
from bot.desk.duties import Duties
from bot.desk.front import FrontDesk
from bot.desk.live import LiveContent
from bot.desk.staff import StaffDesk
from bot.i18n.translator import Speakers, load_speakers
from bot.model.errors import DeliveryDelayed, SettingsError, Undeliverable
from bot.model.people import Address
from bot.outbox.dispatcher import Dispatcher
from bot.outbox.limits import Pace
from bot.reception.console import Console, new_link
from bot.settings import Settings, content_root, locales_root
from bot.transports.web import WebServer
from bot.transports.web_feed import Feed
from storage import open_store

if TYPE_CHECKING:
    from aiohttp import web
    from telegram import Update

    from bot.ports import Channel, Clock, Store

log = structlog.get_logger("app")

_ANNOUNCE_AGAIN: Final = 10.0  # seconds until Telegram is told again where to post
_INTRODUCE_TIMEOUT: Final = 60.0
_LONG_POLL: Final = 20.0  # seconds; well below the thirty after which a deaf desk must show red (O6)


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
    loops: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)

    async def staff_link(self, name: str) -> str:
        """A sign-in link to the console, good once."""
        return f"{self.server.url}/desk/enter?token={await new_link(self.store, name, self.clock.now())}"


@dataclass
class TelegramDoors:
    """The Telegram rooms; they are only loaded when there is a token."""

    connection: object
    receive: Callable[[], Awaitable[None]]
    channels: Mapping[str, Channel]
    lanes: tuple[Address, ...]
    routes: tuple[web.AbstractRouteDef, ...]
    state: Callable[[], str]
    username: str = ""
    trouble: str = ""


@asynccontextmanager
async def open_house(
    settings: Settings, *, take_next_port: bool = False, demo: bool = False, learning: Callable[[], None] = lambda: None
) -> AsyncIterator[House]:
    """Open all rooms. Raises ContentError, SettingsError or StoreLocked with what must be mended."""
    async with AsyncExitStack() as stack:
        speakers = load_speakers(locales_root())
        content = await LiveContent.open(Folders.of(content_root(), settings.event), settings.cache, learning=learning)
        zone = content.snapshot().event.zone
        clock: Clock = DemoClock(settings.clock, zone) if settings.clock else RealClock(zone)
        store = await stack.enter_async_context(open_store(settings.store_url))
        lanes: tuple[Address, ...] = ()
        if settings.telegram_token and settings.staff_chat is not None:
            lanes = (Address("reception-telegram", str(settings.staff_chat)),)
        outlet = _Outlet()
        front = FrontDesk(store, content.engine, speakers, clock, content.card, lanes, outlet.at_once)
        staff = StaffDesk(store, content.engine, speakers, clock, lanes)
        telegram = await _open_telegram(stack, settings, front, staff, content, store, clock, speakers)
        feed = Feed(store)
        chat = WebChat(
            store=store,
            accept=front.receive,
            feed=feed,
            speakers=speakers,
            snapshot=content.snapshot,
            clock=clock,
            urgent=lambda text: content.engine().urgent(text),
            public_url=settings.public_url or None,
            demo=demo,
        )
        console = Console(
            store=store,
            act=staff.act,
            feed=feed,
            speakers=speakers,
            snapshot=content.snapshot,
            clock=clock,
            public_url=settings.public_url or None,
            demo=demo,
        )

        async def ready() -> Mapping[str, bool]:
            doors = {"store": await store.waiting() >= 0, "content": not content.faults}
            return {**doors, "telegram": telegram.state() in ("receiving", "starting")} if telegram else doors

        server = await stack.enter_async_context(
            WebServer(
                settings.host,
                settings.port,
                speakers=speakers,
                routes=[*chat.routes(), *console.routes(), *(telegram.routes if telegram else ())],
                ready=ready,
                public_url=settings.public_url or None,
                take_next=take_next_port,
                on_stop=[feed.close],
            )
        )
        channels: dict[str, Channel] = {chat.name: chat, **(telegram.channels if telegram else {})}
        dispatcher = Dispatcher(
            store, channels, clock, Pace(settings.telegram_rate), {"telegram": False, "reception-telegram": True}
        )
        outlet.dispatcher = dispatcher
        duties = Duties(store, content.engine, speakers, clock, lanes)
        house = House(settings, content, store, clock, speakers, front, staff, server, telegram)
        house.loops = {"outbox": dispatcher.run, "web feed": feed.run, "duties": duties.run, "content": content.run}
        if telegram is not None and not telegram.trouble:
            house.loops["telegram"] = telegram.receive
        yield house


async def serve(house: House, stop: asyncio.Event) -> None:
    """Run every loop until the bell rings; if one dies, all close in order and a supervisor starts afresh."""

    async def until_stopped() -> None:
        await stop.wait()
        raise Stopped

    try:
        async with asyncio.TaskGroup() as group:
            for name, loop in house.loops.items():
                group.create_task(_ending(loop), name=name)
            group.create_task(until_stopped(), name="stop")
    except* Stopped:
        pass


async def _ending(loop: Callable[[], Awaitable[None]]) -> None:
    await loop()


def ring_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT ring the bell; what was accepted is finished first."""
    running = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            running.add_signal_handler(name, stop.set)


@dataclass
class _Outlet:
    """Lets the desk, which is opened first, reach the dispatcher, which is opened last."""

    dispatcher: Dispatcher | None = None

    async def at_once(self, row: object) -> None:
        if self.dispatcher is not None:
            await self.dispatcher.deliver_at_once(row)  # type: ignore[arg-type]


async def _open_telegram(
    stack: AsyncExitStack,
    settings: Settings,
    front: FrontDesk,
    staff: StaffDesk,
    content: LiveContent,
    store: Store,
    clock: Clock,
    speakers: Speakers,
) -> TelegramDoors | None:
    if not settings.telegram_token:
        return None
    # Loaded only here: the library takes a third of a second and 20 MB that a desk without Telegram does not need.
    from telegram.error import TelegramError  # noqa: PLC0415

    from bot.channels.telegram import TelegramDoor  # noqa: PLC0415
    from bot.reception.telegram import TelegramReception  # noqa: PLC0415
    from bot.transports.telegram import Patience, TelegramConnection  # noqa: PLC0415
    from bot.transports.telegram_webhook import TelegramWebhook  # noqa: PLC0415

    connection = await stack.enter_async_context(
        TelegramConnection(
            settings.telegram_token,
            now=real_now,
            api_url=settings.telegram_api_url,
            patience=Patience(long_poll=_LONG_POLL),
        )
    )
    door = TelegramDoor(connection, front.receive, speakers=speakers, now=clock.now, unsaved=front.unsaved)
    channels: dict[str, Channel] = {door.name: door}
    lanes: tuple[Address, ...] = ()
    reception: TelegramReception | None = None
    if settings.staff_chat is not None:
        reception = TelegramReception(
            connection,
            settings.staff_chat,
            store=store,
            act=staff.act,
            speakers=speakers,
            snapshot=content.snapshot,
            now=clock.now,
        )
        channels[reception.name] = reception
        lanes = (reception.address,)

    async def handle(update: Update) -> None:
        if reception is None or not await reception.receive(update):
            await door.receive(update)

    hook = TelegramWebhook(connection, settings.telegram_webhook_secret, handle) if settings.webhook else None

    async def receive() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_INTRODUCE_TIMEOUT):
                await door.introduce(content.snapshot().event)
        if hook is None:
            # A webhook of an earlier setting would refuse every poll; waiting updates are kept.
            with suppress(TelegramError, TimeoutError):
                async with asyncio.timeout(_INTRODUCE_TIMEOUT):
                    await connection.bot.delete_webhook(drop_pending_updates=False)
            await connection.receive(handle)
            return
        while True:
            try:
                await hook.announce(settings.public_url)
            except DeliveryDelayed:
                await asyncio.sleep(_ANNOUNCE_AGAIN)
            except (SettingsError, Undeliverable) as error:
                log.error("telegram_webhook_refused", problem=str(error))  # noqa: TRY400 -- a sentence, not a trace
                break
            else:
                break
        await asyncio.Event().wait()

    doors = TelegramDoors(
        connection, receive, channels, lanes, tuple(hook.routes) if hook else (), lambda: connection.health.state
    )
    try:
        doors.username = await connection.check()
    except SettingsError as error:
        doors.trouble = str(error)
        log.error("telegram_token_refused", problem=str(error))  # noqa: TRY400 -- a sentence for the organiser
    except DeliveryDelayed as error:
        log.warning("telegram_unreachable", problem=str(error))
    return doors

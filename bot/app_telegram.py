"""Opens the Telegram rooms; loaded only when there is a token, for the library takes a third of a second and 20 MB."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import structlog
from telegram import Update
from telegram.error import TelegramError

from bot.channels.telegram import TelegramDoor
from bot.channels.telegram.inbox import StoreInbox
from bot.channels.telegram.salvage import pressed_emergency, salvaged, urgent_words
from bot.clock import real_now
from bot.desk import presence
from bot.desk.onduty import OnDutyNow, Paging, nobody
from bot.health.checks import LANE_LEFT
from bot.health.naming import named
from bot.i18n.translator import mark
from bot.model.errors import DeliveryDelayed, SettingsError, StoreUnavailable
from bot.model.messages import Lane
from bot.model.people import Address
from bot.reception.telegram import TelegramReception
from bot.reception.telegram.direct import FOR_STAFF
from bot.reception.telegram.doing import DutyRoom
from bot.tickets.roster import Said, is_away
from bot.transports.telegram import DEAF_AFTER, Patience, TelegramConnection
from bot.transports.telegram_updates import Arrived, Intake
from bot.transports.telegram_webhook import TelegramWebhook

if TYPE_CHECKING:
    from aiohttp import web

    from bot.app import Rooms
    from bot.health.parts import Level
    from bot.health.rounds import Health
    from bot.outbox.role import Role
    from bot.ports import Channel
    from bot.transports.telegram_words import Words

log = structlog.get_logger("app")

RECEIVE: Final = "telegram"  # the name of the loop
_INTRODUCE_TIMEOUT: Final = 60.0
_LONG_POLL: Final = 20.0  # seconds; well below the thirty after which a deaf desk must show red (O6)
_CONFLICT_LASTS: Final = 8.0  # seconds; a conflict that is over sooner was only two processes taking turns
_LOOK: Final = 0.5  # seconds between looks whether the store is back
_BUSY: Final = 5.0  # seconds until the group takes more; then a page of buttons is not worth a place in its minute
_BEAT: Final = 5.0  # seconds between beats while another process receives
_CATCH_UP: Final = 5.0  # seconds that what an earlier polling desk left over has before the webhook is set

UNREACHABLE: Final = mark(
    "Telegram has been out of reach since {clock}. What delegates write there waits and is answered when it is back; the web page works."
)
CONFLICT: Final = mark(
    "Another program takes this bot's messages with the same token, so the desk stands back. Stop the other program, or make a new token with BotFather."
)
BAD_TOKEN: Final = mark(
    "Telegram does not accept the bot's token. Copy it again from BotFather and start the desk again."
)
NO_TOPICS: Final = mark(
    "The bot may not open topics in the staff group on Telegram, so requests come into its General topic. Make the bot an administrator who may manage topics."
)
WEBHOOK: Final = mark(
    "Telegram cannot deliver to the desk's public address; messages that wait: {count}. Can it be reached from outside, with a valid certificate?"
)


@dataclass
class TelegramDoors:
    """The Telegram rooms."""

    connection: TelegramConnection
    receive: Callable[[], Awaitable[None]]
    channels: Mapping[str, Channel]
    lanes: tuple[Address, ...]
    routes: tuple[web.AbstractRouteDef, ...]
    loops: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    paging: Paging = nobody
    """Where single members of staff are called."""
    username: str = ""
    trouble: str = ""

    def state(self) -> str:
        return self.connection.health.state


async def open_telegram(stack: AsyncExitStack, rooms: Rooms) -> TelegramDoors:
    settings, health = rooms.settings, rooms.health
    connection = await stack.enter_async_context(
        TelegramConnection(
            settings.telegram_token,
            now=real_now,
            api_url=settings.telegram_api_url,
            patience=Patience(long_poll=_LONG_POLL, network=(0.5, 2.0)),
        )
    )
    door = TelegramDoor(
        connection, rooms.front.receive, speakers=rooms.speakers, now=rooms.clock.now, unsaved=rooms.front.unsaved
    )
    channels: dict[str, Channel] = {door.name: door}
    lanes: tuple[Address, ...] = ()
    loops: dict[str, Callable[[], Awaitable[None]]] = {}
    reception: TelegramReception | None = None
    if settings.staff_chat is not None:
        reception = TelegramReception(
            connection,
            settings.staff_chat,
            store=rooms.store,
            act=rooms.staff.act,
            speakers=rooms.speakers,
            snapshot=rooms.content.snapshot,
            now=rooms.clock.now,
            others=settings.staff_group_members == "desk",
            console=lambda: f"{settings.public_url}/desk/" if settings.public_url else "",
            standing=lambda may_write: health.alarms.set("staff-group-left", LANE_LEFT, on=not may_write),
            may_open=lambda may_open: health.alarms.set("staff-group-topics", NO_TOPICS, on=not may_open),
            languages=settings.group_languages,
            duty=_duty_room(rooms),
            spend=_group_minute(rooms, settings.staff_chat),
            translator=rooms.translator,
        )
        channels |= {door.name: door for door in (reception, reception.fan, reception.personal)}
        lanes = reception.lanes
        loops["alarms to the staff group"] = reception.notices(health.alarms, lambda: rooms.role.held).run
        reception.marks.sends = lambda: rooms.role.held
        loops["marks on replies"] = reception.marks.run
        if rooms.translator is not None:
            loops["replies by machine"] = reception.replies.run

    async def handle(update: Update) -> None:
        if reception is None or not await reception.receive(update):
            await door.receive(update)

    # A group has a number below zero, so no private chat is the staff's: such texts go straight to the door.
    intake = _intake(rooms, door.receive_words)
    hook = (
        TelegramWebhook(connection, settings.telegram_webhook_secret, handle, intake=intake)
        if settings.webhook
        else None
    )

    async def receive() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_INTRODUCE_TIMEOUT):
                await door.introduce(rooms.content.snapshot().event)
                if reception is not None:
                    await reception.introduce()
        if hook is not None:
            left_over = _catch_up(rooms.role, connection, handle, intake)
            await _first(left_over, hook.oversee(settings.public_url))
            return
        while True:
            await _ours(rooms.role, connection, intake)
            await rooms.role.while_held(_poll(connection, handle, intake))
            if not await rooms.kept.probe(rooms.clock.now()):
                await _while_nobody_can_tell(rooms, connection, _poll(connection, handle, intake))
            connection.stands_by()

    doors = TelegramDoors(connection, receive, channels, lanes, tuple(hook.routes) if hook else (), loops)
    doors.paging = reception.paging if reception is not None else nobody
    health.look("telegram", TelegramCheck(connection, health, polling=hook is None))
    try:
        doors.username = await connection.check()
    except SettingsError as error:
        doors.trouble = str(error)
        log.error("telegram_token_refused", problem=str(error))  # noqa: TRY400 -- a sentence for the organiser
    except DeliveryDelayed as error:
        log.warning("telegram_unreachable", problem=str(error))
    return doors


async def _ours(role: Role, connection: TelegramConnection, intake: Intake) -> None:
    """Wait until this process is the one that receives."""
    while not role.held:
        intake.beat()
        try:
            async with asyncio.timeout(_BEAT):
                await role.wait_held()
        except TimeoutError:
            connection.stands_by()


async def _first(left_over: Coroutine[Any, Any, None], oversee: Coroutine[Any, Any, None]) -> None:
    """What came before goes first, but what is urgent now must not wait for it for long."""
    async with asyncio.TaskGroup() as group:
        await asyncio.wait([group.create_task(left_over, name="telegram left over")], timeout=_CATCH_UP)
        group.create_task(oversee, name="telegram webhook")


async def _catch_up(
    role: Role, connection: TelegramConnection, handle: Callable[[Update], Awaitable[None]], intake: Intake
) -> None:
    """What this desk confirmed and did not handle while it still polled; one of several processes does it."""
    done = False

    async def all_of_it() -> None:
        nonlocal done
        await connection.catch_up(handle, intake)
        done = True

    while not done:
        await role.wait_held()
        await role.while_held(all_of_it())


async def _while_nobody_can_tell(rooms: Rooms, connection: TelegramConnection, poll: Awaitable[None]) -> None:
    """Go on receiving while the store is away: nothing is confirmed then, but an emergency must get its number.

    Whoever has the role all the same polls too, and Telegram tells us by a conflict: then we stand back.
    """
    polling = asyncio.ensure_future(poll)
    try:
        while not polling.done() and rooms.kept.refused_for() and connection.health.state != "conflict":
            await asyncio.wait([polling], timeout=_LOOK)
    finally:
        polling.cancel()
        await asyncio.wait([polling])
    if not polling.cancelled():
        polling.result()


async def _poll(connection: TelegramConnection, handle: Callable[[Update], Awaitable[None]], intake: Intake) -> None:
    # A webhook of an earlier setting would refuse every poll; waiting updates are kept.
    with suppress(TelegramError, TimeoutError):
        async with asyncio.timeout(_INTRODUCE_TIMEOUT / 2):
            await connection.bot.delete_webhook(drop_pending_updates=False)
    await connection.receive(handle, intake)


def _intake(rooms: Rooms, words: Callable[[Words], Awaitable[None]]) -> Intake:
    """What receiving needs of the house."""

    async def set_aside(number: int, raw: object, problem: str) -> None:
        inbound = salvaged(number, raw, rooms.clock.now())
        who = inbound.sender.address.delegate if inbound is not None else None
        await rooms.aside.put(number, raw, problem, who)
        if inbound is None:
            return
        try:
            await rooms.front.receive(inbound)  # a repeat, if all that failed came after its commit
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is, its sender must not be left without a word
            log.error("salvage_failed", update_id=number, error=named(error))  # noqa: TRY400 -- it may quote words
            await rooms.front.apologise(inbound)

    def urgent(update: Arrived) -> bool:
        written = urgent_words(update)
        return pressed_emergency(update) or bool(written and rooms.content.engine().urgent(written))

    return Intake(
        set_aside,
        urgent,
        StoreInbox(rooms.store, rooms.clock),
        rooms.health.watch.beats(RECEIVE),
        rooms.health.figures.count,
        words,
        lambda text: FOR_STAFF.match(text) is not None,
    )


def _group_minute(rooms: Rooms, staff_chat: int) -> Callable[[], bool]:
    """Counts what staff cause in their group by pressing and asking: it shares the minute with the cards."""
    key = str(staff_chat)

    def spend() -> bool:
        now = asyncio.get_running_loop().time()
        if rooms.pace.wait_for(key, Lane.TICKET, now, group=True) > _BUSY:
            return False
        rooms.pace.sent(key, Lane.TICKET, now, group=True)
        return True

    return spend


def _duty_room(rooms: Rooms) -> DutyRoom:
    """Who is on duty, for the staff group: the roster of the event, and what people said of themselves."""
    on_duty = OnDutyNow(rooms.store, rooms.content.engine, rooms.clock)

    async def say(name: str, said: Said) -> None:
        await presence.say(rooms.store, name, said, rooms.clock.now())

    async def away() -> Sequence[str]:
        now = rooms.clock.now()
        known = await presence.read_all(rooms.store)
        return [name for name, one in known.items() if is_away(one, now)]

    return DutyRoom(on_duty.people, say, away)


@dataclass
class TelegramCheck:
    """Whether Telegram is heard, and what to tell when it is not."""

    connection: TelegramConnection
    health: Health
    polling: bool
    _conflict_for: float = 0.0

    async def __call__(self) -> None:
        connection, alarms = self.connection, self.health.alarms
        state, silent = connection.health.state, connection.silent
        self.health.figures.silent.set(silent)
        self._conflict_for = self._conflict_for + 1.0 if state == "conflict" else 0.0
        deaf = silent > DEAF_AFTER and state not in ("standby", "conflict", "bad-token")
        self.health.board.note("telegram", *self._level(state, deaf=deaf))
        alarms.set("telegram", UNREACHABLE, on=deaf)
        alarms.set("telegram-conflict", CONFLICT, on=self._conflict_for > _CONFLICT_LASTS)
        alarms.set("telegram-token", BAD_TOKEN, on=state == "bad-token")
        waiting = str(connection.health.pending)
        alarms.set("telegram-webhook", WEBHOOK, {"count": waiting}, on=connection.health.hook_trouble)

    def _level(self, state: str, *, deaf: bool) -> tuple[Level, str]:
        if state in ("conflict", "bad-token", "stopped"):
            return "red", state
        if deaf:
            return "red", state if state == "unreachable" else "silent"
        if state == "unreachable" or self.connection.health.hook_trouble:
            return "amber", "webhook" if self.connection.health.hook_trouble else state
        return "green", "standby" if state == "standby" else ""

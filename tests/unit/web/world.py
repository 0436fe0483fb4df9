"""A small conference behind the web doors: a real store and feed, and a desk that only keeps and echoes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.webchat import WebChat
from bot.desk import presence
from bot.desk.announcing import Announcements
from bot.health.alarms import Alarms
from bot.health.parts import Part
from bot.i18n.translator import Speaker, Speakers, load_speakers
from bot.model.content import Canned, Contact, Event, Library, Origin, Snapshot, Team, Topic
from bot.model.errors import DeskError, Refused, StoreUnavailable
from bot.model.language import LANGUAGES, Language, Text, closest
from bot.model.messages import Author, Button, Entry, Inbound, InboundId, Message, Pin, TicketId
from bot.model.people import Address, Delegate
from bot.model.rich import Rich, Span, plain
from bot.model.tickets import Priority, StaffAction, Ticket
from bot.ports import Translator
from bot.reception.console import Console
from bot.staff.audit import action_event
from bot.staff.held import with_duties
from bot.staff.links import new_link
from bot.staff.list import StaffList
from bot.staff.people import Person
from bot.tickets import glossing, life, same
from bot.tickets.roster import OnDuty, on_now
from bot.transports.web import WebServer
from bot.transports.web_feed import Feed
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.unit.web import offices

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = datetime(2023, 11, 21, 7, 41, tzinfo=HANOI)
SAMPLE = Origin("sample", "tests", date(2023, 11, 1))
URGENT_WORD = "help"
TELEPHONES = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""The time that apps have; it stands still, for a code lives half a minute and a test may be slow."""
LOCALES = Path(__file__).parents[3] / "locales"


@dataclass
class Watch:
    """A clock that stands still until it is moved."""

    at: datetime = MORNING

    def now(self) -> datetime:
        return self.at

    def tick(self) -> float:
        return self.at.timestamp()

    def pass_(self, time: timedelta) -> None:
        self.at += time


@dataclass
class World:
    store: DocumentStore
    feed: Feed
    watch: Watch = field(default_factory=Watch)
    accepted: list[Inbound] = field(default_factory=list)
    acted: list[StaffAction] = field(default_factory=list)
    down: bool = False
    refusal: str = ""
    alarms: Alarms = field(default_factory=lambda: Alarms(lambda: datetime(2026, 1, 1, 8, tzinfo=UTC)))
    announcements: Announcements | None = None
    """Of the console that was opened last; nothing goes out before a test says so."""
    translator: Translator | None = None
    taught: offices.Notebook = field(default_factory=offices.Notebook)
    parts: dict[str, Part] = field(default_factory=lambda: {"store": Part("green")})

    async def accept(self, inbound: Inbound) -> None:
        """Keep the message and answer it; a known id changes nothing."""
        if self.down:
            raise StoreUnavailable
        who = inbound.sender.address
        async with self.store.transaction(who.delegate) as turn:
            if await turn.known(inbound.id, now=self.watch.now(), until=self.watch.now() + timedelta(days=2)):
                return
            self.accepted.append(inbound)
            delegate = await turn.delegate()
            language = (delegate and delegate.language) or inbound.sender.language_hint or "en"
            if inbound.command == "lang":
                language = closest(inbound.text) or language
            await turn.save_delegate(Delegate(who.delegate, who, language, self.watch.now()))
            if inbound.text and not inbound.command:
                said = Message(plain(inbound.text), language)
                await turn.append(Entry(0, who.delegate, self.watch.now(), "delegate", said, inbound=inbound.id))
            await turn.append(Entry(0, who.delegate, self.watch.now(), "desk", Message(plain("Noted."), language)))

    async def act(self, action: StaffAction) -> Ticket:
        if self.refusal:
            raise Refused(self.refusal, name="Lan")
        if self.down:
            raise StoreUnavailable
        ticket = await self.store.ticket(action.ticket)
        assert ticket is not None
        async with self.store.transaction(ticket.delegate) as turn:
            if await turn.known(InboundId(action.id), now=self.watch.now(), until=self.watch.now() + timedelta(days=2)):
                return ticket
            action = replace(action, by=await with_duties(self.store, action.by))
            meant = action
            if action.verb == "link" and action.other is not None:
                group = same.joining(ticket, action.other, await self.store.tickets(), action.by, action.at)
                meant = replace(action, other=group)
            changed = life.after(ticket, meant)
            if action.careful and not action.confirmed and not action.answer:
                glossing.check_language(action.text, ticket.language, _guess)
            self.acted.append(action)
            if event := action_event(action):
                await turn.audit(event)
            if action.verb in ("reply", "ask", "note"):
                author: Author = "note" if action.verb == "note" else "staff"
                said = Message(plain(action.text or action.answer), ticket.language)
                await turn.append(
                    Entry(0, ticket.delegate, action.at, author, said, name=action.by.name, ticket=ticket.id)
                )
            return ticket if changed == ticket else await turn.save_ticket(changed)

    async def delegate_writes(self, number: int, text: str) -> None:
        """The delegate adds a line to a ticket."""
        ticket = await self.store.ticket(TicketId(number))
        assert ticket is not None
        async with self.store.transaction(ticket.delegate) as turn:
            said = Message(plain(text), ticket.language)
            await turn.append(Entry(0, ticket.delegate, self.watch.now(), "delegate", said, ticket=ticket.id))
            await turn.save_ticket(life.heard(ticket, self.watch.now()))

    async def say(
        self, session: str, text: Rich, *, author: Author = "desk", language: str = "en", **more: Any
    ) -> Entry:
        """Somebody other than the page adds to a history."""
        address = Address("webchat", session)
        message = Message(text, closest(language) or "en", more.pop("buttons", ()), more.pop("pin", None))
        async with self.store.transaction(address.delegate) as turn:
            return await turn.append(Entry(0, address.delegate, self.watch.now(), author, message, **more))

    async def open_ticket(self, session: str = "s1", question: str = "Where is my suitcase?", **more: Any) -> Ticket:
        address = Address("webchat", session)
        ticket = Ticket(
            TicketId(0),
            address.delegate,
            address,
            more.pop("language", "en"),
            more.pop("team", "reception"),
            more.pop("priority", Priority.NORMAL),
            self.watch.now(),
            question,
            **more,
        )
        async with self.store.transaction(address.delegate) as turn:
            ticket = await turn.add_ticket(ticket)
            await turn.append(
                Entry(
                    0,
                    address.delegate,
                    self.watch.now(),
                    "delegate",
                    Message(plain(question), ticket.language),
                    ticket=ticket.id,
                )
            )
        return ticket

    async def on_duty(self) -> Sequence[OnDuty]:
        """No roster: who said so."""
        return on_now(EVENT.roster, await presence.read_all(self.store), self.watch.now())

    def chat(self, **more: Any) -> WebChat:
        return WebChat(
            store=self.store,
            accept=self.accept,
            feed=self.feed,
            speakers=speakers(),
            snapshot=lambda: SNAPSHOT,
            clock=self.watch,
            urgent=lambda text: URGENT_WORD in text.lower(),
            ticks=self.watch.tick,
            **more,
        )

    def console(self, **more: Any) -> Console:
        console = Console(
            store=self.store,
            act=self.act,
            feed=self.feed,
            speakers=speakers(),
            snapshot=lambda: SNAPSHOT,
            clock=self.watch,
            alarms=self.alarms,
            on_duty=self.on_duty,
            translator=self.translator,
            real_now=lambda: TELEPHONES,
            **more,
        )
        self.announcements = offices.admit(console, SNAPSHOT, self.taught)
        return console

    def server(self, *, public_url: str | None = None, port: int = 0, **more: Any) -> WebServer:
        demo = more.pop("demo", False)
        routes: list[web.AbstractRouteDef] = [
            *(more.pop("chat", None) or self.chat(public_url=public_url, demo=demo)).routes(),
            *self.console(public_url=public_url, demo=demo).routes(),
        ]
        return WebServer(
            "127.0.0.1",
            port,
            speakers=speakers(),
            routes=[*routes, *more.pop("routes", ())],
            ready=lambda: self.parts,
            public_url=public_url,
            on_stop=[self.feed.close],
            **more,
        )

    @property
    def staff_list(self) -> StaffList:
        return StaffList(self.store, self.watch)

    async def person(self, name: str = "Lan", **more: Any) -> Person:
        """Somebody on the staff list; added when they are not on it yet."""
        with suppress(DeskError):
            return await self.staff_list.named(name)
        return await self.staff_list.add(name, **more)

    async def link(self, name: str = "Lan", **more: Any) -> str:
        return await new_link(self.store, await self.person(name, **more), self.watch.now())


def _guess(text: str) -> tuple[Language, bool]:
    """Sure of nothing but Arabic letters: enough to tell whether the console asks."""
    return ("ar", True) if any("\u0620" <= letter <= "\u064a" for letter in text) else ("en", False)


@asynccontextmanager
async def open_world() -> AsyncIterator[World]:
    """A world whose feed runs, as it does in the app's task group."""
    store = DocumentStore(MemoryTables())
    world = World(store, Feed(store))
    async with asyncio.TaskGroup() as group:
        hub = group.create_task(world.feed.run(), name="web feed")
        await asyncio.sleep(0)
        yield world
        world.feed.close()
        hub.cancel()


@asynccontextmanager
async def browser(world: World, *, scripts: bool = False, **options: Any) -> AsyncIterator[TestClient[Any, Any]]:
    """Something that talks to the doors and keeps cookies; a browser sends its Origin, a script does not."""
    app = world.server(**options)._runner.app
    server = TestServer(app)
    async with TestClient(server) as client:
        if not scripts:
            client.session.headers["Origin"] = str(server.make_url("")).rstrip("/")
        yield client


def speakers() -> Speakers:
    """The real catalogs where they stand; else English for all, so that the doors can be tested alone."""
    if all((LOCALES / language / "LC_MESSAGES" / "messages.po").is_file() for language in LANGUAGES):
        return load_speakers(LOCALES)
    return {language: Speaker(language, {}, {}, lambda _: 0) for language in LANGUAGES}


def _text(english: str, vietnamese: str = "", arabic: str = "") -> Text:
    return Text(english, vietnamese or english, arabic or english)


def _contact(key: str, name: Text, phone: str, *, emergency: bool = False) -> Contact:
    return Contact(key, name, phone, SAMPLE, emergency=emergency)


DESK = _contact("reception", _text("Reception desk", "Bàn lễ tân", "مكتب الاستقبال"), "+84 24 0000 0100")
AMBULANCE = _contact("ambulance", _text("Ambulance", "Cấp cứu", "الإسعاف"), "115", emergency=True)
LUGGAGE = Topic(
    "transport.lost-luggage",
    "transport",
    "transport",
    "high",
    "person",
    _text("Lost luggage", "Thất lạc hành lý", "أمتعة مفقودة"),
    "tests",
    1,
)
EVENT = Event(
    "ap11",
    _text(
        "11th Asia Pacific Regional Conference",
        "Hội nghị Chữ thập đỏ và Trăng lưỡi liềm đỏ khu vực Châu Á - Thái Bình Dương lần thứ 11",
        "المؤتمر الإقليمي الحادي عشر لآسيا والمحيط الهادئ",
    ),
    "AP-11",
    HANOI,
    LANGUAGES,
    date(2023, 11, 19),
    date(2023, 11, 23),
    "VND",
    {
        "reception": Team("reception", _text("Reception", "Lễ tân", "الاستقبال")),
        "medical": Team("medical", _text("Medical", "Y tế", "الفريق الطبي")),
        "transport": Team("transport", _text("Transport", "Vận chuyển", "النقل")),
    },
    None,
    "hotel",
    "lobby",
    MORNING.astimezone(UTC),
    {},
    {},
    {},
    {"reception": DESK, "ambulance": AMBULANCE},
    {},
    {},
)
COMING = Canned(
    "on-my-way",
    _text("Somebody is coming", "Có người đang đến", "أحدنا قادم"),
    _text(
        "A colleague will be there in {{ fill.minutes }}.",
        "Đồng nghiệp sẽ đến sau {{ fill.minutes }}.",
        "يصل زميلنا بعد {{ fill.minutes }}.",
    ),
)
WHERE = Canned("where", _text("Where are you?", "Quý vị ở đâu?", "أين أنت؟"), _text("Where are you?"), asks=True)
LIBRARY = Library({LUGGAGE.id: LUGGAGE}, (), {}, {}, {}, {}, canned={one.id: one for one in (COMING, WHERE)})
SNAPSHOT = Snapshot(EVENT, LIBRARY, "v1", {})

WIFI: Rich = (
    Span("Wi-Fi", "bold"),
    Span(": "),
    Span("AP11-Delegates", "code"),
    Span("\nFrom "),
    Span("07:00–22:00", "value"),
    Span(" at the desk, "),
    Span("+84 24 0000 0100", "phone", "tel:+842400000100"),
    Span(" · "),
    Span("the conference site", "link", "https://example.org/ap11"),
)
BUTTONS = (
    (Button("Copy the password", copy="sample-123"), Button("Open the page", url="https://example.org/wifi")),
    (Button("Ask a person", action="command:human", style="primary"),),
)
LOBBY = Pin("Lobby", "1 Hang Bai, Ha Noi", 21.0245, 105.8522)

"""Intake when things go wrong: poison, backlogs, emergencies in them, two processes, and a desk that is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from telegram import Update

from bot.channels.telegram.inbox import PREFIX, StoreInbox
from bot.channels.telegram.salvage import pressed_emergency, salvaged, urgent_words
from bot.clock import RealClock
from bot.model.errors import StoreUnavailable
from bot.model.people import Address
from bot.transports import telegram_updates
from bot.transports.telegram import MOST_UPDATES, TelegramConnection
from bot.transports.telegram_updates import Intake
from storage.documents import DocumentStore
from storage.group import TinyTables
from storage.memory import MemoryTables
from tests.fakes.telegram import ALWAYS, FakeTelegram
from tests.unit.telegram.desk import NOW, until

CLOCK = RealClock(ZoneInfo("Asia/Ho_Chi_Minh"))
Connect = Callable[[], TelegramConnection]


@pytest.fixture(autouse=True)
def quick_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_updates.Handling.__init__, "__defaults__", (0.3, 0.01))  # patience, again


class Full(DocumentStore):
    """A store whose disk can be full."""

    full = False

    async def remember(self, *given: Any, **more: Any) -> None:
        if self.full:
            raise StoreUnavailable("disk full")
        await super().remember(*given, **more)


@dataclass
class Desk:
    """Handles by remembering texts, in order; some texts are trouble."""

    store: Full = field(default_factory=lambda: Full(MemoryTables()))
    handled: list[str] = field(default_factory=list)
    aside: list[tuple[int, object, str]] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    fails: dict[str, int] = field(default_factory=dict)
    """How often a text still fails."""
    takes: float = 0.0

    async def __call__(self, update: Update) -> None:
        message = update.effective_message
        text = (message.text if message is not None else None) or "?"
        if self.store.full:
            raise StoreUnavailable("disk full")
        if self.fails.get(text, 0):
            self.fails[text] -= 1
            raise RuntimeError(f"a fault of the desk: {text}")
        if text == "never ends":
            await asyncio.Event().wait()
        await asyncio.sleep(self.takes)
        self.handled.append(text)

    async def set_aside(self, number: int, raw: object, problem: str) -> None:
        if self.store.full:
            raise StoreUnavailable("disk full")
        self.aside.append((number, raw, problem))

    @property
    def intake(self) -> Intake:
        return Intake(
            self.set_aside,
            lambda update: "help" in urgent_words(update) or pressed_emergency(update),
            StoreInbox(self.store, CLOCK),
            count=self.counted.append,
        )

    @asynccontextmanager
    async def receiving(self, connection: TelegramConnection) -> AsyncIterator[None]:
        loop = asyncio.create_task(connection.receive(self, self.intake))
        try:
            yield
        finally:
            loop.cancel()
            await asyncio.wait([loop])


@pytest.fixture
def desk() -> Desk:
    return Desk()


# -------------------------------------------------------------------- poison


async def test_poison_is_set_aside_as_it_came_confirmed_and_counted(
    tg: FakeTelegram, connection: TelegramConnection, desk: Desk
) -> None:
    amina = tg.user("Amina")
    desk.fails = {"poison": ALWAYS}

    async with desk.receiving(connection):
        await amina.start()
        await amina.says("poison")
        unreadable = tg.push({"message": {"message_id": "no number", "chat": {"id": 5}, "text": "phòng 1402"}})
        await amina.says("after")
        await tg.settled()
        await until(lambda: len(desk.aside) == 2)

    kept = {number: (raw, problem) for number, raw, problem in desk.aside}
    raw, problem = kept.pop(unreadable)
    assert raw["message"]["text"] == "phòng 1402"  # type: ignore[index]
    assert problem == "it cannot be read"
    [(raw, problem)] = kept.values()
    assert raw["message"]["text"] == "poison"  # type: ignore[index]
    assert problem.startswith("RuntimeError in ")
    assert desk.handled == ["/start", "after"]
    assert sorted(desk.counted) == ["aside"] * 2 + ["handled"] * 2 + ["received"] * 4
    assert connection.health.poisoned == 2


async def test_a_fault_that_passes_sets_nothing_aside(
    tg: FakeTelegram, connection: TelegramConnection, desk: Desk
) -> None:
    amina = tg.user("Amina")
    desk.fails = {"once": 1, "twice": 2}

    async with desk.receiving(connection):
        await amina.start()
        await amina.says("once")
        await amina.says("twice")
        await tg.settled()

    assert (desk.handled, desk.aside) == (["/start", "once", "twice"], [])


async def test_handling_that_never_ends_is_given_up_and_its_chat_goes_on(
    tg: FakeTelegram, connection: TelegramConnection, desk: Desk
) -> None:
    amina = tg.user("Amina")

    async with desk.receiving(connection):
        await amina.start()
        await amina.says("never ends")
        await amina.says("after")
        await tg.settled(10)

    assert desk.handled == ["/start", "after"]
    assert [problem.partition(" ")[0] for _, _, problem in desk.aside] == ["TimeoutError"]


async def test_poison_is_not_confirmed_while_it_cannot_be_set_aside(
    tg: FakeTelegram, connection: TelegramConnection, desk: Desk
) -> None:
    desk.store.full = True

    async with desk.receiving(connection):
        tg.push({"message": {"message_id": "no number"}})
        await asyncio.sleep(0.3)
        assert len(tg.pending) == 1
        desk.store.full = False
        await tg.settled()

    assert len(desk.aside) == 1


async def test_no_word_of_a_poisonous_message_is_logged(
    tg: FakeTelegram, connection: TelegramConnection, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    amina = tg.user("Amina")
    desk.fails = {"canary 1402": ALWAYS}

    async with desk.receiving(connection):
        await amina.start()
        await amina.says("canary 1402")
        await tg.settled()

    said = capsys.readouterr()
    assert "update_set_aside" in said.out
    assert "canary" not in said.out + said.err


# -------------------------------------------------------------------- what can be saved of it

PERSON = {"id": 5, "is_bot": False, "first_name": "Amina", "language_code": "ar"}


@pytest.mark.parametrize(
    ("raw", "text", "refused"),
    [
        ({"message": {"message_id": [], "chat": {"id": 5, "type": "private"}, "from": PERSON, "text": "hi"}}, "hi", ""),
        ({"message": {"chat": {"id": 5}, "from": PERSON, "photo": 3, "caption": "look"}}, "look", ""),
        ({"edited_message": {"chat": {"id": 5, "type": "private"}, "from": PERSON, "text": 7}}, "", "unreadable"),
        ({"callback_query": {"id": 3, "from": PERSON, "message": {"chat": {"id": 5}}}}, "", "unreadable"),
        ({"message": {"from": PERSON, "text": "no chat"}}, "no chat", ""),
    ],
)
def test_what_can_be_saved_is(raw: dict[str, Any], text: str, refused: str) -> None:
    inbound = salvaged(9, {"update_id": 9, **raw}, NOW)

    assert inbound is not None
    assert (inbound.id, inbound.sender.address) == ("telegram:9", Address("telegram", "5"))
    assert (inbound.text, inbound.refused, inbound.sender.language_hint) == (text, refused, "ar")


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [1, 2],
        {},
        {"message": None},
        {"message": {"chat": {"id": -100, "type": "supergroup"}, "from": PERSON, "text": "x"}},
        {"message": {"chat": {"id": -100}, "from": PERSON, "text": "x"}},
        {"message": {"chat": {"id": 5, "type": "private"}, "from": PERSON | {"is_bot": True}}},
        {"message": {"chat": {"id": "5"}, "text": "x"}},
        {"message": {"chat": {"id": True}, "text": "x"}},
    ],
)
def test_what_no_delegate_said_is_nobodys(raw: Any) -> None:
    assert salvaged(9, raw, NOW) is None


# -------------------------------------------------------------------- backlogs


async def test_a_backlog_is_handled_in_order_per_chat_and_each_once(
    tg: FakeTelegram, connection: TelegramConnection, desk: Desk
) -> None:
    people = [tg.user(f"Guest {number}") for number in range(30)]
    for person in people:
        await person.start("0")
    for turn in range(1, 12):
        for person in people:
            await person.says(f"{person.id} {turn}")
    assert len(tg.pending) > 3 * MOST_UPDATES

    async with desk.receiving(connection):
        await tg.settled(20)
        await until(lambda: len(desk.handled) >= 360, 20)
    left = await desk.store.recall_all(PREFIX)

    assert len(desk.handled) == 360
    for person in people:
        heard = [text for text in desk.handled if text.startswith(f"{person.id} ")]
        assert heard == [f"{person.id} {turn}" for turn in range(1, 12)]
    assert left == {}
    assert tg.violations == []


async def test_the_last_of_a_backlog_is_first_when_it_is_an_emergency(
    tg: FakeTelegram, connection: TelegramConnection, desk: Desk
) -> None:
    guest, hurt = tg.user("Guest"), tg.user("Hurt")
    await guest.start()
    await hurt.start()
    for number in range(3 * MOST_UPDATES):
        await guest.says(f"n{number}")
        if number % 50 == 0:
            await hurt.says(f"h{number}")
    await hurt.says("help")
    desk.takes = 0.02

    async with desk.receiving(connection):
        await until(lambda: "help" in desk.handled)
        before = len(desk.handled)
        await tg.settled(30)

    assert before < 60  # of more than three hundred that came before it


async def test_an_emergency_is_first_in_a_small_batch_too(
    tg: FakeTelegram, connection: TelegramConnection, desk: Desk
) -> None:
    hurt = tg.user("Hurt")
    await hurt.start()
    for number in range(20):
        await hurt.says(f"n{number}")
    await hurt.says("help")
    desk.takes = 0.01

    async with desk.receiving(connection):
        await tg.settled()

    assert desk.handled.index("help") <= 2
    rest = [text for text in desk.handled if text != "help"]
    assert rest == ["/start", *(f"n{number}" for number in range(20))]


async def test_confirmed_before_it_is_handled_means_that_it_is_on_disk(
    tg: FakeTelegram, connect: Connect, desk: Desk
) -> None:
    """Cut off in the middle of a backlog, as by a kill: the next process goes on where this one was."""
    guest = tg.user("Guest")
    await guest.start()
    for number in range(2 * MOST_UPDATES + 50):
        await guest.says(f"n{number}")
    desk.takes = 0.005
    async with connect() as first, desk.receiving(first):
        await until(lambda: len(tg.pending) < MOST_UPDATES)
    confirmed_unhandled = 251 - len(tg.pending) - len(desk.handled)
    left = await desk.store.recall_all(PREFIX)
    assert confirmed_unhandled > 20
    assert len(left) >= confirmed_unhandled

    desk.takes = 0.0
    again = replace(desk, handled=[])
    async with connect() as second, again.receiving(second):
        await tg.settled(20)
        await until(lambda: "n249" in again.handled)

    # At most the one that was under way is handled twice; the desk knows it by its number.
    both = [*desk.handled, *again.handled]
    assert set(both) == {"/start", *(f"n{number}" for number in range(250))}
    assert len(both) <= 252


async def test_a_backlog_that_cannot_be_kept_is_not_confirmed(
    tg: FakeTelegram, connection: TelegramConnection, desk: Desk
) -> None:
    guest = tg.user("Guest")
    await guest.start()
    for number in range(MOST_UPDATES + 20):
        await guest.says(f"n{number}")
    desk.store.full = True

    async with desk.receiving(connection):
        await asyncio.sleep(0.3)
        assert len(tg.pending) == MOST_UPDATES + 21
        desk.store.full = False
        await tg.settled(20)

    assert desk.handled == ["/start", *(f"n{number}" for number in range(MOST_UPDATES + 20))]


async def test_a_hundred_that_wait_for_their_turn_do_not_hide_an_emergency_behind_them(
    tg: FakeTelegram, connection: TelegramConnection, desk: Desk
) -> None:
    """What the store could not take is under way when it is back, and Telegram shows no more than a hundred at a time."""
    guest, other = tg.user("Guest"), tg.user("Other")
    guest.chat.started = other.chat.started = True
    for number in range(MOST_UPDATES + 60):
        await guest.says(f"n{number}")
    await other.says("help")
    desk.store.full = True
    desk.takes = 0.2

    async with desk.receiving(connection):
        await until(lambda: len(desk.counted) >= MOST_UPDATES, 30)
        desk.store.full = False
        await until(lambda: "help" in desk.handled, 30)

        assert "n60" not in desk.handled


async def test_what_was_left_over_is_handled_too_where_a_webhook_receives_now(
    tg: FakeTelegram, connect: Connect, desk: Desk
) -> None:
    guest = tg.user("Guest")
    await guest.start()
    for number in range(MOST_UPDATES + 20):
        await guest.says(f"n{number}")
    desk.takes = 0.01
    async with connect() as polled, desk.receiving(polled):
        await until(lambda: len(tg.pending) < MOST_UPDATES)
    left = await desk.store.recall_all(PREFIX)
    assert left
    await desk.store.sweep(datetime.now(UTC) + timedelta(days=2))  # the desk stood still meanwhile
    again = replace(desk, handled=[], takes=0.0)

    async with connect() as hooked:
        await hooked.catch_up(again, again.intake)

    assert len(again.handled) == len(left)
    assert await desk.store.recall_all(PREFIX) == {}


# -------------------------------------------------------------------- what lies in the inbox


class Partly(DocumentStore):
    """A store that refuses some writes of small things."""

    refuses = 0
    """The writes until the one that is refused; 0 for none."""
    removes = True

    async def remember(self, *given: Any, **more: Any) -> None:
        self.refuses -= 1
        if self.refuses == 0:
            raise StoreUnavailable("disk full")
        await super().remember(*given, **more)

    async def forget(self, key: str) -> None:
        if not self.removes:
            raise StoreUnavailable("disk full")
        await super().forget(key)


def written(number: int, text: str, by: int = 5) -> dict[str, Any]:
    chat = {"id": by, "type": "private"}
    return {"update_id": number, "message": {"message_id": number, "chat": chat, "from": {"id": by}, "text": text}}


def read(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def test_a_wish_to_forget_out_of_a_backlog_leaves_no_word_of_itself_in_the_files(tmp_path: Path) -> None:
    tables = TinyTables(tmp_path)
    store = DocumentStore(tables)
    inbox = StoreInbox(store, CLOCK)
    await inbox.keep({1: written(1, "canary 1402"), 2: written(2, "somebody else", by=6), 3: written(3, "and later")})

    await store.erase(Address("telegram", "5").delegate)  # the first of them asked for it
    rewritten = b"".join(read(tmp_path))
    await inbox.drop(1)
    left = [raw["message"]["text"] for raw in await StoreInbox(store, CLOCK).waiting()]  # type: ignore[index]
    await tables.close()

    assert b"canary 1402" not in rewritten
    assert sorted(left) == ["and later", "somebody else"]  # after a kill these are still to be handled


@pytest.mark.parametrize("removes", [True, False])
async def test_what_could_be_kept_only_in_part_is_not_kept(*, removes: bool) -> None:
    store = Partly(MemoryTables())
    inbox = StoreInbox(store, CLOCK)
    store.refuses, store.removes = 2, removes

    with pytest.raises(StoreUnavailable):
        await inbox.keep({1: written(1, "one"), 2: written(2, "two"), 3: written(3, "three")})
    store.removes = True
    await inbox.keep({4: written(4, "four")})
    await inbox.drop(4)

    assert await store.recall_all(PREFIX) == {}


async def test_what_was_handled_and_could_not_be_removed_is_removed_with_the_next() -> None:
    store = Partly(MemoryTables())
    inbox = StoreInbox(store, CLOCK)
    await inbox.keep({1: written(1, "one"), 2: written(2, "two")})
    store.removes = False
    with pytest.raises(StoreUnavailable):
        await inbox.drop(1)
    store.removes = True

    await inbox.drop(2)

    assert await store.recall_all(PREFIX) == {}


async def test_what_many_handle_at_once_is_removed_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    store = DocumentStore(MemoryTables())
    inbox, forget, asked = StoreInbox(store, CLOCK), store.forget, list[str]()

    async def slowly(key: str) -> None:
        asked.append(key)
        await asyncio.sleep(0.01)
        await forget(key)

    monkeypatch.setattr(store, "forget", slowly)
    await inbox.keep({number: written(number, "one of many") for number in range(20)})

    await asyncio.gather(*(inbox.drop(number) for number in range(20)))

    assert len(asked) == len(set(asked)) == 20
    assert await store.recall_all(PREFIX) == {}


# -------------------------------------------------------------------- a loop that shows that it lives


async def test_the_loop_beats_while_it_cannot_reach_telegram(
    tg: FakeTelegram, connection: TelegramConnection, desk: Desk
) -> None:
    beats = 0

    def beat() -> None:
        nonlocal beats
        beats += 1

    tg.fail("getUpdates", status=502, times=ALWAYS)
    loop = asyncio.create_task(connection.receive(desk, replace(desk.intake, beat=beat)))
    await until(lambda: beats > 5)
    assert connection.health.state == "unreachable"
    loop.cancel()
    await asyncio.wait([loop])
    so_far = beats
    await asyncio.sleep(0.2)

    assert beats == so_far


async def test_silence_is_measured_and_not_believed(tg: FakeTelegram, desk: Desk) -> None:
    """The loop was ended without a word, and nothing says so but the time since Telegram was last heard."""
    passed = 0.0
    connection = TelegramConnection(tg.token, now=lambda: datetime.now(UTC), api_url=tg.url, tick=lambda: passed)
    async with connection:
        async with desk.receiving(connection):
            await tg.user("Amina").start()
            await tg.settled()
            assert connection.silent == 0
        connection.health.state = "receiving"  # the flag lies
        passed = 31.0

        assert connection.silent == 31.0


async def test_who_takes_over_is_not_deaf_at_once(tg: FakeTelegram, desk: Desk) -> None:
    passed = 0.0
    connection = TelegramConnection(tg.token, now=lambda: datetime.now(UTC), api_url=tg.url, tick=lambda: passed)
    async with connection:
        connection.stands_by()
        passed = 4000.0
        tg.hang("getUpdates", times=1)
        async with desk.receiving(connection):
            await until(lambda: tg.calls_of("getUpdates"))
            assert (connection.health.state, connection.silent) == ("starting", 0)


async def test_conflict_is_told_once_per_episode(
    tg: FakeTelegram, connection: TelegramConnection, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    for episode in (1, 2):
        tg.fail("getUpdates", status=409, times=4)
        async with desk.receiving(connection):
            await until(lambda: len([call for call in tg.calls_of("getUpdates") if call.status == 409]) == 4 * episode)  # noqa: B023 -- asked at once
            await until(lambda: connection.health.state == "receiving")

    assert capsys.readouterr().out.count("telegram_not_receiving") == 2

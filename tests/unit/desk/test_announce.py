"""Announcements: what is refused, whom they reach, and that each person gets them once, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from bot.desk import announce
from bot.desk.announce import Announcement, Audience
from bot.desk.announcing import Announcements
from bot.i18n.translator import Speakers, load_speakers
from bot.model.errors import Refused, StoreUnavailable
from bot.model.language import Language
from bot.model.messages import Lane, Outbound, Receipt
from bot.model.people import Address, Delegate
from bot.model.rich import letters
from bot.outbox.dispatcher import Broadcasts, Dispatcher
from bot.ports import Store
from bot.settings import locales_root
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.patience import PATIENCE

NOON: Final = datetime(2023, 11, 21, 12, tzinfo=UTC)
TEXTS: Final = {
    "en": "Coach 5 leaves at 18:30.",
    "ar": "الحافلة ٥ تنطلق الساعة ١٨:٣٠.",
    "vi": "Xe số 5 khởi hành lúc 18:30.",
}
EVERYBODY: Final = Audience()


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def speakers() -> Speakers:
    return load_speakers(locales_root())


def person(number: int, *, language: Language = "en", door: str = "telegram", **more: Any) -> Delegate:
    address = Address(door, str(number))
    return Delegate(address.delegate, address, language, NOON - timedelta(days=1), **more)


# -------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"vi": " "}, "vi: there is no text"),
        ({"ar": ""}, "ar: there is no text"),
        ({"en": "Coach {number} leaves"}, "en: '{number}' looks like a placeholder that was never filled in"),
        ({"en": "Coach [number] leaves"}, "en: '[number]' looks like a placeholder that was never filled in"),
        ({"en": "Meet at <place>"}, "en: '<place>' looks like a placeholder that was never filled in"),
        ({"vi": "TODO"}, "vi: 'TODO' looks like a placeholder that was never filled in"),
        ({"ar": "Coach 5 leaves at half past six."}, "ar: this is not Arabic"),
        ({"vi": "Coach 5 leaves at 18:30."}, "en and vi: the same text twice"),
        ({"en": "a" * 3_501}, "en: 3501 characters, and at most 3500 are one message"),
        ({"fr": "Le bus"}, "fr: no such language here"),
    ],
)
def test_text_that_must_not_go_out_is_refused(change: Mapping[str, str], problem: str) -> None:
    assert announce.faults({**TEXTS, **change}) == [problem]


def test_good_texts_have_no_fault_and_the_same_numbers_in_any_digits_raise_no_doubt() -> None:
    assert announce.faults(TEXTS) == []
    assert announce.doubts(TEXTS) == []


def test_time_that_differs_between_languages_is_pointed_out() -> None:
    assert announce.doubts({**TEXTS, "vi": "Xe số 5 khởi hành lúc 18:00."}) == [
        "18:00 stands in vi, but not in ar, en",
        "18:30 stands in ar, en, but not in vi",
    ]


# -------------------------------------------------------------------- whom it reaches


def ids(everybody: list[Delegate], audience: Audience) -> list[str]:
    wanted = Announcement("a", {}, audience, NOON)
    return [one.id for one in announce.recipients(everybody, wanted, before=NOON)]


def test_audience_is_by_language_and_door_and_leaves_out_who_cannot_be_reached() -> None:
    everybody = [
        person(1),
        person(2, language="ar"),
        person(3, language="ar", door="webchat"),
        person(4, blocked=True),
        replace(person(5), first_seen=NOON + timedelta(seconds=1)),
    ]

    assert ids(everybody, EVERYBODY) == ["telegram:1", "telegram:2", "webchat:3"]
    assert ids(everybody, Audience(languages=("ar",))) == ["telegram:2", "webchat:3"]
    assert ids(everybody, Audience(languages=("ar",), doors=("webchat",))) == ["webchat:3"]
    assert ids(everybody, Audience(languages=("vi",))) == []


def test_person_with_two_doors_gets_it_once_and_through_the_page_when_telegram_is_blocked() -> None:
    phone, page = Address("telegram", "1"), Address("webchat", "2")
    both = [person(1, other=page), person(2, door="webchat", other=phone)]

    assert ids(both, EVERYBODY) == ["telegram:1"]
    assert ids([replace(both[0], blocked=True), both[1]], EVERYBODY) == ["webchat:2"]


@pytest.mark.parametrize(
    ("seconds", "due"), [(0, False), (9.9, False), (10, True), (3_600, True), (-3_600, True)], ids=str
)
def test_ten_seconds_are_left_to_undo_it_and_a_clock_that_was_set_back_holds_nothing_up(
    seconds: float, *, due: bool
) -> None:
    wish = Announcement("a", {}, EVERYBODY, NOON, confirmed_at=NOON)

    assert wish.due(NOON + timedelta(seconds=seconds)) is due
    assert not replace(wish, paused=True).due(NOON + timedelta(seconds=seconds))


# -------------------------------------------------------------------- on their way


class Interrupted(MemoryTables):
    """Refuses everything after so many commits, as a process that is killed does."""

    left = 10**9

    async def commit(self, writes: Any, then: Any = lambda: None, *, hurry: bool = True) -> None:
        await asyncio.sleep(0)
        self.left -= 1
        if self.left < 0:
            raise StoreUnavailable("killed")
        await super().commit(writes, then, hurry=hurry)


async def crowd(store: DocumentStore, count: int) -> None:
    languages: tuple[Language, ...] = ("en", "ar", "vi")
    for number in range(count):
        one = person(number, language=languages[number % 3])
        async with store.transaction(one.id) as tx:
            await tx.save_delegate(one)


@asynccontextmanager
async def working(announcements: Announcements) -> AsyncIterator[None]:
    loop = asyncio.create_task(announcements.run())
    try:
        yield
        assert not loop.done(), "the loop gave up"
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)


async def true(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 -- what is waited for has no bell
            await asyncio.sleep(0.005)


async def queued(store: Store, key: str, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await store.waiting(broadcast=key) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def settled(announcements: Announcements, key: str, state: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await announcements._told(key))["state"] != state:
            announcements._changed.set()
            await asyncio.sleep(0.005)


async def confirmed(announcements: Announcements, **asked: Any) -> str:
    shown = await announcements.preview({"texts": TEXTS, **asked})
    await announcements.confirm({"id": shown["id"], "count": shown["count"]})
    return str(shown["id"])


async def lines(store: Store) -> dict[str, list[str]]:
    """What stands in everybody's history."""
    return {
        one.id: [letters(entry.message.text, isolate=False) for entry in await store.entries(one.id)]
        for one in await store.delegates()
    }


async def drained(store: DocumentStore, clock: Clock) -> list[Outbound]:
    """The rows, in the order in which they leave; each is delivered."""
    rows: list[Outbound] = []
    while claimed := await store.claim_outbox(limit=500, now=clock.now(), lease=timedelta(seconds=5)):
        for row in claimed:
            await store.delivered(row, Receipt(), clock.now())
        rows += claimed
    return rows


async def test_each_recipient_gets_one_row_and_one_line_in_their_language_after_ten_seconds(speakers: Speakers) -> None:
    store, clock = DocumentStore(MemoryTables()), Clock()
    await crowd(store, 30)
    announcements = Announcements(store, speakers, clock)

    async with working(announcements):
        key = await confirmed(announcements)
        clock.at += timedelta(seconds=9.9)
        announcements._changed.set()
        await asyncio.sleep(0.05)
        assert not any((await lines(store)).values())
        clock.at += timedelta(seconds=0.1)
        announcements._changed.set()
        await queued(store, key, 30)
        rows = await drained(store, clock)
        await settled(announcements, key, "sent")

    for number, (_, said) in enumerate(sorted((await lines(store)).items(), key=lambda item: int(item[0][9:]))):
        language = ("en", "ar", "vi")[number % 3]
        assert len(said) == 1
        assert TEXTS[language] in said[0]
    assert sorted(row.to.key for row in rows) == sorted(str(number) for number in range(30))
    assert {(row.lane, row.broadcast) for row in rows} == {(Lane.BROADCAST, key)}


@pytest.mark.parametrize("commits", [1, 2, 7, 20, 31])
async def test_killed_in_the_middle_it_goes_on_without_skipping_or_repeating(speakers: Speakers, commits: int) -> None:
    tables, clock = Interrupted(), Clock()
    store = DocumentStore(tables)
    await crowd(store, 30)
    announcements = Announcements(store, speakers, clock)
    key = await confirmed(announcements)
    clock.at += announce.UNDO
    tables.left = commits
    async with working(announcements):
        await true(lambda: tables.left < 0)
    tables.left = 10**9
    again = Announcements(DocumentStore(tables), speakers, clock)

    async with working(again):
        await queued(again.store, key, 30)
        await settled(again, key, "being sent")

    assert {len(said) for said in (await lines(again.store)).values()} == {1}


async def test_undone_within_ten_seconds_nobody_has_read_anything(speakers: Speakers) -> None:
    store, clock = DocumentStore(MemoryTables()), Clock()
    await crowd(store, 5)
    announcements = Announcements(store, speakers, clock)

    async with working(announcements):
        key = await confirmed(announcements)
        clock.at += timedelta(seconds=9)
        assert await announcements.undo({"id": key}) == {"id": key, "sent": 0}
        clock.at += timedelta(minutes=1)
        announcements._changed.set()
        await asyncio.sleep(0.05)

    assert not any((await lines(store)).values())
    assert await store.waiting() == 0
    assert key in announcements.withdrawn()


async def test_withdrawn_later_what_waits_leaves_the_outbox_and_the_rest_is_counted(speakers: Speakers) -> None:
    store, clock = DocumentStore(MemoryTables()), Clock()
    await crowd(store, 20)
    announcements = Announcements(store, speakers, clock)

    async with working(announcements):
        key = await confirmed(announcements)
        clock.at += announce.UNDO
        announcements._changed.set()
        await queued(store, key, 20)
        await asyncio.sleep(0.05)
        for row in await store.claim_outbox(limit=6, now=clock.now(), lease=timedelta(seconds=5)):
            await store.delivered(row, Receipt(), clock.now())
        done = await announcements.undo({"id": key})

    assert done == {"id": key, "sent": 6}
    assert await store.waiting() == 0


async def test_list_tells_how_many_had_it_before_it_was_withdrawn(speakers: Speakers) -> None:
    store, clock = DocumentStore(MemoryTables()), Clock()
    await crowd(store, 20)
    announcements = Announcements(store, speakers, clock)
    key = await confirmed(announcements)
    clock.at += announce.UNDO
    await announcements._advance(announcements._known[key])
    in_hand = await store.claim_outbox(limit=6, now=clock.now(), lease=timedelta(seconds=5))
    for row in in_hand[:4]:
        await store.delivered(row, Receipt(), clock.now())

    await announcements.undo({"id": key})
    assert [told["sent"] async for told in announcements.overview({})] == [4]
    for row in in_hand[4:]:  # the dispatcher had them in hand and asked before it sent them
        await store.undeliverable(row, "withdrawn before it was sent")
    await announcements._advance(announcements._known[key])

    assert [told["sent"] async for told in announcements.overview({})] == [4]


async def test_withdrawn_while_it_is_being_queued_the_number_told_is_right(speakers: Speakers) -> None:
    store, clock = DocumentStore(MemoryTables()), Clock()
    await crowd(store, 120)
    announcements = Announcements(store, speakers, clock)
    key = await confirmed(announcements)
    clock.at += announce.UNDO
    queueing = asyncio.create_task(announcements._expand(announcements._known[key]))
    sent = 0
    async with asyncio.timeout(PATIENCE):
        while sent < 50:
            await asyncio.sleep(0)
            sent += len(await drained(store, clock))
    assert not queueing.done(), "it was over before it could be withdrawn"

    done = await announcements.undo({"id": key})
    await queueing

    assert done["sent"] == sum(bool(said) for said in (await lines(store)).values()) - announcements._known[key].removed
    assert done["sent"] == sent
    assert await store.waiting() == 0


async def test_paused_and_then_withdrawn_nothing_stays_that_somebody_died_with(speakers: Speakers) -> None:
    store, clock = DocumentStore(MemoryTables()), Clock()
    await crowd(store, 6)
    announcements = Announcements(store, speakers, clock)
    key = await confirmed(announcements)
    clock.at += announce.UNDO
    await announcements._advance(announcements._known[key])
    assert len(await store.claim_outbox(limit=2, now=clock.now(), lease=timedelta(seconds=5))) == 2
    await announcements.pause({"id": key})
    await announcements.undo({"id": key})
    assert await store.waiting() == 2
    clock.at += timedelta(seconds=6)

    wishes = Broadcasts(announcements.paused, announcements.withdrawn)
    sender = asyncio.create_task(Dispatcher(store, {"telegram": Never()}, clock, broadcasts=wishes).run())
    try:
        async with asyncio.timeout(PATIENCE):
            while await store.waiting():  # noqa: ASYNC110
                await asyncio.sleep(0.005)
    finally:
        sender.cancel()
        await asyncio.wait([sender])


class Never:
    name = "telegram"

    async def deliver(self, row: Outbound) -> Receipt:
        raise AssertionError(row.id)


async def test_nobody_reads_on_the_page_what_was_not_sent(speakers: Speakers) -> None:
    store, clock = DocumentStore(MemoryTables()), Clock()
    for number in range(3):
        one = person(number, door="webchat")
        async with store.transaction(one.id) as tx:
            await tx.save_delegate(one)
    announcements = Announcements(store, speakers, clock)
    key = await confirmed(announcements)
    clock.at += announce.UNDO

    await announcements._advance(announcements._known[key])
    await announcements.pause({"id": key})
    assert await store.waiting() == 3
    assert not any((await lines(store)).values())
    await announcements.undo({"id": key})

    assert not any((await lines(store)).values())


async def test_paused_it_waits_and_resumed_it_goes_on(speakers: Speakers) -> None:
    store, clock = DocumentStore(MemoryTables()), Clock()
    await crowd(store, 6)
    announcements = Announcements(store, speakers, clock)

    async with working(announcements):
        key = await confirmed(announcements)
        assert (await announcements.pause({"id": key}))["state"] == "paused"
        assert announcements.paused() == {key}
        clock.at += timedelta(minutes=1)
        announcements._changed.set()
        await asyncio.sleep(0.05)
        assert await store.waiting() == 0
        await announcements.resume({"id": key})
        await settled(announcements, key, "being sent")
        await queued(store, key, 6)


async def test_number_that_is_typed_must_be_the_number_of_people_now(speakers: Speakers) -> None:
    store, clock = DocumentStore(MemoryTables()), Clock()
    await crowd(store, 3)
    announcements = Announcements(store, speakers, clock)
    shown = await announcements.preview({"texts": TEXTS, "languages": ["en", "ar"]})
    assert (shown["count"], shown["languages"], shown["blocked"]) == (2, {"en": 1, "ar": 1}, 0)

    for count in (3, 1, None, "2"):
        with pytest.raises(Refused, match="would reach is 2,"):
            await announcements.confirm({"id": shown["id"], "count": count})
    await announcements.confirm({"id": shown["id"], "count": 2})
    with pytest.raises(Refused, match="confirmed or withdrawn already"):
        await announcements.confirm({"id": shown["id"], "count": 2})


async def test_faulty_text_or_audience_is_refused_with_every_reason(speakers: Speakers) -> None:
    announcements = Announcements(DocumentStore(MemoryTables()), speakers, Clock())

    with pytest.raises(Refused) as refused:
        await announcements.preview({"texts": {**TEXTS, "en": "{x}", "vi": ""}, "languages": ["fr"], "doors": ["fax"]})

    assert str(refused.value).splitlines() == [
        "vi: there is no text",
        "en: '{x}' looks like a placeholder that was never filled in",
        "no such language: fr",
        "no such door: fax (there are telegram and webchat)",
    ]


async def test_only_the_leader_sends_and_the_others_know_what_is_paused(speakers: Speakers) -> None:
    store, clock = DocumentStore(MemoryTables()), Clock()
    await crowd(store, 3)
    here, there = Announcements(store, speakers, clock, lambda: False), Announcements(store, speakers, clock)
    key = await confirmed(here)
    clock.at += announce.UNDO

    async with working(here):
        here._changed.set()
        await asyncio.sleep(0.05)
        assert await store.waiting() == 0
        await there.pause({"id": key})
        here._changed.set()
        await asyncio.sleep(0.05)
        assert here.paused() == {key}


async def test_who_could_not_be_reached_is_counted_in_the_end(speakers: Speakers) -> None:
    store, clock = DocumentStore(MemoryTables()), Clock()
    await crowd(store, 5)
    announcements = Announcements(store, speakers, clock)

    async with working(announcements):
        key = await confirmed(announcements)
        clock.at += announce.UNDO
        announcements._changed.set()
        await queued(store, key, 5)
        rows = await store.claim_outbox(limit=9, now=clock.now(), lease=timedelta(seconds=5))
        for number, row in enumerate(rows):
            if number < 2:
                await store.undeliverable(row, "Forbidden: bot was blocked by the user")
            else:
                await store.delivered(row, Receipt(), clock.now())
        async with asyncio.timeout(PATIENCE):
            while (await announcements._told(key))["unreachable"] is None:
                announcements._changed.set()
                await asyncio.sleep(0.005)

        assert (await announcements._told(key))["unreachable"] == 2

"""What every store promises to the desk; see ``bot.ports`` for the words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime

import pytest

from bot.model.errors import StaleWrite
from bot.model.messages import Entry, InboundId, Lane, Message, Outbound, OutboundId, Receipt, Relay, TicketId
from bot.model.people import Address, DelegateId
from bot.model.rich import Span
from bot.model.tickets import Priority, Ticket, TicketState
from bot.ports import Change, Store
from storage.documents import FEED_LIMIT
from tests.contract.world import (
    AMINA,
    BINH,
    CHLOE,
    GROUP,
    LEASE,
    NOON,
    WINDOW,
    Keeper,
    ask,
    at,
    card,
    entry,
    known,
    message,
    note,
    person,
    put,
    readable,
    say,
    ticket,
)
from tests.patience import PATIENCE, until

EVERYBODY = (AMINA, BINH, CHLOE)


async def claim(store: Store, now: datetime = NOON, *, limit: int = 100) -> list[str]:
    return [row.id for row in await store.claim_outbox(limit=limit, now=now, lease=LEASE)]


# -------------------------------------------------------------------- turns


async def test_turn_is_readable_after_it_ended(store: Store) -> None:
    async with store.transaction(AMINA.delegate) as turn:
        await turn.save_delegate(person(AMINA))
        line = await turn.append(entry(AMINA))
        opened = await turn.add_ticket(ticket(AMINA))
        await turn.enqueue(note("n1"))
        assert await store.entries(AMINA.delegate) == []

    assert await store.delegate(AMINA.delegate) == person(AMINA)
    assert await store.entries(AMINA.delegate) == [line]
    assert await store.ticket(opened.id) == opened
    assert await store.claim_outbox(limit=9, now=NOON, lease=LEASE) == [note("n1")]


async def test_turn_reads_what_it_wrote(store: Store) -> None:
    async with store.transaction(AMINA.delegate) as turn:
        await turn.save_delegate(person(AMINA))
        opened = await turn.add_ticket(ticket(AMINA))
        changed = await turn.save_ticket(replace(opened, team="medical"))

        assert await turn.delegate() == person(AMINA)
        assert await turn.ticket(opened.id) == changed
        assert await turn.open_tickets() == [changed]


async def test_turn_with_an_exception_leaves_nothing(store: Store) -> None:
    await ask(store, BINH)
    before = await readable(store, EVERYBODY)

    with pytest.raises(ZeroDivisionError):
        await _failing_turn(store)

    assert await readable(store, EVERYBODY) == before
    assert not await known(store, AMINA, "u1")


async def _failing_turn(store: Store) -> None:
    async with store.transaction(AMINA.delegate) as turn:
        assert not await turn.known(InboundId("u1"), now=NOON, until=NOON + WINDOW)
        await turn.save_delegate(person(AMINA))
        line = await turn.append(entry(AMINA))
        opened = await turn.add_ticket(ticket(AMINA))
        await turn.assign(line, opened.id)
        await turn.enqueue(note("n1"))
        raise ZeroDivisionError


async def test_cancelled_turn_is_there_as_a_whole_or_not_at_all(store: Store) -> None:
    for delay in range(12):  # the caller gives up earlier or later on the way of the commit
        who = Address("telegram", f"c{delay}")
        turn = asyncio.create_task(ask(store, who))
        for _ in range(delay):
            await asyncio.sleep(0)
        turn.cancel()
        await asyncio.wait([turn])

        line = await say(store, who, "and then")
        said = [one.seq for one in await store.entries(who.delegate)]
        cards = [row.delegate for row in await store.claim_outbox(limit=99, now=at(100 * delay), lease=LEASE)]
        tickets = [one for one in await store.tickets() if one.delegate == who.delegate]
        assert (line.seq, said, len(tickets)) in ((1, [1], 0), (2, [1, 2], 1))
        assert len(tickets) == (who.delegate in cards)
        for row in await store.claim_outbox(limit=99, now=at(100 * delay + 70), lease=LEASE):
            await store.delivered(row, Receipt(), NOON)


async def test_cancelled_turn_whose_write_is_under_way_ends_with_the_write(store: Store) -> None:
    turn = asyncio.create_task(ask(store, AMINA))
    await asyncio.sleep(0)
    turn.cancel()
    await asyncio.wait([turn])
    kept = len(await store.entries(AMINA.delegate))

    await asyncio.sleep(0.05)

    assert len(await store.entries(AMINA.delegate)) == kept
    assert len(await claim(store)) == kept


async def test_turns_of_one_delegate_come_one_after_another(store: Store) -> None:
    inside = 0

    async def turn(number: int) -> Entry:
        nonlocal inside
        async with store.transaction(AMINA.delegate) as tx:
            inside += 1
            assert inside == 1
            last = await tx.append(entry(AMINA, f"{number}"))
            await asyncio.sleep(0)
            inside -= 1
        return last

    lines = await asyncio.gather(*map(turn, range(20)))

    assert sorted(line.seq for line in lines) == list(range(1, 21))
    assert await store.entries(AMINA.delegate) == sorted(lines, key=lambda line: line.seq)


async def test_turns_of_different_delegates_do_not_wait_for_each_other(store: Store) -> None:
    async with store.transaction(AMINA.delegate) as turn:
        await turn.append(entry(AMINA))
        async with asyncio.timeout(PATIENCE):
            await say(store, BINH, "I am not held up")

    assert len(await store.entries(BINH.delegate)) == 1


async def test_known_id_is_known_after_its_turn(store: Store) -> None:
    assert not await known(store, AMINA, "u1")
    assert await known(store, AMINA, "u1")
    assert await known(store, BINH, "u1")
    assert not await known(store, AMINA, "u2")


async def test_same_message_three_times_at_once_counts_once(store: Store) -> None:
    async def receive(number: str) -> None:
        async with store.transaction(AMINA.delegate) as turn:
            if not await turn.known(InboundId(number), now=NOON, until=NOON + WINDOW):
                await turn.append(entry(AMINA, number))

    await asyncio.gather(*(receive(f"u{number % 7}") for number in range(21)))

    assert len(await store.entries(AMINA.delegate)) == 7


async def test_entries_are_numbered_per_delegate(store: Store) -> None:
    async with store.transaction(AMINA.delegate) as turn:
        first = [await turn.append(entry(AMINA, text)) for text in ("a", "b")]
    second = [await say(store, AMINA, "c"), await say(store, BINH, "d")]

    assert [line.seq for line in first + second] == [1, 2, 3, 1]
    assert await store.entry(AMINA.delegate, 2) == first[1]
    assert await store.entry(AMINA.delegate, 9) is None
    assert await store.entry(CHLOE.delegate, 1) is None


async def test_entries_after_a_number_are_the_newest_oldest_first(store: Store) -> None:
    for number in range(1, 8):
        await say(store, AMINA, f"{number}")

    async def numbers(after: int = 0, limit: int = 200) -> list[int]:
        return [line.seq for line in await store.entries(AMINA.delegate, after=after, limit=limit)]

    assert await numbers() == [1, 2, 3, 4, 5, 6, 7]
    assert await numbers(after=5) == [6, 7]
    assert await numbers(limit=3) == [5, 6, 7]
    assert await numbers(after=2, limit=2) == [6, 7]
    assert await numbers(after=7) == []
    assert await store.entries(CHLOE.delegate) == []


@pytest.mark.parametrize(
    "text", ["وين الباص؟", "Xe buýt ở đâu?", "\u2067x\u2069 \u2028\0", "half \ud83d of a pair", "\n"]
)
async def test_words_come_back_as_they_were_written(store: Store, text: str) -> None:
    line = await say(store, AMINA, text)

    assert await store.entries(AMINA.delegate) == [line]
    assert line.message.text == (Span(text),)


async def test_document_that_cannot_be_written_harms_nobody_else(store: Store) -> None:
    async def odd() -> None:
        async with asyncio.timeout(PATIENCE), store.transaction(AMINA.delegate) as turn:
            await turn.save_delegate(replace(person(AMINA), name=object()))  # type: ignore[arg-type]

    outcomes = await asyncio.gather(say(store, BINH), odd(), say(store, CHLOE), return_exceptions=True)

    assert isinstance(outcomes[0], Entry)
    assert isinstance(outcomes[2], Entry)
    assert not isinstance(outcomes[1], TimeoutError)
    assert (await say(store, AMINA)).seq == 1


# -------------------------------------------------------------------- tickets


async def test_assigned_line_belongs_to_the_ticket(store: Store) -> None:
    async with store.transaction(AMINA.delegate) as turn:
        first = await turn.append(entry(AMINA, "hello"))
        line = await turn.append(entry(AMINA))
        opened = await turn.add_ticket(ticket(AMINA))
        assigned = await turn.assign(line, opened.id)

    assert assigned == replace(line, ticket=opened.id)
    assert await store.timeline(opened.id) == [assigned]
    assert await store.entries(AMINA.delegate) == [first, assigned]


async def test_timeline_is_in_the_order_of_the_history(store: Store) -> None:
    opened = await ask(store, AMINA)
    await say(store, AMINA, "about something else")
    async with store.transaction(AMINA.delegate) as turn:
        for author in ("staff", "note", "delegate"):
            await turn.append(replace(entry(AMINA, author, author=author), ticket=opened.id))

    assert [line.seq for line in await store.timeline(opened.id)] == [1, 3, 4, 5]
    assert await store.timeline(TicketId(99)) == []


async def test_fifty_tickets_at_once_have_fifty_numbers(store: Store) -> None:
    opened = await asyncio.gather(*(ask(store, Address("webchat", f"s{number % 40}")) for number in range(50)))

    assert len({one.id for one in opened}) == 50
    assert {one.id for one in await store.tickets()} == {one.id for one in opened}


async def test_changed_ticket_has_a_higher_version(store: Store) -> None:
    opened = await ask(store, AMINA)
    async with store.transaction(AMINA.delegate) as turn:
        saved = await turn.save_ticket(replace(opened, owner_name="Lan"))
        again = await turn.save_ticket(replace(saved, team="medical"))

    assert (opened.version, saved.version, again.version) == (1, 2, 3)
    assert await store.ticket(opened.id) == again


async def test_stale_ticket_is_refused_and_nothing_of_its_turn_is_kept(store: Store) -> None:
    opened = await ask(store, AMINA)
    async with store.transaction(AMINA.delegate) as turn:
        saved = await turn.save_ticket(replace(opened, owner_name="Lan"))

    with pytest.raises(StaleWrite):
        await _note_and_save(store, replace(opened, owner_name="Omar"))

    assert await store.ticket(opened.id) == saved
    assert len(await store.entries(AMINA.delegate)) == 1


async def test_erased_ticket_is_stale(store: Store) -> None:
    opened = await ask(store, AMINA)
    await store.erase(AMINA.delegate)

    with pytest.raises(StaleWrite):
        await _note_and_save(store, replace(opened, owner_name="Lan"))

    assert await store.ticket(opened.id) is None


async def _note_and_save(store: Store, changed: Ticket) -> None:
    async with store.transaction(changed.delegate) as turn:
        await turn.append(entry(AMINA, "a note"))
        await turn.save_ticket(changed)


async def test_of_many_claims_of_a_ticket_one_wins(store: Store) -> None:
    opened = await ask(store, AMINA)

    async def claim_it(name: str) -> bool:
        try:
            async with store.transaction(AMINA.delegate) as turn:
                await turn.save_ticket(replace(opened, owner_name=name, state=TicketState.CLAIMED))
        except StaleWrite:
            return False
        return True

    won = await asyncio.gather(*(claim_it(f"staff {number}") for number in range(30)))

    assert won.count(True) == 1
    assert (await store.tickets())[0].owner_name == f"staff {won.index(True)}"


async def test_tickets_are_urgent_first_then_longest_waiting(store: Store) -> None:
    async def open_one(seconds: int, priority: Priority) -> TicketId:
        async with store.transaction(AMINA.delegate) as turn:
            return (await turn.add_ticket(replace(ticket(AMINA, priority=priority), opened_at=at(seconds)))).id

    late, early = await open_one(30, Priority.NORMAL), await open_one(10, Priority.NORMAL)
    high, emergency = await open_one(40, Priority.HIGH), await open_one(50, Priority.EMERGENCY)
    done = await open_one(0, Priority.EMERGENCY)
    async with store.transaction(AMINA.delegate) as turn:
        last = await turn.ticket(done)
        assert last is not None
        await turn.save_ticket(replace(last, state=TicketState.RESOLVED))

    assert [one.id for one in await store.tickets()] == [emergency, high, early, late]
    assert [one.id for one in await store.tickets(include_resolved=True)] == [emergency, high, early, late, done]


async def test_open_tickets_are_those_of_the_delegate_oldest_first(keeper: Keeper) -> None:
    store: Store = await keeper.open()
    mine = [(await ask(store, AMINA)).id for _ in range(12)]
    await ask(store, BINH)
    if keeper.kind != "memory":
        store = await keeper.reopen()

    async with store.transaction(AMINA.delegate) as turn:
        second = await turn.ticket(mine[1])
        assert second is not None
        await turn.save_ticket(replace(second, state=TicketState.RESOLVED))
        assert [one.id for one in await turn.open_tickets()] == [mine[0], *mine[2:]]


async def test_all_tickets_are_the_open_and_the_resolved_ones(store: Store) -> None:
    first, second = (await ask(store, AMINA)).id, (await ask(store, AMINA)).id
    await ask(store, BINH)
    async with store.transaction(AMINA.delegate) as turn:
        known = await turn.ticket(first)
        assert known is not None
        await turn.save_ticket(replace(known, state=TicketState.RESOLVED))
        third = await turn.add_ticket(ticket(AMINA))
        assert [(one.id, one.open) for one in await turn.all_tickets()] == [
            (first, False),
            (second, True),
            (third.id, True),
        ]

    async with store.transaction(AMINA.delegate) as turn:
        [closed, *_] = await turn.all_tickets()
        reopened = await turn.save_ticket(replace(closed, state=TicketState.REOPENED))
        assert [one.open for one in await turn.all_tickets()] == [True, True, True]

    assert await store.ticket(first) == reopened


# -------------------------------------------------------------------- outbox


async def test_known_row_is_left_as_it_is(store: Store) -> None:
    await put(store, note("n1"), note("n1", body=message("twice in a turn")))
    await put(store, note("n1", BINH, body=message("in another turn")))

    assert await store.waiting() == 1
    assert await store.claim_outbox(limit=9, now=NOON, lease=LEASE) == [note("n1")]


async def test_claim_takes_urgent_lanes_first(store: Store) -> None:
    lanes = [Lane.BROADCAST, Lane.REPLY, Lane.EMERGENCY, Lane.TICKET]
    await put(store, *(note(lane.name, Address("telegram", lane.name), lane=lane) for lane in lanes))

    assert await claim(store, limit=1) == ["EMERGENCY"]
    assert await claim(store) == ["TICKET", "REPLY", "BROADCAST"]


async def test_claim_takes_one_row_for_an_address(store: Store) -> None:
    await put(store, note("a1"), note("a2"), note("b1", BINH))

    assert await claim(store) == ["a1", "b1"]
    assert await claim(store) == []


async def test_rows_for_an_address_leave_in_the_order_of_the_turn(keeper: Keeper) -> None:
    store: Store = await keeper.open()
    sent = [f"u1>{number}" for number in range(1, 13)]  # the tenth is no word before the second
    await put(store, *map(note, sent))
    if keeper.kind != "memory":
        store = await keeper.reopen()

    left: list[str] = []
    while rows := await store.claim_outbox(limit=9, now=NOON, lease=LEASE):
        left += [row.id for row in rows]
        await store.delivered(rows[0], Receipt(), NOON)

    assert left == sent


async def test_rows_for_an_address_leave_in_order_when_the_clock_is_set_back(store: Store) -> None:
    await put(store, replace(note("first"), created_at=at(3600)))
    await put(store, replace(note("second"), created_at=at(0)))

    assert await claim(store) == ["first"]


async def test_row_waits_behind_an_earlier_one_that_is_leased_or_postponed(store: Store) -> None:
    await put(store, note("a1"), note("a2"))
    assert await claim(store) == ["a1"]
    await store.postpone(OutboundId("a1"), at(30))

    assert await claim(store, at(29)) == []
    rows = await store.claim_outbox(limit=9, now=at(30), lease=LEASE)
    assert [(row.id, row.attempts, row.due_at) for row in rows] == [("a1", 1, at(30))]


async def test_emergency_does_not_wait_behind_a_postponed_reply(store: Store) -> None:
    await put(store, note("reply"))
    await store.postpone(OutboundId("reply"), at(300))
    await put(store, note("alarm", lane=Lane.EMERGENCY))

    assert await claim(store) == ["alarm"]


async def test_row_is_claimed_when_it_is_due(store: Store) -> None:
    await put(store, note("n1", due=at(10)))

    assert await claim(store, at(9)) == []
    assert await claim(store, at(10)) == ["n1"]


async def test_lease_that_ran_out_gives_the_row_again(store: Store) -> None:
    await put(store, note("n1"))

    assert await claim(store) == ["n1"]
    assert await claim(store, at(59)) == []
    assert await claim(store, at(60)) == ["n1"]


async def test_two_claims_never_share_a_row(store: Store) -> None:
    await put(store, *(note(f"n{number}", Address("webchat", f"{number}")) for number in range(12)))

    claims = await asyncio.gather(*(claim(store, limit=2) for _ in range(8)))

    assert sorted(row for rows in claims for row in rows) == sorted(f"n{number}" for number in range(12))


async def test_delivered_row_marks_its_line_and_leaves(store: Store) -> None:
    line = await say(store, AMINA, "The bus leaves at 8.")
    await put(store, note("n1", entry=line.seq, delegate=AMINA.delegate), note("n2"))
    [row] = await store.claim_outbox(limit=1, now=NOON, lease=LEASE)

    await store.delivered(row, Receipt(("55",)), at(2))

    assert await store.entries(AMINA.delegate) == [replace(line, delivered_at=at(2))]
    assert await store.waiting() == 1
    assert await claim(store) == ["n2"]


async def test_undeliverable_row_tells_why_and_leaves(store: Store) -> None:
    line = await say(store, AMINA, "The bus leaves at 8.")
    await put(store, note("n1", entry=line.seq, delegate=AMINA.delegate))
    [row] = await store.claim_outbox(limit=1, now=NOON, lease=LEASE)

    await store.undeliverable(row, "blocked by the delegate")

    assert await store.entries(AMINA.delegate) == [replace(line, undeliverable="blocked by the delegate")]
    assert await store.waiting() == 0


async def test_delivered_card_makes_the_ticket_seen_and_found(store: Store) -> None:
    opened = await ask(store, AMINA)
    [row] = await store.claim_outbox(limit=1, now=NOON, lease=LEASE)

    await store.delivered(row, Receipt(("55", "56"), "-100:7:55"), at(3))

    seen = await store.ticket(opened.id)
    assert seen == replace(opened, seen_at=at(3), threads={GROUP.channel: "-100:7:55"})
    for ref in ("55", "56", "-100:7:55"):
        assert await store.ticket_of(GROUP, ref) == opened.id
    assert await store.ticket_of(GROUP, "57") is None
    assert await store.ticket_of(Address("reception-telegram", "-200"), "55") is None


async def test_second_card_leaves_the_first_time_and_other_lanes_as_they_are(store: Store) -> None:
    opened = await ask(store, AMINA)
    await store.delivered(card(opened.id, AMINA), Receipt((), "t1"), at(3))
    other = replace(card(opened.id, AMINA, to=Address("reception-direct", "9")), id=OutboundId("card:2"))
    await put(store, other)

    await store.delivered(other, Receipt((), "t2"), at(8))

    seen = await store.ticket(opened.id)
    assert seen is not None
    assert (seen.seen_at, seen.threads) == (at(3), {GROUP.channel: "t1", "reception-direct": "t2"})


async def test_delivered_relay_is_found_and_does_not_make_the_ticket_seen(store: Store) -> None:
    opened = await ask(store, AMINA)
    await put(store, relay := replace(card(opened.id, AMINA), id=OutboundId("relay"), body=Relay(opened.id, 1)))

    await store.delivered(relay, Receipt(("77",)), at(3))

    assert await store.ticket(opened.id) == opened
    assert await store.ticket_of(GROUP, "77") == opened.id


async def test_card_that_nobody_got_leaves_the_ticket_unseen(store: Store) -> None:
    opened = await ask(store, AMINA)
    [row] = await store.claim_outbox(limit=1, now=NOON, lease=LEASE)

    await store.delivered(row, Receipt(("55",), "t1", shown=False), at(3))

    assert await store.ticket(opened.id) == opened
    assert await store.waiting() == 0


async def test_what_a_delegate_got_leaves_no_reference_of_their_door(store: Store) -> None:
    opened = await ask(store, AMINA)
    await put(store, note("n1", ticket=opened.id, delegate=AMINA.delegate))
    rows = await store.claim_outbox(limit=9, now=NOON, lease=LEASE)
    [reply] = [row for row in rows if row.id == "n1"]

    await store.delivered(reply, Receipt(("m1",)), at(3))

    assert await store.ticket_of(AMINA, "m1") is None
    assert await store.ticket(opened.id) == opened


async def test_delivery_noted_during_a_turn_of_the_delegate_is_not_overwritten(store: Store) -> None:
    opened = await ask(store, AMINA)
    [row] = await store.claim_outbox(limit=1, now=NOON, lease=LEASE)
    async with store.transaction(AMINA.delegate) as turn:
        noting = asyncio.create_task(store.delivered(row, Receipt(("55",)), at(3)))
        await asyncio.sleep(0.02)
        read = await turn.ticket(opened.id)
        assert read is not None
        await turn.save_ticket(replace(read, owner_name="Lan"))
    await noting

    seen = await store.ticket(opened.id)
    assert seen is not None
    assert (seen.owner_name, seen.seen_at) == ("Lan", at(3))


async def test_all_kinds_of_rows_come_back_as_they_were(store: Store) -> None:
    opened = await ask(store, AMINA)
    rows = [card(opened.id, AMINA), replace(card(opened.id, AMINA), id=OutboundId("r"), body=Relay(opened.id, 1))]
    rows.append(note("m", BINH, body=Message((Span("112", "phone", "tel:112"),), "vi", keyboard=(("a", "b"), ("c",)))))
    await put(store, *rows)

    left: list[Outbound] = []
    while claimed := await store.claim_outbox(limit=9, now=NOON, lease=LEASE):
        left += claimed
        for row in claimed:
            await store.delivered(row, Receipt(), NOON)

    assert sorted(left, key=lambda row: row.id) == sorted(rows, key=lambda row: row.id)


async def test_next_due_is_when_something_can_be_claimed_next(store: Store) -> None:
    assert await store.next_due() is None
    await put(store, note("a1", due=at(20)), note("b1", BINH, due=at(10)))
    assert await store.next_due() == at(10)

    await claim(store, at(10))

    assert await store.next_due() == at(20)
    await store.postpone(OutboundId("b1"), at(15))
    assert await store.next_due() == at(15)


async def test_next_due_does_not_count_rows_behind_one_that_is_on_its_way(store: Store) -> None:
    await put(store, note("a1"), note("a2"))
    await claim(store)

    assert await store.next_due() == at(60)


async def test_postponing_a_row_that_left_changes_nothing(store: Store) -> None:
    await put(store, note("n1"))
    await store.delivered(note("n1"), Receipt(), NOON)

    await store.postpone(OutboundId("n1"), at(5))

    assert (await store.waiting(), await claim(store, at(9))) == (0, [])


# -------------------------------------------------------------------- small things


async def test_settings_are_remembered_recalled_and_forgotten(store: Store) -> None:
    assert await store.recall("k") is None
    await store.remember("k", "Một")
    await store.remember("other", "2")
    await store.remember("k", "اثنان")
    assert await store.recall("k") == "اثنان"

    await store.forget("k")
    await store.forget("never there")

    assert (await store.recall("k"), await store.recall("other")) == (None, "2")


# -------------------------------------------------------------------- changes


@asynccontextmanager
async def watching(store: Store) -> AsyncIterator[Callable[[int], Awaitable[Sequence[Change]]]]:
    """Collects changes while the body runs."""
    seen: list[Change] = []
    reader = asyncio.create_task(_collect(store, seen))
    await asyncio.sleep(0)

    async def first(count: int) -> Sequence[Change]:
        with suppress(TimeoutError):
            await until(lambda: len(seen) >= count)
        await asyncio.sleep(0.02)  # for what should not come
        assert len(seen) == count
        return seen

    try:
        yield first
    finally:
        reader.cancel()
        await asyncio.wait([reader])


async def _collect(store: Store, seen: list[Change]) -> None:
    async for change in store.changes():
        seen.append(change)  # noqa: PERF401 -- looked at while it grows


async def test_changes_tell_each_commit(store: Store) -> None:
    async with watching(store) as seen, watching(store) as seen_by_another:
        await say(store, AMINA)
        opened = await ask(store, BINH)
        [row] = await store.claim_outbox(limit=1, now=NOON, lease=LEASE)
        await store.delivered(row, Receipt(), NOON)

        changes = await seen(3)
        assert await seen_by_another(3) == changes
    said, asked, delivered = changes
    assert (said.delegate, said.outbox, said.gap) == (AMINA.delegate, False, False)
    assert (asked.delegate, tuple(asked.tickets), asked.outbox) == (BINH.delegate, (opened.id,), True)
    assert (delivered.delegate, tuple(delivered.tickets)) == (BINH.delegate, (opened.id,))


async def test_changes_tell_that_a_reply_arrived_or_never_will(store: Store) -> None:
    opened = await ask(store, AMINA)
    await put(store, *(note(name, ticket=opened.id, delegate=AMINA.delegate) for name in ("n1", "n2")))
    async with watching(store) as seen:
        for outcome in ("arrived", "blocked"):
            rows = await store.claim_outbox(limit=9, now=NOON, lease=LEASE)
            [reply] = [row for row in rows if isinstance(row.body, Message)]
            if outcome == "arrived":
                await store.delivered(reply, Receipt(("m1",)), NOON)
            else:
                await store.undeliverable(reply, outcome)

        changes = await seen(2)
    assert [(change.delegate, tuple(change.tickets)) for change in changes] == [(AMINA.delegate, (opened.id,))] * 2


async def test_changes_tell_nothing_of_a_turn_that_failed(store: Store) -> None:
    async with watching(store) as seen:
        with pytest.raises(ZeroDivisionError):
            await _failing_turn(store)
        await seen(0)


async def test_slow_reader_of_changes_is_told_of_a_gap(store: Store) -> None:
    feed = store.changes()
    first = asyncio.ensure_future(anext(feed))
    await asyncio.sleep(0)
    await say(store, AMINA)
    assert not (await first).gap

    people = [Address("webchat", f"{number}") for number in range(FEED_LIMIT + 1)]
    for start in range(0, len(people), 50):  # all at once would not find a place in a busy database in time
        await asyncio.gather(*(say(store, who) for who in people[start : start + 50]))

    assert (await anext(feed)).gap
    await say(store, AMINA)
    after = await anext(feed)
    assert (after.delegate, after.gap) == (AMINA.delegate, False)
    await feed.aclose()  # type: ignore[attr-defined]


# -------------------------------------------------------------------- erasure

SECRET = "Zanzibar"


async def _full_life(store: Store, who: Address, word: str) -> None:
    async with store.transaction(who.delegate) as turn:
        await turn.known(InboundId(f"{who.key}-{word}"), now=NOON, until=NOON + WINDOW)
        await turn.save_delegate(person(who, name=word))
        line = await turn.append(entry(who, word))
        opened = await turn.add_ticket(ticket(who, word))
        await turn.assign(line, opened.id)
        await turn.append(replace(entry(who, f"about {word}", author="note"), ticket=opened.id))
        await turn.enqueue(card(opened.id, who))
        await turn.enqueue(note(f"{who.key}>1", who, body=message(word), delegate=who.delegate, entry=line.seq))
        await turn.enqueue(note(f"{who.key}>2", who, body=message(f"{word} again"), delegate=who.delegate))
    await store.delivered(card(opened.id, who), Receipt((f"ref-{who.key}",), "t"), NOON)
    await store.postpone(OutboundId(f"{who.key}>1"), at(5))


async def test_erased_delegate_leaves_nothing(keeper: Keeper) -> None:
    store: Store = await keeper.open()
    await _full_life(store, AMINA, SECRET)
    tickets = await store.tickets()

    assert await store.erase(AMINA.delegate) == tickets

    nothing = await readable(store, [AMINA], [(GROUP, "ref-101"), (GROUP, "t")])
    assert nothing == await readable(
        await Keeper("memory", keeper.folder).open(), [AMINA], [(GROUP, "ref-101"), (GROUP, "t")]
    )
    assert await claim(store, at(99)) == []
    assert not await known(store, AMINA, f"101-{SECRET}")
    assert await store.timeline(tickets[0].id) == []


async def test_erasing_one_leaves_another_untouched(store: Store) -> None:
    await _full_life(store, BINH, "Binh's words")
    refs = [(GROUP, "ref-s-2")]
    before = await readable(store, [BINH, CHLOE], refs)
    await _full_life(store, AMINA, SECRET)

    await store.erase(AMINA.delegate)

    after = await readable(store, [BINH, CHLOE], refs)
    assert {**after, "refs": {}} == {**before, "refs": {}}
    assert await store.ticket_of(GROUP, "ref-s-2") == before["refs"][refs[0]]
    assert await known(store, BINH, "s-2-Binh's words")


async def test_number_of_an_erased_ticket_is_not_given_again(keeper: Keeper) -> None:
    store: Store = await keeper.open()
    gone = await ask(store, AMINA)
    await store.erase(AMINA.delegate)
    if keeper.kind != "memory":
        store = await keeper.reopen()

    assert (await ask(store, BINH)).id > gone.id


async def test_delivery_noted_after_the_erasure_leaves_no_trace(store: Store) -> None:
    opened = await ask(store, AMINA)
    [row] = await store.claim_outbox(limit=1, now=NOON, lease=LEASE)
    await store.erase(AMINA.delegate)

    await store.delivered(row, Receipt(("55",), "t"), NOON)

    assert await store.ticket(opened.id) is None
    assert await store.ticket_of(GROUP, "55") is None


async def test_row_postponed_during_the_erasure_does_not_come_back(store: Store) -> None:
    await put(store, note("n1", AMINA, body=message(SECRET)))

    await asyncio.gather(store.erase(AMINA.delegate), store.postpone(OutboundId("n1"), at(5)))

    assert (await store.waiting(), await claim(store, at(9))) == (0, [])


async def test_erasure_comes_through_while_others_write_without_a_pause(store: Store) -> None:
    stop = asyncio.Event()

    async def chatter(number: int) -> None:
        while not stop.is_set():
            await say(store, Address("webchat", f"{number}"))
            await asyncio.sleep(0)

    await ask(store, AMINA)
    writers = [asyncio.create_task(chatter(number)) for number in range(16)]
    await asyncio.sleep(0.02)
    async with asyncio.timeout(PATIENCE):
        await store.erase(AMINA.delegate)
    stop.set()
    await asyncio.gather(*writers)

    assert await store.tickets() == []


# -------------------------------------------------------------------- opening again


async def test_opened_again_it_is_the_same(lasting: Keeper) -> None:
    store: Store = await lasting.open()
    for who, word in zip(EVERYBODY, ("Amina's", "bình", "كلوي"), strict=True):
        await _full_life(store, who, word)
    await store.erase(CHLOE.delegate)
    await store.remember("k", "v")
    refs = [(GROUP, f"ref-{who.key}") for who in EVERYBODY]
    before = await readable(store, EVERYBODY, refs, ["k"])

    store = await lasting.reopen()

    assert await readable(store, EVERYBODY, refs, ["k"]) == before
    assert await claim(store, at(5)) == ["101>1", "s-2>1"]
    assert await known(store, AMINA, "101-Amina's")


async def test_leased_row_is_there_after_opening_again(lasting: Keeper) -> None:
    store: Store = await lasting.open()
    await put(store, note("n1"))
    await claim(store)

    store = await lasting.reopen()

    assert await claim(store, at(60)) == ["n1"]


async def test_no_file_holds_a_word_of_an_erased_delegate(lasting: Keeper) -> None:
    store: Store = await lasting.open()
    await _full_life(store, AMINA, SECRET)
    await _full_life(store, BINH, "Kept")
    assert _hits(lasting, SECRET)

    await store.erase(AMINA.delegate)

    assert not _hits(lasting, SECRET, AMINA.delegate)
    assert _hits(lasting, "Kept")
    await lasting.close()
    assert not _hits(lasting, SECRET, AMINA.delegate)


def _hits(keeper: Keeper, *words: str) -> list[str]:
    files = [path for path in keeper.folder.rglob("*") if path.is_file()]
    return [path.name for path in files for word in words if word.encode() in path.read_bytes()]


def test_everybody_is_somebody_else() -> None:
    assert len({DelegateId(who.delegate) for who in EVERYBODY}) == 3

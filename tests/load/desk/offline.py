"""What the closed store says: everything that stands in a chat is in a history, and what is not there yet waits."""

from __future__ import annotations

import json
from collections import Counter
from itertools import groupby, pairwise

from bot.model.messages import Entry
from bot.model.people import DelegateId
from bot.ports import Store
from bot.transports.telegram_text import parts, shown
from storage import open_store
from tests.load.desk.delegates import Crowd
from tests.load.desk.house import House
from tests.load.desk.oracle import Verdict, explained, spoilt, times_of
from tests.load.desk.said import Chat, past_the_outbox


async def compare(house: House, crowd: Crowd, verdict: Verdict) -> None:
    """Open the store that the desk left behind and hold it against the chats."""
    url = house.plan.store_url or f"tinydb:{house.plan.data}"
    async with open_store(url) as store:
        await _cards(house, store, verdict)
        waiting = await _waiting(store)
        for chat in crowd.chats:
            if chat.door == "telegram":
                await _chat(store, house, crowd, chat, waiting, verdict)


async def _waiting(store: Store) -> set[tuple[str, int]]:
    """The lines of histories that are still in the outbox."""
    found: set[tuple[str, int]] = set()
    async for record in store.records():
        if record.table == "outbox":
            row = json.loads(record.document)
            row = row.get("row", row)
            if row.get("entry") is not None:
                found.add((str(row.get("delegate")), int(row["entry"])))
    return found


async def _chat(
    store: Store, house: House, crowd: Crowd, chat: Chat, waiting: set[tuple[str, int]], verdict: Verdict
) -> None:
    who = DelegateId(f"telegram:{chat.key}")
    entries = await store.entries(who, limit=100_000)
    heard = Counter(str(entry.inbound) for entry in entries if entry.inbound)
    for number, times in heard.items():
        if times > 1:
            verdict.add("D9", f"one update stands {times} times in the history: {number}", [], chat.key)
    said = [entry for entry in entries if entry.author in ("desk", "staff")]
    for entry in said:
        if entry.delivered_at is None and not entry.undeliverable and (who, entry.seq) not in waiting:
            verdict.add("D1", f"line {entry.seq} was not delivered, and nothing waits to be", [], chat.key)
    texts = Counter(_text(entry) for entry in said)
    for message in crowd.people[chat.key].inbox:
        if message.text and message.text not in texts and not past_the_outbox(message.text):
            verdict.add("D8", f"it stands in no history: {message.text[:60]!r}", [], chat.key)
    if chat.role == "asks":
        _repeats(house, crowd, chat, [_text(entry) for entry in said], verdict)


def _repeats(house: House, crowd: Crowd, chat: Chat, said: list[str], verdict: Verdict) -> None:
    """Messages of one lane come in the order of the history, so a copy stands right behind its original."""
    interruptions = [*house.interruptions, *spoilt(house, chat.key)]
    times = times_of(house, chat.key)
    seen = [message for message in crowd.people[chat.key].inbox if message.text and not past_the_outbox(message.text)]
    owed = [(text, len(list(run))) for text, run in groupby(said)]
    there = [(text, [times[one.id] for one in run]) for text, run in groupby(seen, key=lambda one: one.text)]
    for (text, number), (read, copies) in zip(owed, there, strict=False):
        if text != read:
            verdict.add("D10", f"out of order: {read[:40]!r} where {text[:40]!r} should stand", [], chat.key)
            return
        if len(copies) > number:
            explained(list(pairwise(copies)), interruptions, chat.key, verdict, surplus=len(copies) - number)


def _text(entry: Entry) -> str:
    return parts(shown(entry.message.text, entry.message.language))[0].text.strip()


async def _cards(house: House, store: Store, verdict: Verdict) -> None:
    """Every case has one topic, or waits for it; a second one needs an interruption."""
    waiting: set[int] = set()
    async for record in store.records():
        if record.table == "outbox":
            row = json.loads(record.document)
            waiting.add(int(row.get("row", row).get("ticket") or 0))
    topics = Counter(int(topic.name[1:].split()[0]) for topic in house.group.topics if topic.name.startswith("#"))
    for ticket in await store.tickets(include_resolved=True):
        if not topics[ticket.id] and ticket.id not in waiting:
            verdict.add("S1", f"case {ticket.id} has no topic in the group, and nothing waits to open one")
    twice = sum(times - 1 for times in topics.values())
    if twice > len(house.interruptions):
        verdict.add("D10", f"{twice} topics too many in the group")
    verdict.repeats += twice

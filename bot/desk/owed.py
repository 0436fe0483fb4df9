"""What a reception lane refused of a conversation: it is owed, and tried again until the lane takes it (S1).

A card is shown again because its ticket knows that nobody has seen it. A line of the conversation has no such mark:
without this, what a delegate wrote while the bot stood outside the staff group would never reach it.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.model.messages import InboundId, Lane, Outbound, OutboundId, Relay, TicketId
from bot.model.people import Address, DelegateId
from bot.ports import Store

PREFIX: Final = "owed:"
FIRST: Final = timedelta(minutes=1)  # until the second try; each further wait is twice as long
LONGEST: Final = timedelta(minutes=5)
KEPT: Final = timedelta(days=7)
MOST_TRIES: Final = 2_000  # a week of them: a line that can never be shown must not be tried for ever
AT_ONCE: Final = 10  # of one lane in one round: a group takes twenty messages a minute, and others need it too
_KNOWN: Final = timedelta(days=30)
_AGAIN: Final = ":again:"


@dataclass(frozen=True, slots=True)
class _Owed:
    key: str
    to: Address
    lane: Lane
    body: Relay
    delegate: DelegateId
    tries: int
    """How often it was refused."""
    at: datetime
    """When it was refused last."""

    @property
    def due(self) -> datetime:
        return self.at + min(LONGEST, FIRST * 2.0 ** min(self.tries - 1, 10))


async def owe(store: Store, row: Outbound, now: datetime) -> None:
    """Note a refused line; noting it twice changes nothing.

    Raises:
        StoreUnavailable: Not noted.
    """
    # What only adds to a line that stands there already is owed to nobody.
    if not isinstance(row.body, Relay) or row.delegate is None or row.replaces:
        return
    first, _, again = row.id.partition(_AGAIN)
    tries = int(again or 0) + 1
    if tries > MOST_TRIES or await store.entry(row.delegate, row.body.entry) is None:
        return
    kept = {
        "channel": row.to.channel,
        "key": row.to.key,
        "lane": int(row.lane),
        "ticket": row.body.ticket,
        "entry": row.body.entry,
        "who": row.delegate,
        "tries": tries,
        "at": now.isoformat(),
    }
    await store.remember(PREFIX + first, json.dumps(kept), until=now + KEPT, who=row.delegate)


async def try_again(store: Store, now: datetime) -> None:
    """Put what is owed and due into the outbox again: urgent lines first, then in the order of the conversation.

    Raises:
        StoreUnavailable: The rest is still owed.
    """
    found = [_read(key, value) for key, value in (await store.recall_all(PREFIX)).items()]
    taken: Counter[Address] = Counter()
    for owed in sorted(found, key=lambda one: (one.lane, one.body.ticket, one.body.entry)):
        if owed.due <= now and taken[owed.to] < AT_ONCE:
            taken[owed.to] += 1
            await _enqueue(store, owed, now)
            await store.forget(owed.key)


async def _enqueue(store: Store, owed: _Owed, now: datetime) -> None:
    name = OutboundId(f"{owed.key.removeprefix(PREFIX)}{_AGAIN}{owed.tries}")
    async with store.transaction(owed.delegate) as tx:
        ticket = await tx.ticket(owed.body.ticket)
        if ticket is None or ticket.redacted_at is not None:
            return
        # Two processes may look at once, and a kill may come before the note is removed: each try is made once.
        if await tx.known(InboundId(PREFIX + name), now=now, until=now + _KNOWN):
            return
        await tx.enqueue(
            Outbound(name, owed.to, owed.lane, owed.body, now, now, delegate=owed.delegate, ticket=ticket.id)
        )


def _read(key: str, value: str) -> _Owed:
    kept = json.loads(value)
    return _Owed(
        key,
        Address(kept["channel"], kept["key"]),
        Lane(kept["lane"]),
        Relay(TicketId(kept["ticket"]), kept["entry"]),
        DelegateId(kept["who"]),
        kept["tries"],
        datetime.fromisoformat(kept["at"]),
    )

"""The outbox: rows are claimed for a while, and what became of them counts only while they are ours."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from bot.model.messages import Entry, Message, Outbound, OutboundId, Receipt, ShowTicket
from bot.model.people import Address, DelegateId
from bot.model.tickets import Ticket
from storage.postgres.documents import ENTRY, TICKET, dump, load
from storage.postgres.feed import Changed
from storage.postgres.rows import put_rows, row_of
from storage.postgres.session import Session, Statement, Turn
from storage.postgres.trouble import LeaseLost


class OutboxVerbs:
    """The verbs of ``bot.ports.Store`` about rows that leave."""

    _session: Session

    async def claim_outbox(
        self,
        *,
        limit: int,
        now: datetime,
        lease: timedelta,
        doors: Collection[str] | None = None,
        paused: Collection[str] = (),
    ) -> Sequence[Outbound]:
        claimed = await self._session.fetch(
            "select * from claim_rows(%s, %s, %s, %s, %s::text[], %s::text[])",
            (limit, now, now + lease, self._session.origin, None if doors is None else list(doors), list(paused)),
        )
        return [row_of(columns) for columns in claimed]

    async def delivered(self, row: Outbound, receipt: Receipt, now: datetime) -> None:
        who = row.delegate or row.to.delegate
        async with self._session.turn(who, *_about(row, who)) as turn:
            there, entry, ticket = _found(turn)
            if not there:
                return
            writes: list[Statement] = [_remove(row, self._session.origin)]
            if entry is not None:
                writes.append(_save_entry(replace(entry, delivered_at=now)))
            if ticket is not None:  # not erased while the message was on its way
                refs = [*receipt.refs, *([receipt.thread] if receipt.thread else ())]
                keys = [f"{row.to.channel}|{row.to.key}|{ref}" for ref in dict.fromkeys(refs)]
                writes.append((_PUT_REFS, (ticket.id, keys)))
                if isinstance(row.body, ShowTicket) and receipt.shown:
                    writes.append(_save_card(_shown(ticket, row.to, receipt, now)))
            touched = (row.ticket,) if row.ticket is not None else ()
            await self._record(turn, writes, Changed(who, touched))

    async def postpone(self, row: OutboundId, until: datetime, *, unsure: bool = False) -> None:
        await self._session.fetch(
            "select postpone_row(%s, %s, %s, %s)", (row, self._session.origin, until, unsure), again=False
        )

    async def undeliverable(self, row: Outbound, reason: str) -> None:
        who = row.delegate or row.to.delegate
        async with self._session.turn(who, *_about(row, who)) as turn:
            there, entry, _ = _found(turn)
            if not there:
                return
            writes: list[Statement] = [_remove(row, self._session.origin)]
            if entry is not None:
                writes.append(_save_entry(replace(entry, undeliverable=reason)))
            await self._record(turn, writes, Changed(who, (row.ticket,) if row.ticket is not None else ()))

    async def redirect(self, row: Outbound, to: Address) -> None:
        who = row.delegate or row.to.delegate
        async with self._session.turn(who, *_about(row, who)) as turn:
            there, _, _ = _found(turn)
            if not there:
                return
            moved = replace(row, to=to, attempts=0, unsure=False, replaces="")
            writes = [_remove(row, self._session.origin), put_rows([moved])]
            await self._record(turn, writes, Changed(who, outbox=True))

    async def _record(self, turn: Turn, writes: Sequence[Statement], change: Changed) -> None:
        """An outcome, unless the row's lease has passed to somebody else: then nothing of it is kept."""
        with suppress(LeaseLost):
            await self._session.commit(turn, writes, change)

    async def next_due(self, *, doors: Collection[str] | None = None, paused: Collection[str] = ()) -> datetime | None:
        [(due,)] = await self._session.fetch(
            "select next_due(%s::text[], %s::text[])", (None if doors is None else list(doors), list(paused))
        )
        return due if due is None or isinstance(due, datetime) else None

    async def waiting(self, *, broadcast: str = "") -> int:
        if broadcast:
            rows = await self._session.fetch("select count(*) from outbox where broadcast = %s", (broadcast,))
        else:
            rows = await self._session.fetch("select count(*) from outbox")
        return int(rows[0][0])

    async def withdraw(self, broadcast: str) -> int:
        if not broadcast:
            return 0
        [(gone,)] = await self._session.fetch("select withdraw_rows(%s)", (broadcast,), again=False)
        return int(gone)


def _about(row: Outbound, who: DelegateId) -> tuple[Statement, Statement, Statement]:
    """What an outcome is about: the row, if it still waits for this address, the line that it is, and the ticket that it shows."""
    # What delegates get leaves no reference at its ticket: only lanes of reception need them.
    about = None if isinstance(row.body, Message) else row.ticket
    return (
        ("select true from outbox where id = %s and addressee = %s", (row.id, f"{row.to.channel}:{row.to.key}")),
        ("select document::text from entries where delegate = %s and seq = %s", (who, row.entry)),
        ("select document::text from tickets where number = %s for update", (about,)),
    )


def _found(turn: Turn) -> tuple[bool, Entry | None, Ticket | None]:
    rows, entries, tickets = turn.found
    return (
        bool(rows),
        load(ENTRY, entries[0][0]) if entries else None,
        load(TICKET, tickets[0][0]) if tickets else None,
    )


def _shown(ticket: Ticket, lane: Address, receipt: Receipt, now: datetime) -> Ticket:
    threads = {**ticket.threads, lane.channel: receipt.thread} if receipt.thread else ticket.threads
    return replace(ticket, seen_at=ticket.seen_at or now, threads=threads)


def _remove(row: Outbound, origin: str) -> Statement:
    return ("select remove_row(%s, %s)", (row.id, origin))


def _save_entry(entry: Entry) -> Statement:
    return (
        "update entries set document = %s::json where delegate = %s and seq = %s",
        (dump(ENTRY, entry), entry.delegate, entry.seq),
    )


def _save_card(ticket: Ticket) -> Statement:
    """Where its card stands; that is no change of the ticket, so its version stays."""
    return ("update tickets set document = %s::json where number = %s", (dump(TICKET, ticket), ticket.id))


_PUT_REFS = (
    "insert into refs (ticket, key) select %s, k from unnest(%s::text[]) k"
    " on conflict (key) do update set ticket = excluded.ticket"
)

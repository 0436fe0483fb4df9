"""Rows of the outbox, and small things, as the parameters of statements; and rows back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bot.model.messages import Message, Outbound
from storage.postgres.documents import OUTBOUND, dump, load, text_of
from storage.postgres.session import Statement

_PUT: Final = (
    "select put_rows(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::smallint[], %s::timestamptz[],"
    " %s::timestamptz[], %s::integer[], %s::boolean[], %s::text[], %s::bigint[], %s::integer[], %s::json[])"
)


def put_rows(rows: Sequence[Outbound]) -> Statement:
    """New rows, in their order; a known id is left as it is."""
    return (_PUT, [list(column) for column in zip(*map(_columns, rows), strict=True)])


def _columns(row: Outbound) -> tuple[Any, ...]:
    # All tickets share the staff group's address; one that cannot be shown must not hold up the others.
    card = 0 if isinstance(row.body, Message) or row.ticket is None else row.ticket
    return (
        row.id,
        row.to.channel,
        row.to.key,
        card,
        row.broadcast,
        int(row.lane),
        row.due_at,
        row.created_at,
        row.attempts,
        row.unsure,
        row.delegate,
        row.ticket,
        row.entry,
        dump(OUTBOUND, row),
    )


def row_of(columns: Sequence[Any]) -> Outbound:
    """A row as it stands now: what changes while it waits has columns of its own.

    Args:
        columns: The document, and when it is due, the attempts and whether it may have arrived.
    """
    document, due, attempts, unsure = columns
    return replace(load(OUTBOUND, document), due_at=due, attempts=attempts, unsure=unsure)


def remembering(key: str, value: str, *, until: datetime | None = None, who: str | None = None) -> Statement:
    """A small thing, replacing an earlier one of the same name."""
    document = {"value": value}
    if until is not None:
        document["until"] = until.isoformat()
    if who is not None:
        document["who"] = who
    return (
        (
            "insert into settings (key, who, until, document) values (%s, %s, %s, %s::json) on conflict (key) do update"
            " set who = excluded.who, until = excluded.until, document = excluded.document"
        ),
        (key, who, until, text_of(document)),
    )

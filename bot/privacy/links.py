"""Two doors of one person that name each other; a link counts only when both sides say so."""

from __future__ import annotations

from dataclasses import replace

from bot.model.people import Address, Delegate
from bot.ports import Store


async def linked(store: Store, delegate: Delegate) -> Delegate | None:
    """The same person at the other door."""
    other = await store.delegate(delegate.other.delegate) if delegate.other is not None else None
    return other if other is not None and other.other == delegate.address else None


async def cut(store: Store, at: Address, of: Address) -> None:
    """Remove what the delegate at one door keeps of another door; may be repeated.

    Raises:
        StoreUnavailable: Nothing was changed.
    """
    async with store.transaction(at.delegate) as tx:
        delegate = await tx.delegate()
        if delegate is not None and delegate.other == of:
            await tx.save_delegate(replace(delegate, other=None))

"""Actions of staff that were refused, so that the same one, sent again after its answer got lost, is refused again."""

from __future__ import annotations

import json
from datetime import datetime

from bot.model.errors import Refused
from bot.ports import Store, Transaction


async def note(tx: Transaction, action: str, refused: Refused, *, until: datetime) -> None:
    kept = json.dumps({"message": refused.message, "fields": dict(refused.fields)}, ensure_ascii=False)
    await tx.remember(_key(action), kept, until=until)


async def of(store: Store, action: str) -> Refused | None:
    """Why an action was refused before; None for one that is new, or was carried out."""
    kept = await store.recall(_key(action))
    if kept is None:
        return None
    said = json.loads(kept)
    return Refused(said["message"], **said["fields"])


def _key(action: str) -> str:
    return f"refused:{action}"

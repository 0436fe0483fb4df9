"""Questions that the desk could not answer, or answered with something that was not meant: what there is to teach it.

They are kept without what points to a person (``bot.privacy.masking``), one record per wording with how often it came. Nothing is
kept of private matters, of emergencies and of long messages. A wording that one person alone used is erased with that person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

import structlog

from bot.answers.engine import Engine
from bot.desk.turn import Turn
from bot.model.content import Retention
from bot.model.errors import StoreUnavailable
from bot.model.language import Language
from bot.model.people import DelegateId
from bot.ports import Store
from bot.privacy.masking import masked
from bot.privacy.retention import chats_end

log = structlog.get_logger("desk")

PREFIX: Final = "teach:"
_CANDIDATES: Final = 3

Why = Literal["unanswered", "denied"]


@dataclass(frozen=True, slots=True)
class Wording:
    """A question as somebody put it, and how often it came."""

    text: str
    """Masked."""
    language: Language
    candidates: tuple[str, ...]
    """Topics it may be about, the likeliest first, without those that were denied."""
    unanswered: int = 0
    """How often no answer was known."""
    denied: int = 0
    """How often the answer was not meant."""
    by: str = ""
    """A hash that tells whether the same person asked again; empty once several did."""
    last: str = ""
    """The day it was last asked, ISO."""

    @property
    def count(self) -> int:
        return self.unanswered + self.denied


@dataclass(frozen=True)
class Teaching:
    """Notes wordings beside the turns, and shows them to organisers."""

    store: Store

    def after(self, turn: Turn, question: str, why: Why, denied: Sequence[str] = ()) -> None:
        """Note a question once the turn is committed; that may be left undone."""
        wording = wording_of(question, turn, why, denied)
        if wording is not None:
            until = max(chats_end(turn.engine.snapshot.event), turn.now + turn.engine.snapshot.event.retention.chats)
            turn.afterwards.append(lambda: self._note(wording, turn.delegate.id, until))

    async def _note(self, wording: Wording, who: DelegateId, until: datetime) -> None:
        key = PREFIX + hashlib.sha256(f"{wording.language} {wording.text.casefold()}".encode()).hexdigest()[:24]
        try:
            known = await self.store.recall(key)
            merged = _merged(_read(known), wording) if known else wording
            await self.store.remember(
                key, json.dumps(asdict(merged), ensure_ascii=False), until=until, who=who if merged.by else None
            )
        except StoreUnavailable:  # the answer is committed, and that is what counts
            log.warning("wording_not_kept")

    async def wordings(self) -> list[Wording]:
        """All of them, the most frequent first."""
        kept = (await self.store.recall_all(PREFIX)).values()
        return sorted(map(_read, kept), key=lambda wording: (-wording.count, wording.language, wording.text))

    async def listed(self, _asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """For the admin door: ``{"wordings": [{"text", "language", "candidates", "unanswered", "denied", "last"}]}``."""
        return {"wordings": [shown(wording) for wording in await self.wordings()]}


def wording_of(question: str, turn: Turn, why: Why, denied: Sequence[str]) -> Wording | None:
    """What may be kept of a question; None for a private matter or a story."""
    engine = turn.engine
    text = masked(question, engine.knows, engine.introduces_name, turn.delegate.name.split())
    if not text or engine.danger(question) is not None:
        return None
    likely = engine.candidates(question)
    if any(_private(topic, engine) for topic in (*likely[:1], *denied)):
        return None
    person = hashlib.sha256(f"{turn.delegate.id} {text}".encode()).hexdigest()[:12]
    return Wording(
        text,
        turn.speaker.language,
        tuple(topic for topic in likely if topic not in denied)[:_CANDIDATES],
        unanswered=int(why == "unanswered"),
        denied=int(why == "denied"),
        by=person,
        last=turn.now.date().isoformat(),
    )


def shown(wording: Wording) -> dict[str, Any]:
    """A wording as organisers see it."""
    return {name: value for name, value in asdict(wording).items() if name != "by"}


def _private(topic: str, engine: Engine) -> bool:
    known = engine.snapshot.library.topics.get(topic)
    private = (*engine.snapshot.event.retention.private, *Retention().private)
    return known is not None and (known.team in private or known.area in private or known.urgency == "emergency")


def _merged(known: Wording, fresh: Wording) -> Wording:
    return replace(
        fresh,
        unanswered=known.unanswered + fresh.unanswered,
        denied=known.denied + fresh.denied,
        by=known.by if known.by == fresh.by else "",
    )


def _read(kept: str) -> Wording:
    found = json.loads(kept)
    return Wording(**{**found, "candidates": tuple(found["candidates"])})

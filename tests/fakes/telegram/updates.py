"""The bot's updates until it has confirmed them: long polling with offsets, webhook order."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from .bell import Bell
from .errors import Refusal
from .ledger import Json

ONLY_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KINDS = ONLY_ON_REQUEST | frozenset(
    {"message", "edited_message", "channel_post", "edited_channel_post", "business_connection",
     "business_message", "edited_business_message", "deleted_business_messages", "inline_query",
     "chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query", "poll",
     "poll_answer", "my_chat_member", "chat_join_request", "chat_boost", "removed_chat_boost",
     "purchased_paid_media", "guest_message", "managed_bot"}
)  # fmt: skip
TERMINATED = "terminated by other getUpdates request; make sure that only one bot instance is running"


@dataclass(slots=True)
class Hook:
    """Where updates are posted; an empty address means long polling."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    ip_address: str = ""
    last_error_date: int = 0
    last_error: str = ""


class Queue:
    """At least once: an update stays until an offset beyond it, or a 2xx, confirms it."""

    def __init__(self, first_id: int) -> None:
        self.next_id = first_id
        self.allowed: frozenset[str] | None = None
        self.pending: list[tuple[int, Json]] = []  # (chat id, update)
        self.bell = Bell()
        self._poller: asyncio.Future[Refusal] | None = None

    def push(self, update: Json, chat_id: int = 0) -> Json | None:
        """Queues an update, unless ``allowed_updates`` keeps its kind away."""
        kind = next((key for key in update if key != "update_id"), "")
        if not self._wanted(kind):
            return None
        return self.push_raw(update, chat_id)

    def push_raw(self, update: Json, chat_id: int = 0) -> Json:
        update = update if "update_id" in update else {"update_id": self.next_id, **update}
        self.next_id = max(self.next_id, update["update_id"] + 1)
        self.pending.append((chat_id, update))
        self.bell.ring()
        return update

    def _wanted(self, kind: str) -> bool:
        if self.allowed is None:
            return kind not in ONLY_ON_REQUEST
        return kind in self.allowed

    def allow(self, kinds: Sequence[str] | None) -> None:
        """Kept until given again; an empty list means the default."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or None

    def confirm(self, offset: int) -> None:
        """Forgets what lies below; an offset ahead of all ids (they restarted) confirms nothing."""
        if offset < 0:
            self.pending = self.pending[offset:]
        elif 0 < offset <= self.next_id:
            self.pending = [entry for entry in self.pending if entry[1]["update_id"] >= offset]
        self.bell.ring()

    def confirm_one(self, update: Json) -> None:
        self.pending = [entry for entry in self.pending if entry[1] is not update]
        self.bell.ring()

    def interrupt(self, refusal: Refusal) -> None:
        """Ends the long poll that is under way, if any."""
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(refusal)
            self.bell.ring()

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Json]:  # noqa: ASYNC109 -- a field of getUpdates
        """The next updates; waits for the first one.

        Raises:
            Refusal: Another poller or a webhook took over.
        """
        self.interrupt(Refusal(409, f"Conflict: {TERMINATED}", blame="two getUpdates at a time"))
        mine = self._poller = asyncio.get_running_loop().create_future()
        self.confirm(offset)
        try:
            await self.bell.until(lambda: True if self.pending or mine.done() else None, timeout)
            if mine.done():
                raise mine.result()
        finally:
            mine.cancel()
        return [update for _, update in self.pending[:limit]]

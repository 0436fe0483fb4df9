"""One person, two doors: the web page and Telegram linked by the person, so that a reply finds them at either.

A link counts when each side names the other. So a link that was made or undone by halves, when a process was killed
in between, is no link, and to undo one side is enough.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.desk.turn import Turn
from bot.i18n.translator import Speakers, mark
from bot.model.messages import Button, Entry, Lane, Message, Outbound, OutboundId
from bot.model.people import Address, Delegate, DelegateId
from bot.ports import Store
from bot.privacy.links import cut

PREFIX: Final = "link-"
LIVES: Final = timedelta(minutes=15)
TOKEN_BYTES: Final = 16
_PAGE, _TELEGRAM = "webchat", "telegram"

_INVITED: Final = mark(
    "Open this on your telephone within 15 minutes: then answers of reception also reach you on Telegram. It works once."
)
_LINKED: Final = mark("Linked. Answers of reception now reach you here and on the web page. /unlink undoes it.")
_LINKED_PAGE: Final = mark("This chat is now linked with a Telegram chat. If that was not you, write /unlink.")
_STALE: Final = mark("This link is no longer valid. Write /link on the web page to get a new one.")
_FROM_PAGE: Final = mark("Write /link in the chat on the web page: you get a link that brings you back here.")
_NO_TELEGRAM: Final = mark("This desk cannot be reached on Telegram at the moment.")
_UNLINKED: Final = mark("The web page and Telegram are separate again.")
_NOTHING: Final = mark("Nothing is linked here. /link on the web page links it with Telegram.")


@dataclass(frozen=True)
class Linking:
    """What ``/link``, ``/start link-…`` and ``/unlink`` do.

    Args:
        store: Keeps the tokens, by their hash.
        speakers: For the line on the other side, in its own language.
        bot: The bot's user name on Telegram; empty while it is not known.
    """

    store: Store
    speakers: Speakers
    bot: Callable[[], str] = lambda: ""

    async def invite(self, turn: Turn) -> None:
        """To somebody on the web page: a link that a telephone opens."""
        if turn.delegate.address.channel != _PAGE:
            await turn.say(_said(turn, _FROM_PAGE))
            return
        if not self.bot():
            await turn.say(_said(turn, _NO_TELEGRAM))
            return
        token = secrets.token_urlsafe(TOKEN_BYTES)
        who = turn.delegate.id
        until = turn.now + LIVES
        kept = json.dumps({"who": who, "until": until.isoformat()})
        await self.store.remember(_place(token), kept, until=until, who=who)
        url = f"https://t.me/{self.bot()}?start={PREFIX}{token}"
        button = Button(turn.speaker.text("Also reach me on Telegram"), url=url)
        await turn.say(replace(_said(turn, _INVITED), buttons=((button,),)))

    async def accept(self, turn: Turn, payload: str) -> None:
        """To somebody who opened such a link on Telegram."""
        place = _place(payload.removeprefix(PREFIX))
        page = await self._page(turn, place)
        if page is None:
            await turn.say(_said(turn, _STALE))
            return
        self._finish_later(turn, page.id, place)
        self._cut_later(turn, but=page.address)
        await turn.change(replace(turn.delegate, other=page.address))
        await turn.say(_said(turn, _LINKED))

    async def resume(self, turn: Turn, payload: str) -> None:
        """The same message once more: what follows its commit may have been interrupted, and is done again then."""
        place = _place(payload.removeprefix(PREFIX))
        page = await self._page(turn, place)
        if page is not None and turn.delegate.other == page.address:
            self._finish_later(turn, page.id, place)

    def _finish_later(self, turn: Turn, page: DelegateId, place: str) -> None:
        """The page's half, and the token is used up: after the commit.

        A turn within a turn would keep two connections, and a few of them at once would wait for each other for ever.
        """

        async def finish() -> None:
            await self._tell_page(page, turn.delegate.address, turn)
            await self.store.forget(place)

        turn.afterwards.append(finish)

    async def _page(self, turn: Turn, place: str) -> Delegate | None:
        if turn.delegate.address.channel != _TELEGRAM:
            return None
        kept = json.loads(await self.store.recall(place) or "{}")
        if not kept or datetime.fromisoformat(kept["until"]) <= turn.now:
            return None
        return await self.store.delegate(DelegateId(kept["who"]))

    async def _tell_page(self, page: DelegateId, other: Address, turn: Turn) -> None:
        async with self.store.transaction(page) as tx:
            delegate = await tx.delegate()
            if delegate is None:
                return
            await tx.save_delegate(replace(delegate, other=other))
            if delegate.other == other:
                return
            said = Message(self.speakers[delegate.language]._(_LINKED_PAGE), delegate.language)
            line = await tx.append(Entry(0, page, turn.now, "desk", said))
            row = Outbound(OutboundId(f"{turn.cause}>page"), delegate.address, Lane.REPLY, said, turn.now, turn.now)
            await tx.enqueue(replace(row, delegate=page, entry=line.seq))

    async def undo(self, turn: Turn) -> None:
        if turn.delegate.other is None:
            await turn.say(_said(turn, _NOTHING))
            return
        self._cut_later(turn)
        await turn.change(replace(turn.delegate, other=None))
        await turn.say(_said(turn, _UNLINKED))

    def _cut_later(self, turn: Turn, *, but: Address | None = None) -> None:
        """The side that was linked before forgets this one; after the commit, for two turns at once could block each other."""
        before, mine = turn.delegate.other, turn.delegate.address
        if before is not None and before != but:
            turn.afterwards.append(partial(cut, self.store, before, mine))


def _said(turn: Turn, message: str) -> Message:
    return Message(turn.speaker._(message), turn.speaker.language)


def _place(token: str) -> str:
    return f"link:{hashlib.sha256(token.encode()).hexdigest()}"

"""A press on a button of a ticket's card, carried out; who presses, and whether they are staff at all, is known by now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.i18n.translator import mark
from bot.model.content import Canned
from bot.model.errors import Outdated, Refused, Unsure
from bot.model.messages import TicketId
from bot.model.people import Staff
from bot.model.rich import letters
from bot.model.tickets import StaffAction, Ticket, Verb
from bot.reception.telegram import keys
from bot.reception.telegram.card import StaffWords
from bot.reception.telegram.doing import Doing, shown_time
from bot.reception.telegram.earlier import NOTHING
from bot.reception.telegram.keys import Kit, Press, Rows
from bot.reception.telegram.staff import LEVELS
from bot.reception.telegram.together import candidates
from bot.tickets import canned as canned_replies
from bot.tickets import same

REMEMBERED: Final = 500  # pairs of people and tickets of which somebody was told that it changed

_VERBS: Final[dict[str, Verb]] = {
    "claim": "claim",
    "resolve": "resolve",
    "reopen": "reopen",
    "release": "release",
    "hand-back": "hand-back",
    "wake": "wake",
    "snooze-for": "snooze",
    "promise-for": "promise",
    "to": "assign",
    "to-team": "assign",
    "send": "reply",
    "send-all": "reply",
    "link": "link",
    "unlink": "unlink",
    "urgent": "raise",
    "emergency": "raise",
    "calm": "lower",
}
_LOOKED_AT: Final = frozenset({"resolve", "hand-back", "snooze-for", "send", "send-all", "calm"})
"""Acts by which something unread could be passed over: whoever presses must have seen what was written last."""

_ASKED_BACK: Final = frozenset({"resolve", "snooze-for", "to-team"})
"""Acts that the desk may ask back about; pressing the same once more says that it is meant."""
ASKED_FOR: Final = timedelta(minutes=1)
_ONCE_MORE: Final = mark("Press once more to do it.")

_PRESSED: Final[dict[str, str]] = {
    "claim": mark("You are helping with request #{number}."),
    "resolve": mark("Request #{number} is resolved."),
    "reopen": mark("Request #{number} is open again."),
    "release": mark("Request #{number} is nobody's again."),
    "hand-back": mark("The bot answers again in request #{number}."),
    "wake": mark("Request #{number} is yours again."),
    "snooze-for": mark("Request #{number} is put aside until {time}."),
    "promise-for": mark("Promised for {time} in request #{number}; the delegate is told."),
    "to": mark("Request #{number} is with {name} now."),
    "to-team": mark("Request #{number} is with another team now."),
    "send": mark("Sent to the delegate in their language."),
    "send-all": mark("Sent to all who ask the same, each in their language."),
    "link": mark("Request #{number} asks the same as #{other} now: ready replies can go to all of them."),
    "unlink": mark("Request #{number} stands alone again."),
    "urgent": mark("Request #{number} is urgent now."),
    "emergency": mark("Request #{number} is an emergency now; everybody on duty is called."),
    "calm": mark("Request #{number} is less urgent now."),
}
OLD_BUTTON: Final = mark("This button is no longer in use.")
_NOTE: Final = mark("Please write the note after the command: /note the words")
_NOBODY: Final = mark("This person is no longer on the staff list.")
_CHANGED: Final = mark("Somebody wrote or changed something meanwhile. Please read it, then press again.")
_BROUGHT: Final = mark("It stands in your own chat with me now.")
_NOT_BROUGHT: Final = mark("I cannot write to you yet. Please link your account, open a chat with me and press Start.")
_CHOOSE: Final = mark("Please choose what goes into the blank.")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the presser reads."""

    said: str = ""
    alert: bool = False


@dataclass(frozen=True)
class Face:
    """The card that was pressed."""

    words: StaffWords
    """Of everybody who reads this card."""
    page: Callable[[Rows], Awaitable[None]]
    """Puts other buttons below it. Raises Refused when that cannot be done now."""
    main: Callable[[Ticket], Rows]
    """Its first page."""
    bring: Callable[[Ticket, Staff], Awaitable[bool]] | None = None
    """Brings the ticket to the presser's own chat; False when that cannot be done."""
    mine: TicketId | None = None
    """The ticket whose card it is, when that is known."""
    before: Callable[[Ticket], Awaitable[bool]] | None = None
    """Writes what was said before the ticket below the card; False when that is nothing. Raises Refused."""


@dataclass
class Pressing:
    doing: Doing
    now: Callable[[], datetime]
    _told: dict[tuple[str, int], int] = field(default_factory=dict)
    """The version up to which somebody was told that a ticket changed."""

    _asked: dict[tuple[str, int, str], datetime] = field(default_factory=dict)
    """When somebody was asked whether they mean it."""

    async def press(self, action: str, press: Press | None, by: Staff, words: StaffWords, face: Face) -> Reply:
        """Carry it out; ``words`` are the presser's.

        Raises:
            Refused: Not allowed; says why.
            StoreUnavailable: Bring it again.
        """
        ticket = await self.doing.store.ticket(TicketId(press.ticket)) if press is not None else None
        if press is None or ticket is None or press.version > ticket.version or face.mine not in (None, ticket.id):
            return Reply(words.both(OLD_BUTTON), alert=True)
        if press.act == "note":
            return Reply(words.both(_NOTE), alert=True)
        if press.act == "bring":
            return await self._bring(ticket, by, words, face)
        if press.act == "before":
            return await self._before(ticket, by, words, face)
        for page in keys.PAGES:
            if press.act == page:
                await self._readable(ticket, by)
                start = int(press.filled or 0) if press.what == "from" else 0
                rows = (
                    face.main(ticket)
                    if page == "main"
                    else keys.page(page, ticket, face.words, await self._kit(face, ticket), start)
                )
                await face.page(rows)
                return Reply()
        if press.act == "pick":
            return await self._pick(press, ticket, by, words, face)
        if press.act in _VERBS:
            return await self._act(action, press, ticket, by, words, face)
        return Reply(words.both(OLD_BUTTON), alert=True)

    async def _readable(self, ticket: Ticket, by: Staff) -> None:
        if not await self.doing.may_read(ticket, by):
            raise Refused(mark("Request #{number} is for those responsible for it only."), number=str(ticket.id))

    async def _kit(self, face: Face, ticket: Ticket) -> Kit:
        snapshot = face.words.snapshot
        canned = [
            one
            for one in snapshot.library.canned.values()
            if keys.usable(one) and canned_replies.sendable(one, snapshot.event)
        ]
        tickets = await self.doing.store.tickets()
        return Kit(
            self.now().astimezone(snapshot.event.zone),
            canned,
            await self.doing.colleagues(),
            candidates(ticket, tickets),
            same.others(ticket, tickets),
        )

    async def _bring(self, ticket: Ticket, by: Staff, words: StaffWords, face: Face) -> Reply:
        await self._readable(ticket, by)
        if face.bring is None or not await face.bring(ticket, by):
            return Reply(words.both(_NOT_BROUGHT), alert=True)
        return Reply(words.both(_BROUGHT))

    async def _before(self, ticket: Ticket, by: Staff, words: StaffWords, face: Face) -> Reply:
        await self._readable(ticket, by)
        there = face.before is not None and await face.before(ticket)
        return Reply() if there else Reply(words.both(NOTHING), alert=True)

    async def _pick(self, press: Press, ticket: Ticket, by: Staff, words: StaffWords, face: Face) -> Reply:
        """The presser reads the reply in their own language before it is sent in the delegate's."""
        canned = self._canned(press, words)
        if canned is None:
            return Reply(words.both(OLD_BUTTON), alert=True)
        await self._readable(ticket, by)
        filled = keys.fields_of(canned, press.filled)
        kit = await self._kit(face, ticket)
        if canned_replies.fills(canned) and filled:
            await face.page(keys.sending(canned, press.filled, ticket, face.words, kit))
        else:
            await face.page(keys.blanks(canned, ticket, face.words, kit))
        event = words.snapshot.event
        shown = words.each(
            lambda language: letters(canned_replies.preview(canned, event, filled, language), isolate=False)
        )
        return Reply(f"{ticket.language.upper()} ← {shown}", alert=True)

    def _canned(self, press: Press, words: StaffWords) -> Canned | None:
        found = words.snapshot.library.canned.get(press.what)
        return found if found is not None and keys.usable(found) else None

    async def _act(self, action: str, press: Press, ticket: Ticket, by: Staff, words: StaffWords, face: Face) -> Reply:
        meant = StaffAction(action, ticket.id, by, _VERBS[press.act], self.now())
        completed = await self._completed(meant, press, words)
        if isinstance(completed, Reply):
            return completed
        if press.act in _LOOKED_AT:
            seen = max(press.version, self._told.get((by.id, ticket.id), 0))
            completed = replace(completed, expected_version=seen)
        again = (by.id, ticket.id, press.act)
        asked_at = self._asked.pop(again, None)
        sure = asked_at is not None and self.now() - asked_at < ASKED_FOR
        completed = replace(completed, careful=press.act in _ASKED_BACK, confirmed=sure)
        try:
            done = await self.doing.act(completed)
        except Unsure as asked:
            if len(self._asked) >= REMEMBERED:
                del self._asked[next(iter(self._asked))]
            self._asked[again] = self.now()
            return Reply(f"{words.both(asked.message, **asked.fields)} {words.both(_ONCE_MORE)}", alert=True)
        except Outdated:
            # What was written stands above; pressing once more says that it was read.
            self.has_read(by, ticket)
            return Reply(words.both(_CHANGED), alert=True)
        if press.act not in ("claim", "resolve", "reopen") and (done.state, done.owner) == (ticket.state, ticket.owner):
            with suppress(Refused):  # the buttons are an old page's then; what was asked for is done
                await face.page(face.main(done))
        until = completed.until
        time = shown_time(until, words) if until is not None else ""
        said = words.both(
            _PRESSED[press.act], number=str(ticket.id), time=time, name=completed.to_name, other=press.what
        )
        return Reply(said, alert=False)

    async def _completed(self, meant: StaffAction, press: Press, words: StaffWords) -> StaffAction | Reply:
        """With what the verb needs besides; a sentence when the button carries nothing of use."""
        old = Reply(words.both(OLD_BUTTON), alert=True)
        match press.act:
            case "snooze-for" | "promise-for":
                until = keys.until(press.what, self.now().astimezone(words.snapshot.event.zone))
                return replace(meant, until=until) if until is not None else old
            case "to":
                person = await self.doing.person(press.what)
                if person is None:
                    return Reply(words.both(_NOBODY), alert=True)
                return replace(meant, to_staff=person.id, to_name=person.name)
            case "urgent" | "emergency":
                return replace(meant, to_priority=LEVELS[press.act])
            case "to-team":
                return replace(meant, to_team=press.what) if press.what in words.snapshot.event.teams else old
            case "link":
                return replace(meant, other=TicketId(int(press.what))) if press.what.isdecimal() else old
            case "send" | "send-all":
                return self._ready(meant, press, words)
            case _:
                return meant

    def _ready(self, meant: StaffAction, press: Press, words: StaffWords) -> StaffAction | Reply:
        canned = self._canned(press, words)
        if canned is None:
            return Reply(words.both(OLD_BUTTON), alert=True)
        filled = keys.fields_of(canned, press.filled)
        if canned_replies.fills(canned) and not filled:
            return Reply(words.both(_CHOOSE), alert=True)
        # In the name of a lane of its own: nobody wrote it in the topic, so it has to be shown there.
        by = replace(meant.by, lane=f"{meant.by.lane}-button")
        return replace(meant, by=by, answer=f"canned:{canned.id}", fields=filled, to_group=press.act == "send-all")

    def has_read(self, by: Staff, ticket: Ticket) -> None:
        """What stands in a ticket as it is now was in front of somebody, whatever their buttons say."""
        if len(self._told) >= REMEMBERED:
            del self._told[next(iter(self._told))]
        self._told[by.id, ticket.id] = ticket.version

"""The translation service as the desk sees it: what is known is there at once, the rest comes later or not at all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from bot.health.naming import named
from bot.model.errors import StoreUnavailable
from bot.model.language import Language
from bot.model.messages import TicketId
from bot.model.tickets import Priority, Secrecy, Ticket
from bot.ports import Awaits, Store
from bot.tickets import rights
from bot.translation.circuit import Circuit
from bot.translation.memory import Memory
from bot.translation.source import AUTO, Guess, source_of
from bot.translation.wishes import Wish, Wishes
from bot.transports.libretranslate import LibreTranslate, NotTranslated, Trouble

log = structlog.get_logger("translation")

LONGEST: Final = 2_000  # characters of a text that are translated
NOW: Final = 6.0  # seconds that somebody who sends a reply waits
_AT_ONCE: Final = 2  # texts asked for side by side
_TRIES: Final = 6  # of one text, in the background
_TELL: Final = 5.0  # seconds for whoever is told
_FORGET_EVERY: Final = 30.0  # seconds between looks whether tickets were erased
_LOOK: Final = 1.0  # seconds between looks while the service rests


@dataclass
class MachineTranslation:
    """Implements ``ports.Translator``.

    Args:
        service: Translates.
        store: Tells whether a ticket is still there.
        guess: The language of a text.
        restricted: The kinds of restricted tickets whose words may leave the house; the event says it.
        ticks: Seconds that only go forward.
        beat: Called whenever the loop goes round.
    """

    service: LibreTranslate
    store: Store
    guess: Guess
    restricted: Callable[[], frozenset[Secrecy]] = frozenset
    ticks: Callable[[], float] = time.monotonic
    beat: Callable[[], None] = lambda: None
    trouble: Trouble | None = None
    """What was wrong the last time; None while it works."""
    circuit: Circuit = field(init=False)
    memory: Memory = field(init=False)
    wishes: Wishes = field(init=False)

    def __post_init__(self) -> None:
        self.circuit = Circuit(self.ticks)
        self.memory = Memory(self.ticks)
        self.wishes = Wishes(self.ticks)

    # ---------------------------------------------------------------- see ports.Translator

    def may(self, ticket: Ticket) -> bool:
        secret = rights.secrecy(ticket)
        return ticket.redacted_at is None and (not secret or secret in self.restricted())

    def known(
        self, text: str, ticket: Ticket, into: Sequence[Language], *, chat: Language, awaits: Awaits | None = None
    ) -> Mapping[Language, str]:
        text = text.strip()
        short = text[:LONGEST]
        source = source_of(short, chat, self.guess) if self.may(ticket) else None
        if source is None or source in into:
            return {}
        found = {target: self.memory.recall(short, source, target, ticket.id) for target in into}
        if awaits is not None and None in found.values():
            urgent = ticket.priority is Priority.EMERGENCY
            if not self.wishes.add(short, source, ticket.id, into, awaits, urgent=urgent):
                log.info("translation_no_room", ticket_id=ticket.id)
        cut = " …" if len(text) > LONGEST else ""
        return {target: said + cut for target, said in found.items() if said}

    async def translate(self, text: str, ticket: Ticket, into: Language, *, chat: Language) -> str:
        text = text.strip()
        if not self.may(ticket):
            raise NotTranslated("text", "not of this ticket")
        if len(text) > LONGEST:
            raise NotTranslated("text", "too long")  # half a reply would say something else
        source = source_of(text, chat, self.guess)
        if source is None or source == into:
            return ""
        known = self.memory.recall(text, source, into, ticket.id)
        if known:
            return known
        if self.circuit.rests_for:
            raise NotTranslated("away", "it rests")
        try:
            async with asyncio.timeout(NOW):
                return await self._ask(text, source, into, ticket.id)
        except TimeoutError:
            self._fails(NotTranslated("away", "TimeoutError"))
            raise NotTranslated("away", "TimeoutError") from None

    # ---------------------------------------------------------------- asking

    async def _ask(self, text: str, source: str, target: Language, ticket: TicketId) -> str:
        try:
            found = await self.service.translate(text, source, target)
        except NotTranslated as fault:
            if fault.trouble == "text":
                self.memory.keep(text, source, target, ticket, "")
            else:
                self._fails(fault)
            raise
        self.circuit.works()
        self.trouble = None
        # Of a text in a script of others the service may find that the reader reads it.
        same = source == AUTO and found == text
        self.memory.keep(text, source, target, ticket, "" if same else found)
        return found

    def _fails(self, fault: NotTranslated) -> None:
        before = self.circuit.rests_for
        match fault.trouble:
            case "busy":
                self.circuit.asked_to_wait(fault.wait)
            case "key":
                self.circuit.refused()
            case _:
                self.circuit.fails()
        self.trouble = fault.trouble
        if self.circuit.rests_for and not before:
            log.warning("translation_rests", seconds=round(self.circuit.rests_for), trouble=fault.trouble)

    # ---------------------------------------------------------------- in the background

    async def run(self) -> None:
        """Work off what is wished for, and forget what was erased."""
        async with asyncio.TaskGroup() as group:
            for number in range(_AT_ONCE):
                group.create_task(self._work(), name=f"translation {number}")
            while True:
                await self.forget_erased()
                await self._beats(_FORGET_EVERY)

    async def _beats(self, seconds: float) -> None:
        until = self.ticks() + seconds
        while self.ticks() < until:
            self.beat()
            await asyncio.sleep(_LOOK)

    async def _work(self) -> None:
        while True:
            wish = await self.wishes.take()
            while self.circuit.rests_for:  # noqa: ASYNC110 -- it may grow meanwhile, and has no bell
                await asyncio.sleep(min(self.circuit.rests_for, _LOOK))
            try:
                await self.fulfil(wish)
            except Exception as error:  # noqa: BLE001 -- one odd text must not end all translating
                log.error("translation_failed", ticket_id=wish.ticket, error=named(error))  # noqa: TRY400 -- may quote words

    async def fulfil(self, wish: Wish) -> None:
        """Ask for one text, and tell who waits; what cannot be had now waits for another try."""
        try:
            got = await self._all(wish)
        except NotTranslated:
            wish.tried += 1
            if wish.tried < _TRIES:
                self.wishes.put_back(wish)
            return
        if got:
            for awaits in self.wishes.to_tell(wish):
                await self._tell(awaits, wish.ticket)

    async def _all(self, wish: Wish) -> bool:
        """Whether there is anything new to show. Raises NotTranslated when the service should be asked again."""
        if not await self._still_there(wish.ticket):
            return False
        got = False
        for target in wish.into:
            if self.memory.recall(wish.text, wish.source, target, wish.ticket) is not None:
                got = True
                continue
            try:
                await self._ask(wish.text, wish.source, target, wish.ticket)
            except NotTranslated as fault:
                if fault.trouble != "text":
                    raise
            else:
                got = True
        return got

    async def _tell(self, awaits: Awaits, ticket: TicketId) -> None:
        try:
            async with asyncio.timeout(_TELL):
                await awaits.come()
        except (StoreUnavailable, TimeoutError) as error:
            log.info("translation_not_added", ticket_id=ticket, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 -- one place that fails must not end all translating
            log.error("translation_not_added", ticket_id=ticket, error=named(error))  # noqa: TRY400 -- may quote words

    async def _still_there(self, number: TicketId) -> bool:
        """A ticket may have been erased, or become one for few people, while its words waited."""
        try:
            ticket = await self.store.ticket(number)
        except StoreUnavailable:
            raise NotTranslated("away", "nobody can tell whether it may") from None
        return ticket is not None and self.may(ticket)

    async def forget_erased(self) -> None:
        """Drop what was made of words that are gone."""
        self.memory.sweep()
        for number in self.memory.tickets():
            try:
                ticket = await self.store.ticket(number)
            except StoreUnavailable:
                return
            if ticket is None or ticket.redacted_at is not None:
                self.memory.forget(number)

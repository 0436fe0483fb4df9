"""What an administrator proves themselves by: set up once, asked for at each sign-in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.i18n.translator import mark
from bot.model.errors import DeskError, Refused
from bot.model.people import StaffId
from bot.model.tokens import hashed, new_token
from bot.ports import Transaction
from bot.staff import people as decide
from bot.staff import throttle
from bot.staff.list import TURN, StaffList, staff_event
from bot.staff.names import folded
from bot.staff.passwords import Hasher, check_password
from bot.staff.people import Person
from bot.staff.second import (
    matching_recovery,
    matching_step,
    new_recovery_codes,
    new_secret,
    recovery_hash,
)

SETUP_LASTS: Final = timedelta(minutes=15)
SETUP_TRIES: Final = 5
DEVICE_KNOWN: Final = timedelta(days=30)
_NOBODY: Final = StaffId("nobody")

WRONG: Final = mark(
    "Name, password or code is not right, or there were too many tries. Please wait a little and try again."
)
"""One sentence for everything, so that it tells nothing."""
SETUP_OVER: Final = mark("This took too long. Please ask for a new sign-in link.")
WRONG_CODE: Final = mark("This code is not right. Is the clock of your telephone set by the network?")


@dataclass(frozen=True, slots=True)
class Secrets:
    password: str
    """Argon2id."""
    totp: str
    step: int
    """Of the newest code that was used: it and older ones are spent."""
    recovery: list[str]
    """Hashes of the codes that are left."""


@dataclass(frozen=True, slots=True)
class Setup:
    token: str
    secret: str


@dataclass(frozen=True)
class Credentials:
    """Sets credentials up, and checks them.

    Args:
        staff: Who there is.
        real_now: The time that telephones have; the house may run on a demonstration clock.
        hasher: Shared by everything in the process that hashes passwords.
    """

    staff: StaffList
    real_now: Callable[[], datetime]
    hasher: Hasher = field(default_factory=Hasher)

    async def has(self, person: Person) -> bool:
        return await self._kept(person.id) is not None

    async def _kept(self, who: StaffId) -> Secrets | None:
        kept = await self.staff.store.recall(_place(who))
        return Secrets(**json.loads(kept)) if kept else None

    # ---------------------------------------------------------------- setting up

    async def begin(self, person: Person) -> Setup:
        """For whoever came by a link and has none yet."""
        setup, now = Setup(new_token(), new_secret()), self.staff.clock.now()
        kept = {
            "person": person.id,
            "epoch": person.epoch,
            "secret": setup.secret,
            "tries": 0,
            "until": (now + SETUP_LASTS).isoformat(),
        }
        await self.staff.store.remember(_setup_place(setup.token), json.dumps(kept), until=now + SETUP_LASTS)
        return setup

    async def finish(self, token: str, password: str, code: str, *known_words: str) -> tuple[Person, list[str]]:
        """Whom it was, and their recovery codes, which are shown once.

        Raises:
            Refused: With a sentence; unless the time is over, it may be tried again.
        """
        hashed_password: str | None = None
        for _ in range(2):  # hashed outside the turn: it takes long, and others wait for the turn
            async with self.staff.store.transaction(TURN) as turn:
                done = await self._finish(turn, token, password, code, hashed_password, known_words)
            if isinstance(done, Refused):
                raise done
            if done is not None:
                return done
            hashed_password = await self.hasher.hash(password)
        raise Refused(SETUP_OVER)

    async def _finish(
        self,
        turn: Transaction,
        token: str,
        password: str,
        code: str,
        hashed_password: str | None,
        known_words: tuple[str, ...],
    ) -> tuple[Person, list[str]] | Refused | None:
        now, place = self.staff.clock.now(), _setup_place(token)
        setup = json.loads(await self.staff.store.recall(place) or "{}")
        person = await self.staff.person(StaffId(setup["person"])) if setup else None
        if person is None or person.epoch != setup["epoch"] or now >= datetime.fromisoformat(setup["until"]):
            return Refused(SETUP_OVER)
        try:
            check_password(password, person.name, *known_words)
        except Refused as refused:
            return refused
        step = matching_step(setup["secret"], "".join(code.split()), self.real_now(), 0)
        if step is None:
            setup["tries"] += 1
            spent = setup["tries"] >= SETUP_TRIES
            until = datetime.fromisoformat(setup["until"])
            await (turn.forget(place) if spent else turn.remember(place, json.dumps(setup), until=until))
            return Refused(SETUP_OVER if spent else WRONG_CODE)
        if hashed_password is None:
            return None
        codes = new_recovery_codes()
        secrets = Secrets(hashed_password, setup["secret"], step, [recovery_hash(one) for one in codes])
        await turn.forget(place)
        await turn.remember(_place(person.id), _dump(secrets))
        await turn.audit(staff_event(now, person.id, "staff.credentials-set", person, "console"))
        return person, codes

    async def reset(self, name: str, *, by: str = "command") -> Person:
        """Nothing that they know or have open counts any more; a new link lets them set up anew. Raises DeskError."""
        async with self.staff.store.transaction(TURN) as turn:
            everybody = await self.staff.everybody()
            person = decide.over(decide.named(everybody, name))
            await self.staff.write(turn, everybody, person, "staff.reset", by)
            await turn.forget(_place(person.id))
        return person

    # ---------------------------------------------------------------- signing in

    async def check(self, name: str, password: str, code: str, device: str = "") -> Person:
        """Who this is.

        Args:
            name: As on the staff list.
            password: Theirs.
            code: Of the app, or a recovery code.
            device: The token that this browser was given when they signed in before.

        Raises:
            Refused: Something is not right, or it was tried too often; which, nobody is told.
            StoreUnavailable: Too many at once.
        """
        person = await self._administrator(name)
        theirs = person is not None and await self._device_of(device) == person.id
        place = throttle.place(folded(name), hashed(device)[:24] if theirs else "")
        now = self.staff.clock.now()
        if throttle.load(await self.staff.store.recall(place)).waits(now):
            raise Refused(WRONG)
        kept = await self._kept(person.id if person is not None else _NOBODY)
        fits = await self.hasher.fits(kept.password if kept else None, password)
        async with self.staff.store.transaction(TURN) as turn:
            done = await self._spend(turn, place, person, code, password_fits=fits)
        if done is None:
            raise Refused(WRONG)
        return done

    async def _spend(
        self, turn: Transaction, place: str, person: Person | None, code: str, *, password_fits: bool
    ) -> Person | None:
        """In the turn that no other sign-in shares: a code is good once, and tries at the same time are counted all."""
        now = self.staff.clock.now()
        tries = throttle.load(await self.staff.store.recall(place))
        current = await self.staff.person(person.id) if person is not None else None
        kept = await self._kept(person.id) if person is not None else None
        left = _spent(kept, code, self.real_now()) if kept is not None else None
        right = password_fits and left is not None and current is not None and not tries.waits(now)
        if not right or left is None or current is None:
            await turn.remember(place, throttle.dump(tries.one_more(now)), until=now + throttle.FORGOTTEN)
            if person is not None and tries.wrong + 1 >= throttle.FREE:  # a slip of the finger is nobody's business
                await turn.audit(staff_event(now, "nobody", "staff.sign-in-refused", person, "console"))
            return None
        await turn.forget(place)
        await turn.remember(_place(current.id), _dump(left))
        await turn.audit(staff_event(now, current.id, "staff.signed-in", current, "console"))
        return current

    async def _administrator(self, name: str) -> Person | None:
        try:
            person = await self.staff.named(name)
        except DeskError:
            return None
        return person if person.administrator else None

    # ---------------------------------------------------------------- browsers that were here before

    async def remember_device(self, person: Person) -> str:
        """A token for this browser: guesses from elsewhere then make nobody wait in it."""
        token, now = new_token(), self.staff.clock.now()
        await self.staff.store.remember(_device_place(token), person.id, until=now + DEVICE_KNOWN)
        return token

    async def _device_of(self, token: str) -> StaffId | None:
        kept = await self.staff.store.recall(_device_place(token)) if token else None
        return StaffId(kept) if kept else None


def _spent(kept: Secrets, code: str, now: datetime) -> Secrets | None:
    """What is left when this code was used; None for a code that is not right or was used before."""
    bare = "".join(code.split())
    step = matching_step(kept.totp, bare, now, kept.step)
    if step is not None:
        return replace(kept, step=step)
    used = matching_recovery(bare, kept.recovery)
    return None if used is None else replace(kept, recovery=[one for one in kept.recovery if one != used])


def _dump(kept: Secrets) -> str:
    return json.dumps(
        {"password": kept.password, "totp": kept.totp, "step": kept.step, "recovery": kept.recovery},
        separators=(",", ":"),
    )


def _place(who: StaffId) -> str:
    return f"staff:secret:{who}"


def _setup_place(token: str) -> str:
    return f"staff:setup:{hashed(token)}"


def _device_place(token: str) -> str:
    return f"staff:device:{hashed(token)}"

"""Signing in with password and code: what gets in, what does not, and that nothing tells which part was wrong."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from bot.model.errors import Refused
from bot.model.people import Role
from bot.staff.credentials import WRONG, Credentials
from bot.staff.passwords import Hasher, check_password
from tests.unit.staff.conftest import PASSWORD, Office


async def refused(office: Office, name: str, password: str, code: str, device: str = "") -> str:
    with pytest.raises(Refused) as found:
        await office.credentials.check(name, password, code, device)
    return found.value.message


async def test_password_and_code_let_in(office: Office) -> None:
    chief = await office.chief()

    assert await office.credentials.check("chief", PASSWORD, office.code()) == chief
    assert (await office.record())[-1] == "staff.signed-in"


async def test_whatever_is_wrong_reads_the_same(office: Office) -> None:
    await office.chief()
    await office.staff.add("Lan")
    code = office.code()

    told = {
        await refused(office, "Chief", "wrong password here", code),
        await refused(office, "Chief", PASSWORD, "000000"),
        await refused(office, "Chief", PASSWORD, ""),
        await refused(office, "Nobody", PASSWORD, code),
        await refused(office, "Lan", PASSWORD, code),  # is on the list, but has no password
    }

    assert told == {WRONG}


async def test_name_that_is_not_on_the_list_takes_as_long(office: Office) -> None:
    """The same Argon2 is computed; measured in processor time, against the noise of a shared machine."""
    await office.chief()

    async def spent(name: str) -> float:
        began = time.process_time()
        await refused(office, name, "wrong password here", "000000")
        return time.process_time() - began

    known, unknown = [min([await spent(name) for _ in range(3)]) for name in ("Chief", "Nobody")]

    assert 0.5 < unknown / known < 2


async def test_code_counts_once_also_at_the_same_time(office: Office) -> None:
    await office.chief()
    code = office.code()
    others = [Credentials(office.staff, office.watch.now) for _ in range(4)]  # as other processes

    done = await asyncio.gather(*(one.check("Chief", PASSWORD, code) for one in others), return_exceptions=True)

    assert sum(not isinstance(one, Refused) for one in done) == 1
    assert await refused(office, "Chief", PASSWORD, code) == WRONG


async def test_code_of_the_setting_up_is_spent(office: Office) -> None:
    await office.chief()
    office.watch.pass_(-60)  # the clock as it was when it was set up

    assert await refused(office, "Chief", PASSWORD, office.code()) == WRONG


async def test_recovery_code_counts_once(office: Office) -> None:
    chief = await office.chief()

    assert await office.credentials.check("Chief", PASSWORD, office.recovery[0]) == chief
    assert await refused(office, "Chief", PASSWORD, office.recovery[0]) == WRONG
    assert await office.credentials.check("Chief", PASSWORD, office.recovery[7]) == chief
    assert await refused(office, "Chief", "wrong password here", office.recovery[3]) == WRONG
    assert await office.credentials.check("Chief", PASSWORD, office.recovery[3]) == chief


async def test_guessing_gets_slower_and_slower(office: Office) -> None:
    """A day of guessing as fast as it goes: the number of tries that are looked at."""
    await office.chief()
    looked_at = 0
    fits = office.credentials.hasher.fits

    async def counted(kept: str | None, password: str) -> bool:
        nonlocal looked_at
        looked_at += 1
        return await fits(kept, password) if looked_at < 3 else False

    office.credentials.hasher.fits = counted  # type: ignore[method-assign]
    for _ in range(24 * 60 * 6):
        office.watch.pass_(10)
        assert await refused(office, "Chief", "wrong password here", "000000") == WRONG

    assert looked_at < 120


async def test_right_one_is_not_looked_at_while_waiting(office: Office) -> None:
    await office.chief()
    for _ in range(8):
        await refused(office, "Chief", "wrong password here", "000000")

    assert await refused(office, "Chief", PASSWORD, office.code()) == WRONG
    office.watch.pass_(15 * 60)
    await office.credentials.check("Chief", PASSWORD, office.code())


async def test_nobody_is_locked_out_of_a_browser_they_used_before(office: Office) -> None:
    chief = await office.chief()
    device = await office.credentials.remember_device(chief)
    for _ in range(40):
        await refused(office, "Chief", "wrong password here", "000000")

    assert await office.credentials.check("Chief", PASSWORD, office.code(), device) == chief


async def test_browser_of_one_gives_no_more_tries_for_another(office: Office) -> None:
    other = await office.chief("Other")
    device = await office.credentials.remember_device(other)
    await office.chief()
    for _ in range(8):
        await refused(office, "Chief", "wrong password here", "000000")

    assert await refused(office, "Chief", PASSWORD, office.code(), device) == WRONG


async def test_invented_names_fill_no_store(office: Office) -> None:
    office.credentials.hasher.fits = _never  # type: ignore[method-assign]
    for number in range(6_000):
        await refused(office, f"somebody {number}", "x", "000000")

    assert len(await office.store.recall_all("staff:tries:")) <= 4_096
    assert await office.record() == []


async def _never(kept: str | None, password: str) -> bool:  # noqa: ARG001 -- stands in for the hasher
    return False


async def test_who_lost_the_right_or_was_removed_does_not_come_in(office: Office) -> None:
    await office.chief()
    await office.staff.change("Chief", roles=[Role.DESK])
    assert await refused(office, "Chief", PASSWORD, office.code()) == WRONG

    await office.staff.change("Chief", roles=[Role.ADMIN])
    await office.staff.remove("Chief")
    assert await refused(office, "Chief", PASSWORD, office.code()) == WRONG


async def test_after_a_reset_nothing_known_counts(office: Office) -> None:
    await office.chief()
    await office.credentials.reset("Chief")

    assert await refused(office, "Chief", PASSWORD, office.code()) == WRONG
    assert await refused(office, "Chief", PASSWORD, office.recovery[0]) == WRONG
    assert not await office.credentials.has(await office.staff.named("Chief"))


async def test_nothing_that_is_kept_can_be_used_to_sign_in(office: Office) -> None:
    await office.chief()
    kept = json.dumps(dict(await office.store.recall_all("")))

    assert PASSWORD not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in office.recovery)
    assert office.setup.token not in kept
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in kept


# ---------------------------------------------------------------- setting up


@pytest.mark.parametrize("password", ["short", "x" * 257, "aaaaaaaaaaaaaa", "passwordpassword", "qwertyuiop12",
                                      "123456789012345", "Chief Chief Chief 1", "abcdefghijklmn", "Redcross2023!"])  # fmt: skip
async def test_easy_password_is_refused_and_may_be_chosen_again(office: Office, password: str) -> None:
    person = await office.staff.add("Chief", roles=[Role.ADMIN])
    setup = await office.credentials.begin(person)
    office.setup = setup

    with pytest.raises(Refused):
        await office.credentials.finish(setup.token, password, office.code())
    assert not await office.credentials.has(person)

    await office.credentials.finish(setup.token, PASSWORD, office.code())
    assert await office.credentials.has(person)


@pytest.mark.parametrize("password", [PASSWORD, "Trời hôm nay đẹp quá", "البحر أزرق والسماء صافية", "x7#Lq9!vRt2$"])
def test_good_password_of_any_letters_is_taken(password: str) -> None:
    check_password(password, "Chief", "AP-11")


async def test_setting_up_is_over_after_five_wrong_codes_or_a_quarter_of_an_hour(office: Office) -> None:
    person = await office.staff.add("Chief", roles=[Role.ADMIN])
    office.setup = setup = await office.credentials.begin(person)
    for _ in range(5):
        with pytest.raises(Refused):
            await office.credentials.finish(setup.token, PASSWORD, "000000")
    with pytest.raises(Refused):
        await office.credentials.finish(setup.token, PASSWORD, office.code())

    office.setup = setup = await office.credentials.begin(person)
    office.watch.pass_(15 * 60)
    with pytest.raises(Refused):
        await office.credentials.finish(setup.token, PASSWORD, office.code())
    assert not await office.credentials.has(person)


async def test_the_same_letters_are_the_same_password_however_they_are_composed() -> None:
    hasher = Hasher()
    kept = await hasher.hash("Tr\u01a1\u0300i h\u00f4m nay")

    assert await hasher.fits(kept, "Tr\u1eddi ho\u0302m nay")
    assert not await hasher.fits(kept, "Troi hom nay")
    assert not await hasher.fits(None, "nobody's password")

"""The staff list: names that cannot be taken for each other, rights that change at once, accounts that belong to one."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.errors import DeskError
from bot.model.people import Role
from bot.staff.codes import new_code, use_code
from bot.staff.links import BY_BOT, new_link, use_link
from bot.staff.names import clean_name, folded
from bot.staff.people import dump, load
from tests.unit.staff.conftest import NOON, Office


@pytest.mark.parametrize(
    ("one", "other"),
    [("Lan", "LAN"), ("Lan", "Lаn"), ("Desk A", "desk-a"), ("Omar", "0mar"), ("lan", "Ian"), ("Lan", "Lan "),
     ("أحمد", "احمد"), ("Mina", "Mιna"), ("Ｌan", "Lan"), ("Arnold", "Amold"), ("محمّد", "محمد")],
)  # fmt: skip
async def test_name_that_could_be_taken_for_another_is_refused(office: Office, one: str, other: str) -> None:
    await office.staff.add(one)

    with pytest.raises(DeskError, match="add something that tells them apart"):
        await office.staff.add(other)


@pytest.mark.parametrize(("one", "other"), [("Lan", "Lân"), ("Minh", "Mình"), ("Desk A", "Desk B"), ("سارة", "سامي")])
async def test_names_that_differ_to_their_readers_stand_beside_each_other(office: Office, one: str, other: str) -> None:
    await office.staff.add(one)
    await office.staff.add(other)

    assert [person.name for person in await office.staff.everybody()] == [one, other]


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "La\u202en", "…", "x" * 61])
async def test_name_that_hides_something_is_refused(office: Office, name: str) -> None:
    with pytest.raises(DeskError):
        await office.staff.add(name)


@given(st.text(max_size=80))
def test_folding_is_stable_and_loses_no_reader(name: str) -> None:
    assert folded(clean_name(name)) == folded(name)
    assert clean_name(clean_name(name)) == clean_name(name)


async def test_two_who_add_the_same_name_at_once_get_one_person(office: Office) -> None:
    done = await asyncio.gather(*(office.staff.add("Lan") for _ in range(8)), return_exceptions=True)

    assert sum(isinstance(one, DeskError) for one in done) == 7
    assert len(await office.staff.everybody()) == 1


async def test_list_comes_back_as_it_was_kept(office: Office) -> None:
    await office.staff.add("Lan", roles=[Role.MEDICAL, Role.DESK], language="vi", telegram=77)
    await office.staff.remove("Lan")
    await office.staff.add("Lan")

    people = await office.staff.everybody()

    assert load(dump(people)) == people
    assert [(person.active, person.telegram) for person in people] == [(False, 77), (True, None)]
    assert await office.record() == ["staff.add", "staff.remove", "staff.add"]


async def test_other_rights_end_what_is_open_and_another_language_does_not(office: Office) -> None:
    before = await office.staff.add("Lan")
    spoken = await office.staff.change("Lan", language="ar")
    raised = await office.staff.change("Lan", roles=[Role.MEDICAL])

    assert (spoken.epoch, spoken.language) == (before.epoch, "ar")
    assert raised.epoch > before.epoch


async def test_link_ends_with_the_rights_it_was_made_for(office: Office) -> None:
    lan = await office.staff.add("Lan")
    links = [await new_link(office.store, lan, office.watch.now()) for _ in range(3)]

    assert await use_link(office.staff, links[0]) == lan
    await office.staff.change("Lan", roles=[Role.MEDICAL])
    assert await use_link(office.staff, links[1]) is None
    await office.staff.remove("Lan")
    assert await use_link(office.staff, links[2]) is None


async def test_link_of_the_bot_lasts_a_quarter_of_an_hour(office: Office) -> None:
    lan = await office.staff.add("Lan")
    link, late = [await new_link(office.store, lan, NOON, BY_BOT) for _ in range(2)]

    office.watch.pass_(timedelta(minutes=14).total_seconds())
    assert await use_link(office.staff, link) == lan
    office.watch.pass_(60)
    assert await use_link(office.staff, late) is None


async def test_code_links_one_account_once(office: Office) -> None:
    lan = await office.staff.add("Lan")
    await office.staff.add("Minh", telegram=88)
    code = await new_code(office.staff, lan)

    assert await use_code(office.staff, code, 88) is None  # Minh's account stays Minh's
    linked = await use_code(office.staff, code.lower().replace("-", ""), 77)
    assert linked is not None
    assert (linked.id, linked.telegram, linked.epoch) == (lan.id, 77, lan.epoch)
    assert await use_code(office.staff, code, 99) is None


async def test_code_lasts_a_quarter_of_an_hour_and_guessing_is_slow(office: Office) -> None:
    lan = await office.staff.add("Lan")
    late = await new_code(office.staff, lan)
    office.watch.pass_(15 * 60)
    assert await use_code(office.staff, late, 77) is None

    code = await new_code(office.staff, lan)
    for _ in range(6):
        assert await use_code(office.staff, "S-AAAA-BBBB-CCCC", 66) is None
    assert await use_code(office.staff, code, 66) is None  # right, but 66 has to wait now
    assert await use_code(office.staff, code, 77) is not None

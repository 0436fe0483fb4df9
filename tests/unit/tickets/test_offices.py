"""Who may open which page of the console: the whole table."""

from __future__ import annotations

import pytest

from bot.model.people import Role, Staff, StaffId
from bot.tickets import offices

IN_CHARGE = {Role.DUTY_OFFICER, Role.ADMIN}
WHOSE: dict[offices.Office, set[Role]] = {
    "walk-in": set(Role),
    "shift": set(Role),
    "teach": set(Role),
    "approve": IN_CHARGE,
    "announce": IN_CHARGE,
    "drill": IN_CHARGE,
    "staff": {Role.ADMIN},
}


@pytest.mark.parametrize("office", offices.OFFICES)
@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_what_the_table_says(office: offices.Office, role: Role) -> None:
    staff = Staff(StaffId("s"), "Sam", "console", frozenset({role}))

    assert offices.may(staff, office) is (role in WHOSE[office])


@pytest.mark.parametrize("office", offices.OFFICES)
def test_nobody_without_a_role_may_do_anything(office: offices.Office) -> None:
    assert not offices.may(Staff(StaffId("s"), "Sam", "console", frozenset()), office)

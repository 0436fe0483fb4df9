"""What organisers must know, at the top of the console's page."""

from __future__ import annotations

from tests.unit.web.conftest import Browser
from tests.unit.web.world import World

WRONG = "Since {clock} something is wrong with {what}."


async def test_staff_see_what_is_wrong_until_it_is_over(world: World, staff: Browser) -> None:
    world.alarms.raise_("store", WRONG, {"what": "<b>the disk</b>"})
    during = await (await staff.get("/desk/api/alarms")).json()
    world.alarms.clear("store")
    after = await (await staff.get("/desk/api/alarms")).json()

    # As data: the page shows it as text.
    assert during == [{"key": "store", "text": "Since 08:00 something is wrong with <b>the disk</b>."}]
    assert after == []


async def test_nobody_else_does(world: World, visitor: Browser, delegate: Browser) -> None:
    world.alarms.raise_("store", WRONG, {"what": "the disk"})

    assert [(await who.get("/desk/api/alarms")).status for who in (visitor, delegate)] == [401, 401]

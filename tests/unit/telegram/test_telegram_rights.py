"""Who acts in the staff group, and as whom; and what staff write to the bot alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.model.people import Role, StaffId
from bot.reception.telegram import TelegramReception
from bot.staff.codes import new_code
from bot.staff.links import use_link
from bot.staff.list import StaffList
from bot.transports.telegram import TelegramConnection
from storage.documents import DocumentStore
from tests.fakes.telegram import FakeTelegram
from tests.unit.telegram.desk import NOW, SPEAKERS, snapshot
from tests.unit.telegram.test_telegram_reception import Lane

CONSOLE = "https://desk.example.org/desk/"


class Noon:
    at = NOW

    def now(self) -> datetime:
        return self.at


class Group(Lane):
    """A staff group whose lane knows the staff list."""

    def __init__(self, tg: FakeTelegram, connection: TelegramConnection, store: DocumentStore, *, others: bool) -> None:
        super().__init__(tg, connection, store, tg.forum("Desk", ["Lan", "Minh"]))
        self.clock = Noon()
        self.staff = StaffList(store, self.clock)
        self.reception = TelegramReception(
            connection, self.group.id, store=store, act=self.act, speakers=SPEAKERS, snapshot=snapshot,
            now=self.clock.now, tick=self.tick, others=others, console=lambda: CONSOLE,
        )  # fmt: skip


@pytest.fixture
async def group(tg: FakeTelegram, connection: TelegramConnection, store: DocumentStore) -> Group:
    return Group(tg, connection, store, others=True)


@pytest.fixture
async def closed_group(tg: FakeTelegram, connection: TelegramConnection, store: DocumentStore) -> Group:
    return Group(tg, connection, store, others=False)


async def test_linked_member_acts_as_the_person_on_the_list(group: Group) -> None:
    lan = group.group["Lan"]
    listed = await group.staff.add("Nurse Lan", roles=[Role.MEDICAL], language="vi", telegram=lan.id)
    await group.show(await group.open())

    await lan.says("On my way", topic=group.group.topics[0])
    await lan.presses("Claim / Nhận")
    await group.hears()

    assert [action.by for action in group.act.actions] == [listed.acting("telegram")] * 2


async def test_other_members_act_for_the_desk_under_their_own_names(group: Group) -> None:
    await group.staff.add("minh")  # somebody else of that name, not linked
    await group.show(await group.open())

    for name in ("Lan", "Minh"):
        await group.group[name].says("Found it", topic=group.group.topics[0])
    await group.hears()

    assert [(a.by.name, a.by.roles) for a in group.act.actions] == [
        ("Lan", frozenset({Role.DESK})),
        ("Minh (Telegram)", frozenset({Role.DESK})),
    ]
    assert group.act.actions[0].by.id == StaffId(f"telegram:{group.group['Lan'].id}")


async def test_removed_person_loses_buttons_and_replies_at_once(group: Group) -> None:
    lan = group.group["Lan"]
    await group.staff.add("Lan", telegram=lan.id)
    await group.show(await group.open())
    await lan.says("one", topic=group.group.topics[0])
    await group.hears()
    await group.staff.remove("Lan")

    await lan.says("two", topic=group.group.topics[0])
    press = await lan.presses("Claim / Nhận")
    await group.hears()

    assert [action.text for action in group.act.actions] == ["one"]
    assert press.alert
    assert "not on the staff list" in lan.inbox[-1].text


async def test_where_only_the_list_counts_other_members_do_nothing(closed_group: Group) -> None:
    await closed_group.staff.add("Lan", telegram=closed_group.group["Lan"].id)
    await closed_group.show(await closed_group.open())

    for name in ("Minh", "Lan"):
        await closed_group.group[name].says(name, topic=closed_group.group.topics[0])
    press = await closed_group.group["Minh"].presses("Claim / Nhận")
    await closed_group.hears()

    assert [action.text for action in closed_group.act.actions] == ["Lan"]
    assert press.alert


async def test_person_on_the_list_who_is_not_in_the_group_does_nothing_there(group: Group) -> None:
    minh = group.group["Minh"]
    await group.staff.add("Minh", roles=[Role.ADMIN], telegram=minh.id)
    await group.show(await group.open())
    group.group.chat.members[minh.id].status = "left"

    await minh.presses("Claim / Nhận")
    await group.hears()

    assert group.act.actions == []


# ---------------------------------------------------------------- alone with the bot


async def test_code_links_the_account_of_whoever_writes_it(group: Group) -> None:
    lan = await group.staff.add("Lan", roles=[Role.MEDICAL])
    code = await new_code(group.staff, lan)
    person = group.tg.user("Nguyễn Lan")
    await person.start()

    await person.says(f"/link {code}")
    await group.hears()

    linked = await group.staff.on_telegram(person.id)
    assert linked is not None
    assert (linked.id, linked.roles) == (lan.id, frozenset({Role.MEDICAL}))
    assert "You now act here as Lan" in person.inbox[-1].text
    assert len(group.strangers) == 1  # only /start went on to the delegates' door


async def test_console_brings_staff_a_link_and_nobody_else(group: Group) -> None:
    person, stranger = group.tg.user("Lan"), group.tg.user("Eve")
    lan = await group.staff.add("Lan", telegram=person.id)
    for one in (person, stranger):
        await one.start()
        await one.says("/console")
    await group.hears()

    token = person.inbox[-1].text.rpartition("token=")[2]
    assert len(group.strangers) == 2  # what the stranger wrote; the /start of staff is answered as theirs
    assert await use_link(group.staff, token) == lan


async def test_link_of_the_bot_is_too_old_after_a_quarter_of_an_hour(group: Group) -> None:
    person = group.tg.user("Lan")
    await group.staff.add("Lan", telegram=person.id)
    await person.start()
    await person.says("/console")
    await group.hears()
    group.clock.at = NOW + timedelta(minutes=15)

    assert await use_link(group.staff, person.inbox[-1].text.rpartition("token=")[2]) is None


async def test_administrators_get_no_link_around_their_second_factor(group: Group) -> None:
    person = group.tg.user("Chief")
    await group.staff.add("Chief", roles=[Role.ADMIN], telegram=person.id)
    await person.start()
    await person.says("/console")
    await group.hears()

    assert person.inbox[-1].text.endswith(CONSOLE)


async def test_forwarded_code_and_words_of_delegates_pass_by(group: Group) -> None:
    lan = await group.staff.add("Lan")
    code = await new_code(group.staff, lan)
    person = group.tg.user("Amina")
    await person.start()
    origin = {"type": "hidden_user", "sender_user_name": "Lan", "date": 1}
    await person.says(f"/link {code}", forward_origin=origin)
    await person.says("/link")
    await person.says("/link something")
    await group.hears()

    assert len(group.strangers) == 4
    assert await group.staff.on_telegram(person.id) is None

"""The console's pages beside the queue: what they promise, and to whom they open."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from bot.model.messages import TicketId
from bot.model.people import Address, Delegate, Role
from bot.model.tickets import Priority, TicketState
from bot.reception.console.sessions import StaffSessions
from bot.tickets.roster import IDLE
from tests.unit.web.conftest import Browser, sign_in
from tests.unit.web.offices import COLLAPSED, STRANGER
from tests.unit.web.world import World, browser

PAGES = ("counter", "shift", "teach", "announcements", "drill", "staff")
MINE: dict[Role, set[str]] = {
    Role.DESK: {"counter", "shift", "teach"},
    Role.MEDICAL: {"counter", "shift", "teach"},
    Role.SAFEGUARDING: {"counter", "shift", "teach"},
    Role.DUTY_OFFICER: {"counter", "shift", "teach", "announcements", "drill"},
    Role.ADMIN: {"counter", "shift", "teach", "announcements", "drill", "staff"},
}
POSTS: dict[str, tuple[str, ...]] = {
    "counter": ("counter",),
    "shift": ("shift/notes", "shift/notes/done"),
    "teach": ("teach",),
    "announcements": tuple(f"announcements/{act}" for act in ("preview", "confirm", "undo", "pause", "resume")),
    "drill": ("drills", "drills/1/end"),
    "staff": ("staff", *(f"staff/{act}" for act in ("change", "remove", "link", "reset", "presence", "sign-out"))),
}
READS = {
    "counter": "counter",
    "shift": "shift",
    "teach": "teach",
    "announcements": "announcements",
    "drill": "drills",
    "staff": "staff",
}
TEXTS = {"en": "Lunch is at 12:30.", "vi": "Bữa trưa lúc 12:30.", "ar": "الغداء الساعة 12:30."}


@asynccontextmanager
async def signed_in(world: World, name: str, *roles: Role) -> AsyncIterator[Browser]:
    """Somebody with these roles; an administrator's way in needs a password, so the rights are given afterwards."""
    first = [role for role in roles if role is not Role.ADMIN] or [Role.DESK]
    person = await world.person(name, roles=first)
    if Role.ADMIN in roles:
        # As after signing in with a code: the session is of the rights that the list has now.
        async with browser(world) as client:
            await world.staff_list.change(name, roles=list(roles))
            person = await world.staff_list.named(name)
            session = await StaffSessions(world.store, world.watch, None).begin(person)
            client.session.cookie_jar.update_cookies({"desk-staff": session.token}, client.make_url("/"))
            me = await (await client.get("/desk/api/me")).json()
            client.session.headers["X-Desk-Proof"] = me["proof"]
            yield client
        return
    async with browser(world) as client:
        await sign_in(client, await world.link(name))
        yield client


async def audited(world: World) -> list[str]:
    return [line.event.what async for line in world.store.audit_trail()]


async def post(client: Browser, path: str, **body: Any) -> tuple[int, Any]:
    answer = await client.post(f"/desk/api/{path}", json=body)
    return answer.status, await answer.json()


async def get(client: Browser, path: str) -> Any:
    answer = await client.get(f"/desk/api/{path}")
    assert answer.status == 200, await answer.text()
    return await answer.json()


# ---------------------------------------------------------------- whose they are


@pytest.mark.parametrize("role", list(Role))
async def test_each_page_opens_to_those_whose_it_is_and_to_nobody_else(world: World, role: Role) -> None:
    async with signed_in(world, "Sam", role) as client:
        menu = {page["path"].rpartition("/")[2] for page in (await get(client, "me"))["pages"]}
        before = len(await audited(world))
        for page in PAGES:
            mine = page in MINE[role]
            opened = await client.get(f"/desk/{page}")
            read = await client.get(f"/desk/api/{READS[page]}")
            posted = [(await client.post(f"/desk/api/{path}", json={})).status for path in POSTS[page]]

            assert (opened.status, read.status) == ((200, 200) if mine else (403, 403)), page
            if not mine:
                assert set(posted) == {403}, page
        assert menu == MINE[role]
    if Role.ADMIN is not role:  # what was refused has done nothing, and so has what was empty
        assert [what for what in (await audited(world))[before:] if what.startswith("staff")] == []


async def test_without_a_session_or_from_another_page_nothing_opens(world: World, staff: Browser) -> None:
    async with browser(world) as stranger:
        for page in PAGES:
            answer = await stranger.get(f"/desk/{page}", allow_redirects=False)
            assert (answer.status, answer.headers["Location"]) == (302, "/desk/")
            assert (await stranger.get(f"/desk/api/{READS[page]}")).status == 401
    foreign = {"Origin": "https://elsewhere.example"}
    body = {"id": str(uuid4()), "text": "a pillow"}
    assert (await staff.post("/desk/api/counter", json=body, headers=foreign)).status == 403
    assert (await staff.post("/desk/api/counter", json=body, headers={"X-Desk-Proof": "no"})).status == 403
    assert await world.store.tickets() == []


# ---------------------------------------------------------------- the counter


async def test_request_at_the_counter_is_a_ticket_with_everything_that_was_said(world: World, staff: Browser) -> None:
    body = {
        "id": str(uuid4()),
        "text": "A second pillow",
        "name": "  Anna\n Nguyễn ",
        "room": "412",
        "badge": "A-17",
        "language": "vi",
        "team": "transport",
        "priority": "high",
    }
    status, said = await post(staff, "counter", **body)
    again = await post(staff, "counter", **body)

    ticket = await world.store.ticket(TicketId(said["ticket"]["id"]))
    assert status == 200
    assert again[1]["ticket"]["id"] == said["ticket"]["id"]
    assert ticket is not None
    assert len(await world.store.tickets()) == 1
    assert (ticket.question, ticket.delegate_name, ticket.language) == ("A second pillow", "Anna Nguyễn", "vi")
    assert (ticket.team, ticket.priority, ticket.state) == ("transport", Priority.HIGH, TicketState.NEW)
    assert ticket.address.channel == "counter"
    lines = [(line.author, line.message.text[0].text) for line in await world.store.timeline(ticket.id)]
    assert lines == [
        ("delegate", "A second pillow"),
        ("note", "Taken at the counter. Please answer there.\nRoom: 412\nBadge: A-17"),
    ]
    assert [row["id"] for row in await get(staff, "counter")] == [ticket.id]
    assert (await audited(world)).count("ticket.walk-in") == 1


async def test_two_people_of_one_name_at_the_counter_are_two(world: World, staff: Browser) -> None:
    for _ in range(2):
        await post(staff, "counter", id=str(uuid4()), text="A taxi please", name="Anna")

    assert len({ticket.delegate for ticket in await world.store.tickets()}) == 2


async def test_words_of_danger_at_the_counter_call_everybody(world: World, staff: Browser) -> None:
    _, said = await post(staff, "counter", id=str(uuid4()), text=f"A guest {COLLAPSED} in the lobby", name="Anna")

    ticket = await world.store.ticket(TicketId(said["ticket"]["id"]))
    assert ticket is not None
    assert (ticket.priority, ticket.team, ticket.restricted) == (Priority.EMERGENCY, "medical", "medical")
    assert ticket.alarm_since == world.watch.now()


async def test_restricted_request_stands_in_the_log_without_a_word(world: World, staff: Browser) -> None:
    await world.person("Dr Ha", roles=[Role.MEDICAL])
    await post(staff, "counter", id=str(uuid4()), text="my insulin got warm", name="Anna", team="medical")

    assert "insulin" not in json.dumps(await get(staff, "counter"))
    assert "Anna" not in json.dumps(await get(staff, "counter"))


@pytest.mark.parametrize("text", ["", "   \n", "x" * 4_001])
async def test_nothing_and_too_much_at_the_counter_are_refused(world: World, staff: Browser, text: str) -> None:
    assert (await post(staff, "counter", id=str(uuid4()), text=text))[0] == 400
    assert await world.store.tickets() == []


# ---------------------------------------------------------------- the hand-over


async def test_sheet_shows_who_has_what_and_restricted_ones_by_number_alone(world: World, staff: Browser) -> None:
    await world.person("Dr Ha", roles=[Role.MEDICAL])
    now = world.watch.now()
    held = {"state": TicketState.CLAIMED, "owner_name": "Minh", "owner": "staff:1"}
    await world.open_ticket("s1", "Where is my suitcase?", delegate_name="Salma", **held)
    await world.open_ticket("s2", "I feel dizzy", team="medical", delegate_name="Omar", priority=Priority.HIGH)
    promise = now + timedelta(hours=1)
    await world.open_ticket("s3", "A visa letter", promised_at=promise, promise="the printed letter", **held)
    await world.open_ticket(
        "s4", "Later please", state=TicketState.SNOOZED, snoozed_until=promise, owner_name="Minh", owner="staff:1"
    )

    shown = await get(staff, "shift?hours=8")

    assert [(one["name"], [row["id"] for row in one["tickets"]]) for one in shown["owners"]] == [
        ("", [2]),
        ("Minh", [1, 3, 4]),
    ]
    assert [row["id"] for row in shown["promised"]] == [3]
    assert [row["id"] for row in shown["asleep"]] == [4]
    assert shown["counts"]["open"] == 4
    assert shown["owners"][0]["tickets"][0]["title"] == "Medical case"
    for word in ("dizzy", "Omar"):
        assert word not in json.dumps(shown)


async def test_shift_counts_only_what_happened_in_it(world: World) -> None:
    await world.open_ticket("s1")
    world.watch.pass_(timedelta(hours=6))
    async with browser(world) as later:
        await sign_in(later, await world.link())
        await world.open_ticket("s2")
        await world.open_ticket("s3", state=TicketState.RESOLVED, changed_at=world.watch.now())

        assert (await get(later, "shift?hours=4"))["counts"] | {"wait": None} == {
            "opened": 2,
            "resolved": 1,
            "emergencies": 0,
            "open": 2,
            "reopened": 0,
            "unhappy": 0,
            "wait": None,
        }
        assert (await get(later, "shift?hours=8"))["counts"]["opened"] == 3


async def test_note_reaches_the_next_shift_once_and_can_be_done(world: World, staff: Browser) -> None:
    key = str(uuid4())
    for _ in range(2):
        assert (await post(staff, "shift/notes", id=key, text="The lift is broken"))[0] == 200
    async with signed_in(world, "Minh", Role.DESK) as colleague:
        (note,) = (await get(colleague, "shift"))["notes"]
        assert (note["text"], note["name"], note["done"]) == ("The lift is broken", "Lan", "")
        await post(colleague, "shift/notes/done", id=note["id"])

    assert [one["done"] for one in (await get(staff, "shift"))["notes"]] == ["Minh"]
    trail = [line.event async for line in world.store.audit_trail() if line.event.what.startswith("shift")]
    assert [(one.what, one.name) for one in trail][-1] == ("shift.note-done", "Minh")
    assert "lift" not in str(trail)
    assert (await post(staff, "shift/notes/done", id="nothing"))[0] == 404


# ---------------------------------------------------------------- announcements


async def meet(world: World, count: int = 3) -> None:
    """So many delegates, by turns of each language; and somebody at the counter, whom no message reaches."""
    for number in range(count):
        address = Address("webchat", f"d{number}")
        language = ("en", "vi", "ar")[number % 3]
        async with world.store.transaction(address.delegate) as turn:
            await turn.save_delegate(Delegate(address.delegate, address, language, world.watch.now()))  # type: ignore[arg-type]
    counter = Address("counter", "x")
    async with world.store.transaction(counter.delegate) as turn:
        await turn.save_delegate(Delegate(counter.delegate, counter, "en", world.watch.now()))


async def test_announcement_is_shown_counted_confirmed_and_undone(world: World) -> None:
    await meet(world)
    async with signed_in(world, "Chi", Role.DUTY_OFFICER) as officer:
        status, draft = await post(officer, "announcements/preview", texts=TEXTS)
        assert (status, draft["count"], draft["doubts"]) == (200, 3, [])
        assert all(TEXTS[language] in draft["previews"][language] for language in TEXTS)

        wrong, _ = await post(officer, "announcements/confirm", id=draft["id"], count=4)
        assert wrong == 409
        assert await get(officer, "announcements") == []
        assert (await post(officer, "announcements/confirm", id=draft["id"], count=3))[0] == 200
        assert [one["state"] for one in await get(officer, "announcements")] == ["about-to-start"]
        assert (await post(officer, "announcements/undo", id=draft["id"]))[1]["sent"] == 0
        assert [one["state"] for one in await get(officer, "announcements")] == ["withdrawn"]
    trail = [
        (line.event.what, line.event.name)
        async for line in world.store.audit_trail()
        if line.event.what.startswith("announce")
    ]
    assert trail == [("announce.confirm", "Chi"), ("announce.confirm", "Chi"), ("announce.undo", "Chi")]


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        (TEXTS | {"ar": ""}, "Arabic: there is no text"),
        (TEXTS | {"ar": "Lunch"}, "Arabic: this is not Arabic"),
        (TEXTS | {"vi": TEXTS["en"]}, "English and Vietnamese: the same text twice"),
        (TEXTS | {"en": "Lunch is at {time}."}, "'{time}' looks like a placeholder"),
    ],
)
async def test_announcement_that_lacks_something_is_told_in_the_readers_words(
    world: World, texts: dict[str, str], problem: str
) -> None:
    await meet(world)
    async with signed_in(world, "Chi", Role.DUTY_OFFICER) as officer:
        status, said = await post(officer, "announcements/preview", texts=texts)

        assert status == 400
        assert any(problem in one for one in said["problems"]), said


async def test_times_that_differ_are_to_be_looked_at_again(world: World) -> None:
    await meet(world)
    async with signed_in(world, "Chi", Role.DUTY_OFFICER) as officer:
        _, draft = await post(officer, "announcements/preview", texts=TEXTS | {"en": "Lunch is at 12:45."})

    assert draft["doubts"] == [
        "12:30 stands in Arabic, Vietnamese, but not in English",
        "12:45 stands in English, but not in Arabic, Vietnamese",
    ]


async def test_audience_is_chosen_by_language_and_door(world: World) -> None:
    await meet(world, 6)
    async with signed_in(world, "Chi", Role.DUTY_OFFICER) as officer:
        _, some = await post(officer, "announcements/preview", texts=TEXTS, languages=["vi", "xx"])
        _, none = await post(officer, "announcements/preview", texts=TEXTS, doors=["telegram"])

        assert (some["count"], none["count"]) == (2, 0)
        assert (await post(officer, "announcements/confirm", id=none["id"], count=0))[0] == 409


# ---------------------------------------------------------------- drills


async def test_drill_tells_how_long_people_take(world: World) -> None:
    async with signed_in(world, "Chi", Role.DUTY_OFFICER) as officer:
        _, begun = await post(officer, "drills")
        world.watch.pass_(timedelta(seconds=7))
        assert (await post(officer, "drills"))[0] == 409  # one at a time
        async with signed_in(world, "Minh", Role.DESK) as clerk:
            await post(clerk, f"tickets/{begun['ticket']}/claim", id=str(uuid4()))

        (drill,) = await get(officer, "drills")
        assert (drill["claimed"], drill["claimedBy"], drill["open"]) == (7.0, "Minh", True)
        assert (await post(officer, f"drills/{begun['ticket']}/end"))[0] == 200
        assert [one["open"] for one in await get(officer, "drills")] == [False]
    assert {"drill.start", "drill.end"} <= set(await audited(world))


async def test_only_a_drill_is_ended_as_one(world: World) -> None:
    await world.open_ticket("s1")
    async with signed_in(world, "Chi", Role.DUTY_OFFICER) as officer:
        assert (await post(officer, "drills/1/end"))[0] == 404
        assert (await post(officer, "drills/9/end"))[0] == 404
    assert [ticket.open for ticket in await world.store.tickets()] == [True]


# ---------------------------------------------------------------- the staff list


async def test_administrator_adds_somebody_who_comes_in_by_the_link(world: World) -> None:
    async with signed_in(world, "Chief", Role.ADMIN) as chief:
        status, given = await post(chief, "staff", name="Bình", roles=["desk", "medical"], language="vi")
        assert status == 200
        assert given["link"].startswith("https://desk.example/desk/enter?token=")
        async with browser(world) as fresh:
            await sign_in(fresh, given["link"].partition("token=")[2])
            me = await get(fresh, "me")
            assert (me["name"], me["roles"], me["language"]) == ("Bình", ["desk", "medical"], "vi")
        people = {one["name"]: one for one in (await get(chief, "staff"))["people"]}
        assert len(people["Bình"]["sessions"]) == 1


async def test_changed_roles_and_removal_end_what_is_open(world: World, staff: Browser) -> None:
    lan = await world.staff_list.named("Lan")
    async with signed_in(world, "Chief", Role.ADMIN) as chief:
        await post(chief, "staff/change", id=lan.id, roles=["medical"], language="vi")
        assert (await staff.get("/desk/api/me")).status == 401
        assert (await world.staff_list.named("Lan")).roles == {Role.MEDICAL}
        assert (await post(chief, "staff/remove", id=lan.id))[0] == 200
        assert [one["name"] for one in (await get(chief, "staff"))["people"]] == ["Chief"]
        assert (await post(chief, "staff/link", id=lan.id))[0] == 409


async def test_nobody_shuts_themselves_out(world: World) -> None:
    async with signed_in(world, "Chief", Role.ADMIN) as chief:
        me = (await get(chief, "me"))["id"]
        for act, body in (("remove", {}), ("reset", {}), ("change", {"roles": ["desk"]})):
            assert (await post(chief, f"staff/{act}", id=me, **body))[0] == 409
        assert (await world.staff_list.named("Chief")).administrator


@pytest.mark.parametrize("name", ["Lan", "Lаn", "", "L\u202ean", "x" * 61])
async def test_name_that_could_be_taken_for_another_is_refused(world: World, name: str) -> None:
    await world.person("Lan")
    async with signed_in(world, "Chief", Role.ADMIN) as chief:
        status, said = await post(chief, "staff", name=name, roles=["desk"])

    assert status == 409
    assert said["error"]


async def test_presence_is_set_for_somebody(world: World) -> None:
    lan = await world.person("Lan")
    async with signed_in(world, "Chief", Role.ADMIN) as chief:
        await post(chief, "staff/presence", id=lan.id, on=False)

    assert json.loads(await world.store.recall("presence:said:Lan") or "{}")["said"] == "away"
    assert "staff.away" in await audited(world)


async def test_everybody_says_of_themselves_that_they_are_on_duty_or_away(world: World, staff: Browser) -> None:
    assert await get(staff, "duty") == {"on": False}
    assert (await post(staff, "duty", on=True))[1] == {"on": True}
    assert [one.name for one in await world.on_duty()] == ["Lan"]

    world.watch.pass_(IDLE - timedelta(seconds=1))
    assert await get(staff, "duty") == {"on": True}
    world.watch.pass_(timedelta(seconds=1))  # who said so and then did nothing is away
    assert await get(staff, "duty") == {"on": False}
    assert (await post(staff, "duty", on=False))[1] == {"on": False}
    assert (await post(staff, "duty", on="yes"))[0] == 400
    assert (await audited(world))[-2:] == ["staff.on", "staff.away"]


async def test_unknown_roles_are_refused(world: World) -> None:
    async with signed_in(world, "Chief", Role.ADMIN) as chief:
        for roles in (["king"], "admin", [1]):
            assert (await post(chief, "staff", name="Bình", roles=roles))[0] == 400


# ---------------------------------------------------------------- teaching


async def test_only_those_in_charge_approve_and_take_back_what_is_live(world: World) -> None:
    asking = {"en": "Golf clubs?\n\nWhere do golf clubs go? ", "vi": "Gậy golf?", "ar": "مضارب الغولف؟"}
    server = browser(world)
    async with server as client:
        await sign_in(client, await world.link("Lan"))
        assert (await post(client, "teach", topic="hotel.wifi", asking={"en": "only one"}))[0] == 400
        assert (await post(client, "teach", topic="hotel.wifi", asking=asking))[0] == 200
        (draft,) = (await get(client, "teach"))["lessons"]
        assert draft["asking"]["en"] == ["Golf clubs?", "Where do golf clubs go?"]
        assert (draft["mayApprove"], draft["mayWithdraw"]) == (False, True)
        assert (await post(client, "teach/approve", id="l1"))[0] == 403

        await world.person("Chi", roles=[Role.DUTY_OFFICER])
        client.session.headers.pop("X-Desk-Proof")
        await sign_in(client, await world.link("Chi"))
        assert (await get(client, "teach"))["lessons"][0]["mayApprove"]
        assert (await post(client, "teach/approve", id="l1"))[0] == 200

        await sign_in(client, await world.link("Lan"))
        assert (await post(client, "teach/withdraw", id="l1"))[0] == 403
        assert (await get(client, "teach"))["lessons"][0]["state"] == "live"


async def test_reply_of_a_thread_is_the_draft_of_a_lesson(world: World, staff: Browser) -> None:
    await world.open_ticket("s1", f"Where do golf clubs go? I am {STRANGER}.", team="transport")
    await post(staff, "tickets/1/reply", id=str(uuid4()), text="To desk 3, until 18:00.")
    await post(staff, "tickets/1/note", id=str(uuid4()), text="He has two of them.")
    lines = {entry["author"]: entry for entry in (await get(staff, "tickets/1"))["timeline"]}

    assert {author: entry["teaches"] for author, entry in lines.items()} == {
        "delegate": False, "staff": True, "note": False,
    }  # fmt: skip
    assert await get(staff, f"teach/from/1/{lines['staff']['seq']}") == {
        "fresh": True,
        "topic": "",
        "team": "transport",
        "asking": {"en": "Where do golf clubs go? I am ….", "ar": "", "vi": ""},
        "answer": {"en": "To desk 3, until 18:00.", "ar": "", "vi": ""},
    }
    for line in (lines["note"]["seq"], lines["delegate"]["seq"], 99):
        assert (await staff.get(f"/desk/api/teach/from/1/{line}")).status == 404


async def test_nobody_teaches_from_a_medical_case(world: World, staff: Browser) -> None:
    await world.open_ticket("s1", "My heart", topic="medical.doctor", team="medical")
    async with signed_in(world, "Dr Ha", Role.MEDICAL) as doctor:
        await post(doctor, "tickets/1/reply", id=str(uuid4()), text="Lie down.")
        lines = (await get(doctor, "tickets/1"))["timeline"]

        assert not any(entry["teaches"] for entry in lines)
        assert (await doctor.get(f"/desk/api/teach/from/1/{lines[-1]['seq']}")).status == 404
        assert (await staff.get(f"/desk/api/teach/from/1/{lines[-1]['seq']}")).status == 403

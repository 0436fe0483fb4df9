"""The console's contract with its page, and who gets in."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from bot.i18n.translator import mark
from bot.model.messages import Attachment, Entry, Lane, Message, Outbound, OutboundId, Receipt, TicketId
from bot.model.rich import plain
from bot.model.tickets import Priority
from bot.staff.names import clean_name
from bot.transports.web_cookies import hashed
from tests.unit.web.conftest import Browser, sign_in
from tests.unit.web.events import next_event
from tests.unit.web.world import MORNING, World, browser


async def do(client: Browser, ticket: int, verb: str, **body: Any) -> Any:
    return await client.post(f"/desk/api/tickets/{ticket}/{verb}", json={"id": str(uuid4()), **body})


# ---------------------------------------------------------------- coming in


async def test_link_works_once(world: World, visitor: Browser) -> None:
    token = await world.link()
    first = await visitor.post("/desk/enter", json={"token": token})
    async with browser(world) as other:
        second = await other.post("/desk/enter", json={"token": token})

    assert (first.status, second.status) == (200, 403)
    cookie = first.cookies["desk-staff"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    assert await world.store.recall(f"console:link:{hashed(token)}") is None
    assert await world.store.recall(f"console:session:{hashed(cookie.value)}") is not None


async def test_two_presses_at_once_let_one_in(world: World, visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await world.link()
    recall = world.store.recall

    async def slow_recall(key: str) -> str | None:
        found = await recall(key)
        await asyncio.sleep(0.01)  # as a database does, so that the others come in between
        return found

    monkeypatch.setattr(world.store, "recall", slow_recall)
    answers = await asyncio.gather(*(visitor.post("/desk/enter", json={"token": token}) for _ in range(5)))

    assert sorted(answer.status for answer in answers) == [200, 403, 403, 403, 403]


async def test_looking_at_the_link_does_not_use_it_up(world: World, visitor: Browser) -> None:
    token = await world.link()
    for _ in range(3):
        page = await visitor.get(f"/desk/enter?token={token}")
        assert page.status == 200
        assert token not in await page.text()

    assert (await visitor.post("/desk/enter", json={"token": token})).status == 200


async def test_old_link_and_invented_link_are_refused(world: World, visitor: Browser) -> None:
    token = await world.link()
    world.watch.pass_(timedelta(hours=12))

    assert (await visitor.post("/desk/enter", json={"token": token})).status == 403
    assert (await visitor.post("/desk/enter", json={"token": "invented"})).status == 403


async def test_without_a_session_nothing_is_shown(world: World, visitor: Browser) -> None:
    await world.open_ticket(question="Where is my suitcase?")
    reads = ["/desk/api/tickets", "/desk/api/tickets/1", "/desk/api/me", "/desk/events"]
    writes = ["/desk/api/tickets/1/claim", "/desk/api/seen"]
    page = await visitor.get("/desk/", headers={"Accept": "text/html"})

    assert [(await visitor.get(path)).status for path in reads] == [401] * 4
    assert [(await visitor.post(path, json={"id": str(uuid4())})).status for path in writes] == [401] * 2
    assert (page.status, page.content_type) == (401, "text/html")
    assert world.acted == []


async def test_chat_cookie_opens_no_console(delegate: Browser) -> None:
    chat = next(cookie.value for cookie in delegate.session.cookie_jar if cookie.key == "desk-chat")
    delegate.session.cookie_jar.update_cookies({"desk-staff": chat}, delegate.make_url("/"))

    assert (await delegate.get("/desk/api/tickets")).status == 401


async def test_idle_session_ends_after_half_an_hour(world: World, staff: Browser) -> None:
    world.watch.pass_(timedelta(minutes=29))
    assert (await staff.get("/desk/api/me")).status == 200
    world.watch.pass_(timedelta(minutes=29))
    assert (await staff.get("/desk/api/me")).status == 200
    world.watch.pass_(timedelta(minutes=30))
    assert (await staff.get("/desk/api/me")).status == 401


async def test_no_session_lasts_longer_than_a_shift(world: World, staff: Browser) -> None:
    for _ in range(35):
        world.watch.pass_(timedelta(minutes=20))
        assert (await staff.get("/desk/api/me")).status == 200
    world.watch.pass_(timedelta(minutes=20))
    assert (await staff.get("/desk/api/me")).status == 401


async def test_leaving_ends_the_session(staff: Browser) -> None:
    token = next(cookie.value for cookie in staff.session.cookie_jar if cookie.key == "desk-staff")
    assert (await staff.post("/desk/leave", json={})).status == 200
    staff.session.cookie_jar.update_cookies({"desk-staff": token}, staff.make_url("/"))

    assert (await staff.get("/desk/api/me")).status == 401


async def test_removed_staff_are_out_and_may_come_back_only_by_a_new_link(world: World, staff: Browser) -> None:
    await world.staff_list.remove("Lan")
    assert (await staff.get("/desk/api/tickets")).status == 401

    await staff.post("/desk/enter", json={"token": await world.link()})
    assert (await staff.get("/desk/api/tickets")).status == 200


def test_names_carry_no_invisible_letters() -> None:
    assert clean_name(" La\u200bn\u202e \n Phạm\x00 ") == "Lan Phạm"


# ---------------------------------------------------------------- looking


async def test_ticket_is_told_in_the_reader_s_language(world: World, staff: Browser) -> None:
    await world.open_ticket(topic="transport.lost-luggage", team="transport", language="ar")
    world.watch.pass_(timedelta(minutes=2))

    [ticket] = await (await staff.get("/desk/api/tickets?lang=vi")).json()

    told = {"title": "Thất lạc hành lý", "teamName": "Vận chuyển", "state": "new", "waited": 120, "waiting": True}
    assert told.items() <= ticket.items()
    assert (ticket["question"], ticket["language"], ticket["free"]) == ("Where is my suitcase?", "ar", True)
    assert {"claim", "reply", "resolve"} <= set(ticket["acts"])
    assert not {"reopen", "wake", "release"} & set(ticket["acts"])


async def test_list_leaves_out_what_is_resolved_unless_asked(world: World, staff: Browser) -> None:
    await world.open_ticket("a")
    await world.open_ticket("b", priority=Priority.EMERGENCY)
    await do(staff, 1, "resolve")

    assert [t["id"] for t in await (await staff.get("/desk/api/tickets")).json()] == [2]
    assert [t["id"] for t in await (await staff.get("/desk/api/tickets?all=1")).json()] == [2, 1]


async def test_thread_shows_notes_and_whether_it_arrived(world: World, staff: Browser) -> None:
    ticket = await world.open_ticket()
    await world.say("s1", plain("Ask the airline."), author="note", name="Lan", ticket=ticket.id)
    await world.say("s1", plain("We look."), author="staff", name="Lan", ticket=ticket.id, undeliverable="blocked")

    thread = await (await staff.get("/desk/api/tickets/1")).json()

    told = [(e["author"], e["delivered"], e["undeliverable"]) for e in thread["timeline"]]
    assert told == [("delegate", False, ""), ("note", False, ""), ("staff", False, "blocked")]


async def test_thread_tells_where_somebody_is_and_of_files_only_what_they_are(world: World, staff: Browser) -> None:
    ticket = await world.open_ticket()
    async with world.store.transaction(ticket.delegate) as tx:
        sent = (Attachment("location", "21.024300,105.849400"), Attachment("photo", "file-id"))
        line = Entry(0, ticket.delegate, MORNING, "delegate", Message((), "en"), attachments=sent)
        await tx.assign(await tx.append(line), ticket.id)

    thread = await (await staff.get("/desk/api/tickets/1")).json()

    assert thread["timeline"][-1]["attachments"] == [
        {"what": "location", "tells": "21.024300,105.849400"},
        {"what": "photo", "tells": ""},
    ]


async def test_unknown_ticket_is_not_found(staff: Browser) -> None:
    assert (await staff.get("/desk/api/tickets/99")).status == 404
    assert (await do(staff, 99, "claim")).status == 404
    assert (await do(staff, 1, "delete")).status == 404


# ---------------------------------------------------------------- acting


async def test_action_carries_who_did_it(world: World, staff: Browser) -> None:
    await world.open_ticket()
    answer = await do(staff, 1, "reply", text="At the belt 4.")

    [action] = world.acted
    assert answer.status == 200
    assert (action.verb, action.text, action.ticket) == ("reply", "At the belt 4.", TicketId(1))
    assert (action.by.name, action.by.lane, action.by.id[:6]) == ("Lan", "console", "staff:")
    assert action.id.startswith("console:")


async def test_claim_is_told_to_the_page_at_once(world: World, staff: Browser) -> None:
    await world.open_ticket()
    ticket = (await (await do(staff, 1, "claim", version=1)).json())["ticket"]

    assert (ticket["state"], ticket["owner"], ticket["mine"], ticket["version"]) == ("claimed", "Lan", True, 2)


async def test_same_action_twice_counts_once(world: World, staff: Browser) -> None:
    await world.open_ticket()
    body = {"id": str(uuid4()), "version": 1}
    answers = [await staff.post("/desk/api/tickets/1/claim", json=body) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    assert len(world.acted) == 1


async def test_action_on_an_older_state_is_refused(world: World, staff: Browser) -> None:
    await world.open_ticket()
    async with browser(world) as other:
        await sign_in(other, await world.link("Minh"))
        await do(other, 1, "note", text="I know her.")
        await do(other, 1, "reply", text="We look.")
    answer = await do(staff, 1, "resolve", version=1)

    assert (answer.status, (await answer.json())["why"]) == (409, "outdated")
    assert [action.verb for action in world.acted] == ["note", "reply"]


async def test_refusal_is_told_as_a_sentence(world: World, staff: Browser) -> None:
    await world.open_ticket()
    world.refusal = mark("{name} is already helping.")
    answer = await do(staff, 1, "claim")

    assert answer.status == 409
    assert (await answer.json())["error"].startswith("Lan")


async def test_store_that_is_down_refuses_politely(world: World, staff: Browser) -> None:
    await world.open_ticket()
    world.down = True

    assert (await do(staff, 1, "claim")).status == 503


@pytest.mark.parametrize("body", [{}, {"text": " \n"}, {"text": "x" * 4_001}, {"text": 5}])
async def test_reply_must_say_something_and_not_too_much(world: World, staff: Browser, body: dict[str, Any]) -> None:
    await world.open_ticket()

    assert (await do(staff, 1, "reply", **body)).status == 400
    assert world.acted == []


async def test_seen_is_noted_once_per_ticket(world: World, staff: Browser) -> None:
    await world.open_ticket("a")
    await world.open_ticket("b")
    for _ in range(2):
        assert (await staff.post("/desk/api/seen", json={"tickets": [1, 2, 2, 99]})).status == 200

    assert [(action.verb, action.ticket) for action in world.acted] == [("seen", 1), ("seen", 2)]
    assert (await staff.post("/desk/api/seen", json={"tickets": ["1"]})).status == 400


# ---------------------------------------------------------------- live


async def test_stream_tells_each_changed_ticket(world: World, staff: Browser) -> None:
    async with staff.get("/desk/events?lang=vi") as stream:
        await world.open_ticket(topic="transport.lost-luggage")
        opened = await next_event(stream)
        await do(staff, 1, "claim")
        claimed = await next_event(stream)

    assert (opened.name, opened.data["title"], opened.data["state"]) == ("ticket", "Thất lạc hành lý", "new")
    assert (claimed.data["state"], claimed.data["mine"]) == ("claimed", True)


@pytest.mark.parametrize("outcome", ["delivered", "undeliverable"])
async def test_stream_tells_what_became_of_a_reply(world: World, staff: Browser, outcome: str) -> None:
    ticket = await world.open_ticket()
    entry = await world.say("s1", plain("At belt 4."), author="staff", ticket=ticket.id)
    row = Outbound(
        OutboundId("r"), ticket.address, Lane.TICKET, entry.message, world.watch.now(), world.watch.now(),
        ticket.delegate, entry=entry.seq, ticket=ticket.id,
    )  # fmt: skip
    async with world.store.transaction(ticket.delegate) as turn:
        await turn.enqueue(row)
    async with staff.get("/desk/events") as stream:
        if outcome == "delivered":
            await world.store.delivered(row, Receipt(), world.watch.now())
        else:
            await world.store.undeliverable(row, "blocked")
        told = await next_event(stream)
    thread = await (await staff.get("/desk/api/tickets/1")).json()

    assert (told.name, told.data["id"]) == ("ticket", 1)
    assert thread["timeline"][-1][outcome]


async def test_stream_asks_for_the_list_when_something_was_missed(world: World, staff: Browser) -> None:
    async with staff.get("/desk/events") as stream:
        world.feed.tell(None)
        assert (await next_event(stream)).name == "reload"


async def test_stream_of_removed_staff_ends(world: World, staff: Browser) -> None:
    async with staff.get("/desk/events") as stream:
        await world.staff_list.remove("Lan")
        assert (await next_event(stream)).name == "leave"

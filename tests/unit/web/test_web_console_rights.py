"""Who sees and does what at the console: restricted tickets, searches, hand-overs, and replies that cross others."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestClient

from bot.model.people import Role
from bot.model.rich import plain
from bot.model.tickets import Priority
from bot.reception.console import following
from bot.tickets import glossing
from tests.unit.web.conftest import Browser, sign_in
from tests.unit.web.events import next_event
from tests.unit.web.world import World, browser, speakers

WORDS = "My heart races in room 1204"


async def do(client: Browser, ticket: int, verb: str, **body: Any) -> tuple[int, Any]:
    answer = await client.post(f"/desk/api/tickets/{ticket}/{verb}", json={"id": str(uuid4()), **body})
    return answer.status, await answer.json()


async def posts(client: Browser, path: str, **body: Any) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def gets(client: Browser, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status == 200, await answer.text()
    return await answer.json()


@asynccontextmanager
async def colleague(world: World, name: str, **more: Any) -> AsyncIterator[Browser]:
    async with browser(world) as client:
        await sign_in(client, await world.link(name, **more))
        yield client


@pytest.fixture
async def doctor(world: World) -> AsyncIterator[Browser]:
    async with colleague(world, "Dr Ha", roles=[Role.MEDICAL]) as client:
        yield client


async def open_case(world: World, **more: Any) -> None:
    await world.open_ticket("sick", WORDS, topic="medical.doctor", team="medical", delegate_name="Mariam", **more)
    await world.say("sick", plain("Drink water, Mariam."), author="staff", name="Dr Ha", ticket=1)


async def views(world: World) -> list[tuple[str, str]]:
    return [(line.event.name, line.event.what) async for line in world.store.audit_trail() if line.event.ticket]


# ---------------------------------------------------------------- restricted tickets


async def test_nobody_else_reads_a_word_of_a_medical_case(world: World, staff: Browser, doctor: Browser) -> None:
    await open_case(world)
    async with staff.get("/desk/events") as stream:
        await do(doctor, 1, "note", text="pulse 120, Mariam")
        event = await next_event(stream)
    shown = [
        event.data,
        *await gets(staff, "/desk/api/tickets"),
        await gets(staff, "/desk/api/tickets/1"),
        *await posts(staff, "/desk/api/search", query="1"),
    ]

    assert len(shown) == 4
    for row in shown:
        assert (row["id"], row["title"], row["sight"]) == (1, "Medical case", "number")
        told = json.dumps(row, ensure_ascii=False)
        assert not [
            word for word in ("heart", "1204", "Mariam", "water", "pulse", "webchat", "medical.doctor") if word in told
        ]


@pytest.mark.parametrize("word", ["heart", "1204", "Mariam", "water", "medical"])
async def test_no_search_tells_that_a_word_is_in_a_medical_case(
    world: World, staff: Browser, doctor: Browser, word: str
) -> None:
    await open_case(world)

    assert await posts(staff, "/desk/api/search", query=word) == []
    assert await posts(doctor, "/desk/api/search", query=word) == []


async def test_lists_say_no_word_of_it_to_the_entitled_either(world: World, staff: Browser, doctor: Browser) -> None:
    """The screen in the lobby has more readers than who signed in."""
    await open_case(world)
    del staff
    [row] = await gets(doctor, "/desk/api/tickets")

    assert (row["sight"], row["title"], row["question"], row["name"]) == ("full", "Medical case", "", "")


async def test_thread_begins_with_what_was_said_before_it_as_far_as_its_reader_may_know_it(
    world: World, staff: Browser, doctor: Browser
) -> None:
    await world.say("s1", plain("Chỗ đón ở đâu?"), author="delegate", language="vi")
    await world.say("s1", plain("Có người đang đến"), language="vi", answer="canned:on-my-way")
    await world.say("s1", plain("Tim tôi đập nhanh"), author="delegate", language="vi")
    await world.say("s1", plain("Gọi 115"), language="vi", answer="topic:medical.doctor")
    await world.open_ticket("s1", "Gặp lễ tân", language="vi")

    told = (await gets(staff, "/desk/api/tickets/1"))["before"]
    assert [(line["author"], line["spans"][0]["text"]) for line in told] == [
        ("delegate", "Chỗ đón ở đâu?"),
        ("desk", "Có người đang đến"),
    ]
    assert [bool(line["gloss"]) for line in told] == [False, True]
    assert len((await gets(doctor, "/desk/api/tickets/1"))["before"]) == 4


async def test_view_by_the_entitled_is_on_record_before_it_is_shown(world: World, doctor: Browser) -> None:
    await world.person("Lan")
    await open_case(world)
    first = await gets(doctor, "/desk/api/tickets/1")
    await gets(doctor, "/desk/api/tickets/1")
    assert first["question"] == WORDS
    assert await views(world) == [("Dr Ha", "ticket.view")]

    world.watch.pass_(timedelta(minutes=16))
    await gets(doctor, "/desk/api/tickets/1")
    world.down = True  # what cannot be put on record is not shown
    world.watch.pass_(timedelta(minutes=16))
    assert (await doctor.get("/desk/api/tickets/1")).status == 503
    assert await views(world) == [("Dr Ha", "ticket.view")] * 2


async def test_who_sees_only_the_number_gets_no_answers_and_does_nothing(
    world: World, staff: Browser, doctor: Browser
) -> None:
    del doctor
    await open_case(world)
    refused = [await do(staff, 1, verb, text="x", minutes=5, team="reception") for verb in ("reply", "note", "assign")]

    assert [status for status, _ in refused] == [409] * 3
    assert (await staff.post("/desk/api/tickets/1/answers", json={"query": ""})).status == 403
    assert (await staff.post("/desk/api/tickets/1/preview", json={"answer": "canned:where"})).status == 403
    assert (await staff.get("/desk/api/tickets/1/people")).status == 403  # nor who may read it
    assert world.acted == []


async def test_emergency_may_be_claimed_by_whoever_is_there(world: World, staff: Browser, doctor: Browser) -> None:
    del doctor
    await open_case(world, priority=Priority.EMERGENCY, alarm_since=world.watch.now())
    [row] = await gets(staff, "/desk/api/tickets")
    status, _ = await do(staff, 1, "claim")

    assert "claim" in row["acts"]
    assert status == 200
    assert (await gets(staff, "/desk/api/tickets/1"))["question"] == WORDS
    assert ("Lan", "ticket.view") in await views(world)


async def test_medical_case_is_handed_only_to_those_who_may_read_it(world: World, doctor: Browser) -> None:
    await world.person("Minh")
    await world.person("Dr Bao", roles=[Role.MEDICAL])
    await open_case(world)

    assert [one["name"] for one in await gets(doctor, "/desk/api/tickets/1/people")] == ["Dr Bao", "Dr Ha"]


# ---------------------------------------------------------------- finding


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("#2", [2]),
        ("nguyen", [2]),
        ("NGUYỄN van", [2]),
        ("305", [1]),
        ("phong 305", [1]),
        ("badge B-77", [3]),
        ("أمتعه", [3]),
        ("nothing", []),
        ("  ", []),
        ("%", []),
    ],
)
async def test_search_finds_number_name_room_badge_and_words(
    world: World, staff: Browser, query: str, found: list[int]
) -> None:
    await world.open_ticket("a", "Nước nóng ở phòng 305 bị hỏng")
    await world.open_ticket("b", "Where do I eat?", delegate_name="Nguyễn Văn An")
    await world.open_ticket("c", "Question")
    await world.say("c", plain("badge B-77, أمتعة"), author="delegate", ticket=3)

    assert [row["id"] for row in await posts(staff, "/desk/api/search", query=query)] == found


async def test_that_somebody_has_a_medical_case_does_not_stand_beside_their_name(
    world: World, staff: Browser, doctor: Browser
) -> None:
    await open_case(world)
    await world.open_ticket("sick", "Where is my suitcase?", delegate_name="Mariam")
    await world.open_ticket("sick", "And the red bag?", delegate_name="Mariam")

    assert [one["id"] for one in (await gets(staff, "/desk/api/tickets/2"))["others"]] == [3]
    assert [one["id"] for one in (await gets(doctor, "/desk/api/tickets/2"))["others"]] == [1, 3]


async def test_rehearsal_is_read_in_ones_own_language(world: World, staff: Browser) -> None:
    await world.open_ticket("drill", glossing.DRILL_WORDS, priority=Priority.EMERGENCY, drill=True)

    [row] = await gets(staff, "/desk/api/tickets?lang=ar")

    speaker = speakers()["ar"]
    assert (row["title"], row["question"]) == (speaker.text("Drill"), speaker.text(glossing.DRILL_WORDS))
    assert row["question"] != glossing.DRILL_WORDS


async def test_no_letter_turns_the_words_around_it(world: World, staff: Browser) -> None:
    """S6: overrides and embeddings make one text look like another; Arabic needs none of them."""
    turned, straight = "gate \u202e4 txt.exe\u202c \u2067x\u2069", "gate 4 txt.exe x"
    await world.open_ticket("s1", turned, delegate_name=turned)
    row = (await gets(staff, "/desk/api/tickets"))[0]
    thread = await gets(staff, "/desk/api/tickets/1")
    sheet = await gets(staff, "/desk/api/shift")

    assert (row["question"], row["name"]) == (straight, straight)
    assert (thread["question"], thread["name"]) == (straight, straight)
    assert thread["timeline"][0]["spans"][0]["text"] == straight
    assert [(one["line"], one["name"]) for one in sheet["owners"][0]["tickets"]] == [(straight, straight)]


# ---------------------------------------------------------------- replies that cross others


async def test_reply_is_stopped_when_the_delegate_wrote_after_it_was_begun(world: World, staff: Browser) -> None:
    await world.open_ticket()
    seen = await gets(staff, "/desk/api/tickets/1")
    await world.delegate_writes(1, "I found it!")
    await do(staff, 1, "claim")  # with the first key: one's own claim must not hide what came before it
    status, told = await do(staff, 1, "reply", text="We search on.", version=seen["version"])
    now = await gets(staff, "/desk/api/tickets/1")

    assert (status, told["why"]) == (409, "outdated")
    assert (await do(staff, 1, "reply", text="Good!", version=now["version"]))[0] == 200
    assert [action.text for action in world.acted if action.verb == "reply"] == ["Good!"]


async def test_reply_is_stopped_when_a_colleague_answered(world: World, staff: Browser) -> None:
    await world.open_ticket()
    seen = await gets(staff, "/desk/api/tickets/1")
    async with colleague(world, "Minh") as minh:
        assert (await do(minh, 1, "reply", text="At belt 4."))[0] == 200
    status, told = await do(staff, 1, "reply", text="At belt 5.", version=seen["version"])

    assert (status, told["why"]) == (409, "outdated")


async def test_reply_in_a_language_the_delegate_does_not_read_asks_first(world: World, staff: Browser) -> None:
    await world.open_ticket()
    status, told = await do(staff, 1, "reply", text="عند الحزام ٤")

    assert (status, told["why"]) == (409, "unsure")
    assert (await do(staff, 1, "reply", text="عند الحزام ٤", confirmed=True))[0] == 200


# ---------------------------------------------------------------- the same question


async def test_requests_are_put_together_and_taken_apart(world: World, staff: Browser) -> None:
    await world.open_ticket("a", "Where is the bus?")
    await world.open_ticket("b", "Xe buýt ở đâu?", language="vi")
    await world.open_ticket("c", "أين الحافلة؟", language="ar")
    assert [row["group"] for row in await gets(staff, "/desk/api/tickets")] == [1, 2, 3]

    assert (await do(staff, 2, "link", other=1))[0] == 200
    assert (await do(staff, 3, "link", other=2))[0] == 200
    thread = await gets(staff, "/desk/api/tickets/1")
    assert [(one["id"], one["language"], one["mayLeave"]) for one in thread["same"]] == [
        (2, "vi", True),
        (3, "ar", True),
    ]
    assert [one["question"] for one in thread["same"]] == ["Xe buýt ở đâu?", "أين الحافلة؟"]

    assert (await do(staff, 1, "unlink"))[0] == 200
    rows = {row["id"]: row["group"] for row in await gets(staff, "/desk/api/tickets")}
    assert rows[2] == rows[3] != rows[1]
    trail = [line.event async for line in world.store.audit_trail() if line.event.ticket]
    assert [(one.what, one.ticket, one.about) for one in trail] == [
        ("ticket.link", 2, "#1"), ("ticket.link", 3, "#2"), ("ticket.unlink", 1, ""),
    ]  # fmt: skip


async def test_group_tells_nobody_of_a_medical_case(world: World, staff: Browser, doctor: Browser) -> None:
    await open_case(world)
    await world.open_ticket("a", "Where is the bus?")
    refused = [
        await do(staff, 2, "link", other=1),
        await do(staff, 1, "link", other=2),
        await do(doctor, 1, "link", other=2),
        await do(doctor, 2, "link", other=1),
    ]

    assert [status for status, _ in refused] == [409] * 4
    assert {row["id"]: row["group"] for row in await gets(doctor, "/desk/api/tickets")} == {1: None, 2: 2}
    assert (await gets(doctor, "/desk/api/tickets/1"))["same"] == []


# ---------------------------------------------------------------- hand over, later, approved answers


async def test_hand_over_names_somebody_on_the_list_or_a_team(world: World, staff: Browser) -> None:
    await world.open_ticket()
    minh = await world.person("Minh")

    assert (await do(staff, 1, "assign", to="staff:nobody"))[0] == 409
    assert (await do(staff, 1, "assign", team="no such team"))[0] == 400
    status, told = await do(staff, 1, "assign", to=minh.id)
    assert (status, told["ticket"]["owner"]) == (200, "Minh")
    assert [(action.to_staff, action.to_name) for action in world.acted] == [(minh.id, "Minh")]


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"minutes": 30}, "2023-11-21T08:11:00+07:00"),
        ({"at": "18:00"}, "2023-11-21T18:00:00+07:00"),
        ({"at": "07:00"}, "2023-11-22T07:00:00+07:00"),
    ],
)
async def test_later_is_a_time_of_the_event(world: World, staff: Browser, said: dict[str, Any], at: str) -> None:
    await world.open_ticket()
    assert (await do(staff, 1, "snooze", **said))[0] == 200

    assert [action.until.isoformat() for action in world.acted if action.until] == [at]


@pytest.mark.parametrize("said", [{}, {"minutes": 0}, {"minutes": -5}, {"minutes": 10**12}, {"at": "25:00"}, {"at": 7}])
async def test_later_that_is_no_time_is_refused(world: World, staff: Browser, said: dict[str, Any]) -> None:
    await world.open_ticket()

    assert (await do(staff, 1, "promise", **said))[0] == 400
    assert world.acted == []


async def test_canned_reply_is_picked_in_one_language_and_previewed_in_the_other(world: World, staff: Browser) -> None:
    await world.open_ticket(language="vi")
    [found] = await posts(staff, "/desk/api/tickets/1/answers?lang=ar", query="قادم")
    shown = await posts(
        staff, "/desk/api/tickets/1/preview?lang=ar", answer=found["answer"], fields={"minutes": "{{ event.id }}"}
    )

    assert (found["answer"], found["fills"]) == ("canned:on-my-way", ["minutes"])
    said = {side: "".join(span["text"] for span in shown[side]) for side in ("mine", "theirs")}
    assert said == {
        "mine": "يصل زميلنا بعد {{ event.id }} دقيقة.",
        "theirs": "Đồng nghiệp sẽ đến sau {{ event.id }} phút.",
    }


async def test_language_of_the_console_is_kept_with_the_person(world: World, staff: Browser) -> None:
    await world.open_ticket(topic="transport.lost-luggage")
    await posts(staff, "/desk/api/language", language="vi")
    async with colleague(world, "Lan") as elsewhere:
        [row] = await gets(elsewhere, "/desk/api/tickets")
        me = await gets(elsewhere, "/desk/api/me")

    assert (row["title"], me["language"]) == ("Thất lạc hành lý", "vi")
    assert (await staff.post("/desk/api/language", json={"language": "xx"})).status == 400


# ---------------------------------------------------------------- colleagues


async def test_colleagues_see_who_looks_and_who_writes(
    world: World, staff: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LOOK", timedelta(seconds=0.3))  # after which a page that has gone is noticed
    await world.open_ticket()
    server = staff.server
    minh: Browser
    async with TestClient(server) as minh, staff.get("/desk/events?page=a") as stream:
        minh.session.headers["Origin"] = staff.session.headers["Origin"]
        await sign_in(minh, await world.link("Minh"))
        async with minh.get("/desk/events?page=b"):
            await posts(minh, "/desk/api/here", page="b", ticket=1, types=True)
            came = await next_event(stream)
            async with minh.get("/desk/events?page=b"):  # the same page comes back before its old stream is gone
                await posts(minh, "/desk/api/here", page="b", ticket=1, types=True)
            await posts(staff, "/desk/api/here", page="b", ticket=1, types=False)  # another's page is not mine
            await posts(minh, "/desk/api/here", page="b", ticket=1, types=False)
        left = await next_event(stream)

    assert [event.data["people"] for event in (came, left)] == [[{"name": "Minh", "ticket": 1, "types": True}], []]

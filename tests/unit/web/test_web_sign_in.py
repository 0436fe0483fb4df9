"""Getting into the console and out of it: what a page must prove, what a session is, and when it is over."""

from __future__ import annotations

import base64
import re
import secrets
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from bot.model.people import Role
from bot.reception.console import following
from bot.reception.console.sessions import PROOF_HEADER
from tests.unit.web.conftest import Browser, prove, sign_in
from tests.unit.web.events import next_event
from tests.unit.web.world import TELEPHONES, World, browser

PASSWORD = "giraffe lantern otter plum"
POSTS = [
    "/desk/api/tickets/1/claim",
    "/desk/api/tickets/1/reply",
    "/desk/api/seen",
    "/desk/leave",
    "/desk/api/sessions/end",
]


def code_of(secret: str, steps: int = 0) -> str:
    totp = TOTP(base64.b32decode(secret), 6, SHA1(), 30)  # noqa: S303 -- what apps do
    return totp.generate(int(TELEPHONES.timestamp()) + 30 * steps).decode()


def cookie_of(client: Browser, name: str = "desk-staff") -> str:
    return next((cookie.value for cookie in client.session.cookie_jar if cookie.key == name), "")


async def set_up(client: Browser, world: World, name: str = "Chief") -> dict[str, Any]:
    """An administrator's first coming; returns the secret of the app and the recovery codes."""
    answer = await client.post("/desk/enter", json={"token": await world.link(name, roles=[Role.ADMIN])})
    begun = await answer.json()
    body = {"setup": begun["setup"], "password": PASSWORD, "code": code_of(begun["secret"], -1)}
    done = await client.post("/desk/setup", json=body)
    assert done.status == 200, await done.text()
    await prove(client)
    return {"secret": begun["secret"], **await done.json()}


# ---------------------------------------------------------------- administrators


async def test_administrator_needs_password_and_code_before_anything_is_shown(world: World, visitor: Browser) -> None:
    answer = await visitor.post("/desk/enter", json={"token": await world.link("Chief", roles=[Role.ADMIN])})
    begun = await answer.json()

    assert set(begun) == {"setup", "secret", "picture"}
    assert begun["picture"].startswith("data:image/svg+xml")
    assert cookie_of(visitor) == ""
    assert (await visitor.get("/desk/api/tickets")).status == 401


async def test_administrator_signs_in_again_with_password_and_code(world: World, visitor: Browser) -> None:
    mine = await set_up(visitor, world)
    assert len(mine["codes"]) == 8
    assert (await visitor.get("/desk/api/me")).status == 200

    async with browser(world) as other:
        body = {"name": "Chief", "password": PASSWORD, "code": code_of(mine["secret"])}
        assert (await other.post("/desk/signin", json=body)).status == 200
        assert (await (await other.get("/desk/api/me")).json())["roles"] == ["admin"]
        async with browser(world) as replay:
            assert (await replay.post("/desk/signin", json=body)).status == 403
        async with browser(world) as lost:
            assert (await lost.post("/desk/signin", json=body | {"code": mine["codes"][0]})).status == 200


async def test_link_is_no_way_around_the_second_factor(world: World, visitor: Browser) -> None:
    await set_up(visitor, world)

    async with browser(world) as other:
        answer = await other.post("/desk/enter", json={"token": await world.link("Chief")})
        assert answer.status == 403
        assert cookie_of(other) == ""


async def test_administrator_s_session_is_idle_when_only_the_page_asks(world: World, visitor: Browser) -> None:
    await set_up(visitor, world)
    for _ in range(3):
        world.watch.pass_(timedelta(minutes=9))
        assert (await visitor.get("/desk/api/tickets")).status == 200
    world.watch.pass_(timedelta(minutes=3))

    assert (await visitor.get("/desk/api/tickets")).status == 401


async def test_brute_force_gets_nobody_in_and_locks_nobody_out(world: World, visitor: Browser) -> None:
    mine = await set_up(visitor, world)
    async with browser(world) as attacker:
        for number in range(30):
            body = {"name": "Chief", "password": f"guess number {number}", "code": "123456"}
            assert (await attacker.post("/desk/signin", json=body)).status == 403
        assert (await attacker.get("/desk/api/me")).status == 401
    await visitor.post("/desk/leave", json={})

    body = {"name": "Chief", "password": PASSWORD, "code": code_of(mine["secret"])}
    assert (await visitor.post("/desk/signin", json=body)).status == 200


# ---------------------------------------------------------------- sessions


async def test_session_that_was_planted_before_is_not_the_one_after(world: World, visitor: Browser) -> None:
    planted = secrets.token_urlsafe(32)
    visitor.session.cookie_jar.update_cookies({"desk-staff": planted}, visitor.make_url("/"))

    await sign_in(visitor, await world.link())

    assert cookie_of(visitor) != planted
    async with browser(world) as attacker:
        attacker.session.cookie_jar.update_cookies({"desk-staff": planted}, attacker.make_url("/"))
        assert (await attacker.get("/desk/api/me")).status == 401


async def test_signing_in_again_ends_the_session_of_before(world: World, staff: Browser) -> None:
    before = cookie_of(staff)
    await sign_in(staff, await world.link("Minh"))

    async with browser(world) as other:
        other.session.cookie_jar.update_cookies({"desk-staff": before}, other.make_url("/"))
        assert (await other.get("/desk/api/me")).status == 401


async def test_guessed_sessions_open_nothing(staff: Browser, visitor: Browser) -> None:
    mine = cookie_of(staff)
    near = [mine[:-1] + letter for letter in "ABCabc012" if letter != mine[-1]]
    for guess in [
        *near,
        mine.lower(),
        mine[:-1],
        mine + "A",
        "",
        "null",
        "../..",
        "*",
        *(secrets.token_urlsafe(32) for _ in range(200)),
    ]:
        visitor.session.cookie_jar.update_cookies({"desk-staff": guess}, visitor.make_url("/"))
        assert (await visitor.get("/desk/api/me")).status == 401


async def test_sessions_are_listed_and_ended_one_by_one(world: World, staff: Browser) -> None:
    await sign_in_minh(world)
    async with browser(world) as phone:
        phone.session.headers["User-Agent"] = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1) Safari/604.1"
        await sign_in(phone, await world.link())
        mine = await (await staff.get("/desk/api/sessions")).json()
        assert sorted((one["browser"], one["here"]) for one in mine) == [("", True), ("Safari iPhone", False)]

        [there] = [one for one in mine if not one["here"]]
        assert (await staff.post("/desk/api/sessions/end", json={"key": there["key"]})).status == 200

        assert (await phone.get("/desk/api/me")).status == 401
        assert (await staff.get("/desk/api/me")).status == 200


async def sign_in_minh(world: World) -> None:
    async with browser(world) as minh:
        await sign_in(minh, await world.link("Minh"))


async def test_nobody_ends_a_colleague_s_session(world: World, staff: Browser) -> None:
    async with browser(world) as minh:
        await sign_in(minh, await world.link("Minh"))
        [theirs] = await (await minh.get("/desk/api/sessions")).json()
        await staff.post("/desk/api/sessions/end", json={"key": theirs["key"]})

        assert (await minh.get("/desk/api/me")).status == 200


async def test_signing_out_everywhere_ends_every_session_and_link(world: World, staff: Browser) -> None:
    link = await world.link()
    async with browser(world) as phone:
        await sign_in(phone, await world.link())
        assert (await staff.post("/desk/leave", json={"everywhere": True})).status == 200

        assert [(await one.get("/desk/api/me")).status for one in (staff, phone)] == [401, 401]
        assert (await phone.post("/desk/enter", json={"token": link})).status == 403


async def test_change_of_rights_ends_the_session_and_the_stream(
    world: World, staff: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LOOK", timedelta(hours=1))  # so it is the change itself that ends it
    async with staff.get("/desk/events") as stream:
        await world.staff_list.change("Lan", roles=[Role.MEDICAL])
        assert (await next_event(stream)).name == "leave"
    assert (await staff.get("/desk/api/me")).status == 401


async def test_stream_ends_within_five_seconds_also_when_no_change_is_told(
    world: World, staff: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when another process removed somebody and the database's notice was lost."""
    assert timedelta(seconds=3) >= following.LOOK
    monkeypatch.setattr(
        following, "LOOK", timedelta(seconds=0.2)
    )  # what counts is how often is looked; the machine may be busy
    async with staff.get("/desk/events") as stream:
        monkeypatch.setattr(world.feed, "tell", lambda _change: None)
        await world.staff_list.remove("Lan")
        assert (await next_event(stream)).name == "leave"


async def test_cookies_are_bound_to_the_host_where_there_is_https(world: World) -> None:
    async with browser(world, public_url="https://desk.example.org") as client:
        answer = await client.post("/desk/enter", json={"token": await world.link()})
        cookie = answer.cookies["__Host-desk-staff"]

    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Strict", "/")
    assert cookie["domain"] == ""


# ---------------------------------------------------------------- where a request comes from


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", None, "http://127.0.0.1", "http://127.0.0.1.evil.example"]
)
async def test_post_of_another_origin_or_of_none_is_refused(world: World, staff: Browser, origin: str | None) -> None:
    await world.open_ticket()
    del staff.session.headers["Origin"]
    headers = {"X-Desk-Client": "script"} | ({} if origin is None else {"Origin": origin})

    for path in POSTS:
        assert (await staff.post(path, json={"id": str(uuid4()), "text": "x"}, headers=headers)).status == 403
    for path in ("/desk/enter", "/desk/signin", "/desk/setup"):
        assert (await staff.post(path, json={"token": await world.link("Omar")}, headers=headers)).status == 403

    assert world.acted == []
    assert len(await world.store.recall_all("console:session:")) == 1


async def test_post_without_the_page_s_proof_is_refused(world: World, staff: Browser) -> None:
    await world.open_ticket()
    async with browser(world) as minh:
        await sign_in(minh, await world.link("Minh"))
        theirs = minh.session.headers[PROOF_HEADER]
    for proof in ("", "0" * 64, theirs, staff.session.headers[PROOF_HEADER][:-1], "é"):
        for path in POSTS:
            answer = await staff.post(path, json={"id": str(uuid4()), "text": "x"}, headers={PROOF_HEADER: proof})
            assert answer.status == 403

    assert world.acted == []
    assert (await staff.get("/desk/api/me")).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_feeds_are_not_read_from_other_sites(staff: Browser, site: str) -> None:
    headers = {"Sec-Fetch-Site": site}

    assert (await staff.get("/desk/events", headers=headers)).status == 403
    assert (await staff.get("/desk/api/tickets", headers=headers)).status == 403
    assert (await staff.get("/desk/events", headers={"Origin": "https://evil.example"})).status == 403


async def test_pages_cannot_be_framed_nor_kept_and_hold_no_script_of_their_own(staff: Browser) -> None:
    for path in ("/desk/", "/desk/enter", "/desk/account", "/desk/counter", "/desk/api/me"):
        answer = await staff.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        text = await answer.text()
        assert "<script>" not in text
        assert "style=" not in text
        assert not re.search(r"\son\w+\s*=", text)


async def test_every_coming_and_going_is_on_the_record(world: World, visitor: Browser) -> None:
    await sign_in(visitor, await world.link())
    await visitor.post("/desk/leave", json={})
    await set_up(visitor, world)
    await visitor.post("/desk/leave", json={"everywhere": True})

    told = [line.event.what async for line in world.store.audit_trail()]
    assert told == [
        "staff.add", "staff.link-used", "staff.signed-in", "staff.signed-out",
        "staff.add", "staff.link-used", "staff.credentials-set", "staff.signed-out-everywhere",
    ]  # fmt: skip

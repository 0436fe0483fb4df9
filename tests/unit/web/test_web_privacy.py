"""What a delegate on the page gets of their own, and what is left of them after an erasure."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from bot.model.messages import Inbound, Lane, Message, Outbound, OutboundId
from bot.model.rich import plain
from tests.unit.web.conftest import Browser
from tests.unit.web.world import World, browser


async def test_the_file_holds_everything_of_mine_and_nothing_else(world: World, delegate: Browser) -> None:
    await delegate.post("/chat/messages", json={"id": str(uuid4()), "text": "Vali màu xanh của tôi ở đâu?"})
    who = world.accepted[0].sender.address
    await world.open_ticket(who.key, "Vali của tôi", owner_name="Lan")
    await world.say(who.key, plain("keeps calling"), author="note", name="Lan")
    await world.say("somebody-else", plain("the red bag"))

    answer = await delegate.get("/chat/mydata.json")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    told = await answer.json()
    assert told["about_you"]["address"] == who.key
    assert [line["text"] for line in told["messages"]] == ["Vali màu xanh của tôi ở đâu?", "Noted.", "Vali của tôi"]
    assert [request["question"] for request in told["requests"]] == ["Vali của tôi"]


async def test_the_file_is_for_a_session_only(visitor: Browser) -> None:
    assert (await visitor.get("/chat/mydata.json")).status == 401


async def test_erasing_a_delegate_ends_their_session(world: World, delegate: Browser) -> None:
    await delegate.post("/chat/messages", json={"id": str(uuid4()), "text": "Hello"})
    assert await world.store.recall_all("webchat:session:")

    await world.store.erase(world.accepted[0].sender.address.delegate)

    assert await world.store.recall_all("webchat:session:") == {}
    assert (await delegate.get("/chat/messages")).status == 401


async def test_what_is_said_past_the_history_comes_with_the_answer_to_the_post(world: World) -> None:
    chat = world.chat()

    async def erases(inbound: Inbound) -> None:
        """As the desk does: everything goes, and only then it is said."""
        now, to = world.watch.now(), inbound.sender.address
        await world.store.erase(to.delegate)
        said = Message(plain("Everything about you has been deleted here."), "en")
        await chat.deliver(Outbound(OutboundId("x>forgotten"), to, Lane.REPLY, said, now, now))

    chat._accept = erases
    async with browser(world, chat=chat) as page:
        await page.post("/chat/session", json={})
        answer = await page.post("/chat/messages", json={"id": str(uuid4()), "press": "forget:yes"})

        assert await answer.json() == {"ok": True, "notice": "Everything about you has been deleted here."}
        assert chat._notices == {}


async def test_sessions_of_the_page_and_the_console_go_with_time(
    world: World, delegate: Browser, staff: Browser
) -> None:
    del delegate, staff
    await world.link("Minh")
    kept = {"webchat:session:", "console:session:", "console:link:"}
    assert {prefix for prefix in kept if await world.store.recall_all(prefix)} == kept

    await world.store.sweep(world.watch.now() + timedelta(hours=25))
    assert {prefix for prefix in kept if await world.store.recall_all(prefix)} == {"webchat:session:"}

    await world.store.sweep(world.watch.now() + timedelta(days=30))
    assert {prefix for prefix in kept if await world.store.recall_all(prefix)} == set()

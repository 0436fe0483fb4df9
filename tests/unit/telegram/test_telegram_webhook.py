"""Updates that are posted: 200 after the commit, 403 to strangers, order per chat."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web
from telegram import Update

from bot.model.errors import StoreUnavailable, Undeliverable
from bot.transports.telegram import TelegramConnection
from bot.transports.telegram_updates import WANTED, Intake
from bot.transports.telegram_webhook import BIGGEST, SECRET, TelegramWebhook
from tests.fakes.telegram import ALWAYS, FakeTelegram
from tests.unit.telegram.desk import until

WORD = "a-secret_word-of-32-letters-00000"


class Hooked:
    """A webhook on this machine, and what it handled."""

    def __init__(self, url: str, hook: TelegramWebhook) -> None:
        self.url = url
        self.hook = hook
        self.texts: list[str] = []
        self.closed = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def handle(self, update: Update) -> None:
        await self.gate.wait()
        if self.closed:
            raise StoreUnavailable("disk full")
        text = update.effective_message.text if update.effective_message else None
        if text == "poison":
            raise RuntimeError("a fault of the desk")
        self.texts.append(text or "?")

    async def post(self, body: object, secret: str | None = WORD) -> int:
        headers = {} if secret is None else {SECRET: secret}
        async with ClientSession() as session:
            sent = {"data": io.BytesIO(body)} if isinstance(body, bytes) else {"json": body}
            async with session.post(self.url + self.hook.path, headers=headers, **sent) as answer:
                assert WORD not in await answer.text()
                return answer.status


@pytest.fixture
async def hooked(connection: TelegramConnection) -> AsyncIterator[Hooked]:
    found: Hooked

    async def handle(update: Update) -> None:
        await found.handle(update)

    hook = TelegramWebhook(connection, WORD, handle)
    app = web.Application(client_max_size=4 * BIGGEST)
    app.add_routes(hook.routes)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found = Hooked(f"http://127.0.0.1:{runner.addresses[0][1]}", hook)
    yield found
    await runner.cleanup()


async def test_announced_webhook_gets_everything_in_order(
    tg: FakeTelegram, connection: TelegramConnection, hooked: Hooked
) -> None:
    amina = tg.user("Amina")
    await amina.start("waited")

    await hooked.hook.announce(hooked.url)
    for number in range(5):
        await amina.says(f"n{number}")
    await tg.settled()

    assert hooked.texts == ["/start waited", "n0", "n1", "n2", "n3", "n4"]
    [call] = tg.calls_of("setWebhook")
    assert call.fields["secret_token"] == WORD
    assert call.fields["allowed_updates"] == list(WANTED)
    assert not call.fields.get("drop_pending_updates")
    assert connection.health.state == "receiving"


async def test_store_that_is_down_makes_telegram_post_again(tg: FakeTelegram, hooked: Hooked) -> None:
    hooked.closed = True
    await hooked.hook.announce(hooked.url)
    await tg.user("Amina").start()
    await asyncio.sleep(0.2)
    assert len(tg.pending) == 1

    hooked.closed = False
    await tg.settled()

    assert hooked.texts == ["/start"]


@pytest.mark.parametrize("secret", [None, "", "wrong", WORD + "x", "ü"])
async def test_strangers_are_sent_away(hooked: Hooked, secret: str | None) -> None:
    assert await hooked.post({"update_id": 1}, secret) == 403
    assert hooked.texts == []


async def test_what_is_no_update_is_no_reason_to_hold_others_back(
    connection: TelegramConnection, hooked: Hooked
) -> None:
    message = {"message_id": 1, "date": 0, "chat": {"id": 5, "type": "private"}, "text": "poison"}

    assert await hooked.post(b"{broken") == 400
    assert await hooked.post({"update_id": 1, "message": {"message_id": []}}) == 200
    assert await hooked.post([1, 2]) == 200
    assert await hooked.post({"update_id": 2, "message": message}) == 200
    assert await hooked.post(b"x" * (BIGGEST + 1)) == 413

    assert connection.health.poisoned == 3


async def test_one_chat_at_a_time(hooked: Hooked) -> None:
    def update(number: int, chat: int) -> dict[str, object]:
        sent = {"message_id": number, "date": 0, "chat": {"id": chat, "type": "private"}, "text": f"{chat}.{number}"}
        return {"update_id": number, "message": sent}

    hooked.gate.clear()
    posts = []
    for number in range(1, 5):
        posts.append(asyncio.create_task(hooked.post(update(number, 7))))
        await asyncio.sleep(0.02)
    posts.append(asyncio.create_task(hooked.post(update(9, 8))))
    await until(lambda: len(hooked.hook._locks) == 2)
    hooked.gate.set()

    assert await asyncio.gather(*posts) == [200] * 5
    assert [text for text in hooked.texts if text.startswith("7")] == ["7.1", "7.2", "7.3", "7.4"]
    assert hooked.hook._locks == {}


async def test_refused_address_is_undeliverable(hooked: Hooked) -> None:
    with pytest.raises(Undeliverable, match=r"(?i)https"):
        await hooked.hook.announce("http://desk.example.org")


# the watch over it


async def _overseen(hooked: Hooked) -> asyncio.Task[None]:
    return asyncio.create_task(hooked.hook.oversee(hooked.url, look=0.05, look_again=0.05))


async def test_a_webhook_that_somebody_took_is_set_again(
    tg: FakeTelegram, connection: TelegramConnection, hooked: Hooked
) -> None:
    amina = tg.user("Amina")
    overseeing = await _overseen(hooked)
    await until(lambda: tg.world.hook.url.endswith(hooked.hook.path))
    await connection.bot.set_webhook("http://127.0.0.1:9/hook")
    await until(lambda: tg.world.hook.url.endswith(hooked.hook.path))
    await amina.start("here")
    await tg.settled()
    overseeing.cancel()
    await asyncio.wait([overseeing])

    assert hooked.texts == ["/start here"]


async def test_a_webhook_that_takes_nothing_is_trouble_until_it_does(
    tg: FakeTelegram, connection: TelegramConnection, hooked: Hooked
) -> None:
    hooked.closed = True
    overseeing = await _overseen(hooked)
    await until(lambda: tg.world.hook.url)
    await tg.user("Amina").start()
    await until(lambda: connection.health.hook_trouble)
    assert connection.health.pending == 1
    hooked.closed = False
    await tg.settled()
    await until(lambda: not connection.health.hook_trouble)
    overseeing.cancel()
    await asyncio.wait([overseeing])


async def test_telegram_out_of_reach_is_seen_and_the_webhook_set_afterwards(
    tg: FakeTelegram, connection: TelegramConnection, hooked: Hooked
) -> None:
    fault = tg.drop("getWebhookInfo", times=ALWAYS)
    overseeing = await _overseen(hooked)
    await until(lambda: connection.health.state == "unreachable")
    fault.stop()
    await until(lambda: connection.health.state == "receiving")
    overseeing.cancel()
    await asyncio.wait([overseeing])

    assert tg.world.hook.url.endswith(hooked.hook.path)


async def test_poison_is_set_aside_before_it_is_answered(connection: TelegramConnection) -> None:
    kept: list[tuple[int, object]] = []
    full = True

    async def set_aside(number: int, raw: object, _: str) -> None:
        if full:
            raise StoreUnavailable("disk full")
        kept.append((number, raw))

    async def handle(_: Update) -> None:
        raise AssertionError("never reached")

    hook = TelegramWebhook(connection, WORD, handle, intake=Intake(set_aside))
    app = web.Application()
    app.add_routes(hook.routes)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        hooked = Hooked(f"http://127.0.0.1:{runner.addresses[0][1]}", hook)
        poison = {"update_id": 7, "message": {"message_id": []}}
        assert await hooked.post(poison) == 503
        full = False
        assert await hooked.post(poison) == 200
    finally:
        await runner.cleanup()

    assert kept == [(7, poison)]

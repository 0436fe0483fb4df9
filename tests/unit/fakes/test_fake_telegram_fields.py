"""Fields that Telegram would refuse are refused, and the bot is blamed."""

import pytest
from aiohttp import ClientSession
from telegram import Bot
from telegram.error import (
    InvalidToken,
)

from tests.fakes.telegram import FakeTelegram, Person


async def test_wrong_token_and_unknown_method(tg: FakeTelegram) -> None:
    with pytest.raises(InvalidToken):
        async with Bot("1:wrong", base_url=tg.base_url):
            pass
    async with ClientSession() as session:
        wrong = await session.get(f"{tg.base_url}1:wrong/getMe")
        unknown = await session.get(f"{tg.base_url}{tg.token}/sendPigeon")
        body = await wrong.json()

    assert body == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert (wrong.status, unknown.status) == (401, 404)


@pytest.mark.parametrize("how", ["params", "data", "json"])
async def test_every_way_to_carry_fields(tg: FakeTelegram, amina: Person, how: str) -> None:
    async with ClientSession() as session:
        sent = await session.post(
            f"{tg.base_url}{tg.token}/SENDMESSAGE",
            **{how: {"chat_id": str(amina.id), "text": "hello"}},  # type: ignore[arg-type]
        )
        answer = await sent.json()

    assert answer["result"]["text"] == "hello"
    assert tg.violations == []


ENTITY = {"type": "bold", "offset": 0, "length": 4}
BUTTON = {"text": "x", "callback_data": "x"}


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n\u200b"}, "text must be non-empty"),
        ({"text": "\u200f"}, "text must be non-empty"),
        ({"text": "<a href=https://a.b>x</a>", "parse_mode": "HTML"}, "Unexpected"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"chat_id": None}, "chat_id is empty"),
        ({"txt": "x"}, 'unknown field "txt"'),
        ({"disable_notification": "perhaps"}, "must be a boolean"),
        ({"text": "a <b>b", "parse_mode": "HTML"}, "Can't find end tag"),
        ({"text": "<b><i>b</b></i>", "parse_mode": "HTML"}, "Unmatched end tag"),
        ({"text": "1 < 2", "parse_mode": "HTML"}, "Unclosed start tag"),
        ({"text": "<h1>b</h1>", "parse_mode": "HTML"}, 'Unsupported start tag "h1"'),
        ({"text": "a&nbsp;b", "parse_mode": "HTML"}, "Unsupported reference"),
        ({"text": "<a href='nowhere'>b</a>", "parse_mode": "HTML"}, "URL 'nowhere' is invalid"),
        ({"text": "Done.", "parse_mode": "MarkdownV2"}, "'.' is reserved"),
        ({"text": "*Done", "parse_mode": "MarkdownV2"}, "Can't find end of bold"),
        ({"text": "x", "parse_mode": "Markdown"}, "must be one of HTML"),
        ({"text": "abc", "entities": [ENTITY]}, "entity beyond the end"),
        ({"text": "🏨b", "entities": [{**ENTITY, "length": 1}]}, "splits a surrogate pair"),
        ({"text": "abcd", "entities": [ENTITY, ENTITY]}, "can't be nested"),
        ({"text": "abcd", "entities": [{**ENTITY, "type": "loud"}]}, "type must be one of"),
        ({"text": "abcd", "entities": [ENTITY], "parse_mode": "HTML"}, "exclude each other"),
        (
            {"entities": [{**ENTITY, "offset": n, "length": 1} for n in range(101)]},
            "must be a list of 0 to 100",
        ),
        ({"reply_markup": {"inline_keyboard": [[{"text": "x"}]]}}, "exactly one action"),
        ({"reply_markup": {"inline_keyboard": [[{**BUTTON, "text": ""}]]}}, "must have 1 to"),
        (
            {"reply_markup": {"inline_keyboard": [[{**BUTTON, "callback_data": "ب" * 33}]]}},
            "1 to 64 bytes",
        ),
        ({"reply_markup": {"inline_keyboard": [[BUTTON] * 9]}}, "too many buttons in a row"),
        ({"reply_markup": {"inline_keyboard": [[BUTTON] * 8] * 13}}, "too many buttons"),
        (
            {"reply_markup": {"inline_keyboard": [[{"text": "x", "url": "no link"}]]}},
            "wrong HTTP URL",
        ),
        (
            {"reply_markup": {"inline_keyboard": [[{"text": "x", "copy_text": {"text": ""}}]]}},
            "must have 1 to 256",
        ),
        ({"reply_markup": {"buttons": []}}, 'unknown field "buttons"'),
        ({"message_thread_id": 5}, "message thread not found"),
        ({"reply_parameters": {"message_id": 999}}, "message to be replied not found"),
    ],
)
async def test_wrong_fields_are_refused_and_blamed(
    tg: FakeTelegram, amina: Person, fields: dict[str, object], complaint: str
) -> None:
    call = {"chat_id": amina.id, "text": "x" * 101, **fields}
    sent = {name: value for name, value in call.items() if value is not None}
    async with ClientSession() as session:
        answer = await session.post(f"{tg.base_url}{tg.token}/sendMessage", json=sent)
        body = await answer.json()

    assert (answer.status, body["ok"]) == (400, False)
    assert complaint in body["description"]
    assert len(tg.violations) == 1
    assert amina.inbox == []


@pytest.mark.parametrize(
    ("mode", "source", "text", "kinds"),
    [
        ("HTML", "<b>a <i>b</i></b> &lt;c&gt; &#x1F3E8;", "a b <c> 🏨", ["bold", "italic"]),
        ("HTML", '<a href="https://a.org/?x=1&amp;y">go</a>', "go", ["text_link"]),
        ("HTML", '<pre><code class="language-py">x=1</code></pre>', "x=1", ["pre"]),
        ("HTML", "<blockquote expandable>q</blockquote>", "q", ["expandable_blockquote"]),
        ("HTML", '<tg-time unix="1700539200" format="r">soon</tg-time>', "soon", ["date_time"]),
        ("MarkdownV2", r"*a _b_* 1\.5", "a b 1.5", ["bold", "italic"]),
        ("MarkdownV2", "[go](https://a.org) `x.y`", "go x.y", ["text_link", "code"]),
        ("MarkdownV2", "||hidden|| ~old~ __u__", "hidden old u", ["spoiler", "strikethrough", "underline"]),
        ("MarkdownV2", ">quoted\n>more\nafter", "quoted\nmore\nafter", ["blockquote"]),
    ],
)  # fmt: skip
async def test_markup_is_read(
    tg: FakeTelegram, bot: Bot, amina: Person, mode: str, source: str, text: str, kinds: list[str]
) -> None:
    await bot.send_message(amina.id, source, parse_mode=mode)

    assert (amina.last.text, [e["type"] for e in amina.last.entities]) == (text, kinds)
    assert tg.violations == []


async def test_stripped_characters_move_the_entities(bot: Bot, amina: Person) -> None:
    await bot.send_message(amina.id, "  \u202bxin\u202c\t<b>chào</b>\u2066!\u2069 ", parse_mode="HTML")

    assert amina.last.text == "xin chào\u2066!\u2069"
    assert amina.last.entities == [{"type": "bold", "offset": 4, "length": 4}]

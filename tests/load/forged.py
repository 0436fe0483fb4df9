"""Forged, replayed, mutated and foreign actions by the thousand: none may change anything.

``python -m tests.load.forged --attempts 100000`` tells how many of each kind were made, and ends with 1 if a single one
had an effect. Attackers know everything but secrets: numbers of tickets, ids of people and chats, the form of every
button and post, and sessions, links and codes that are over.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final, cast
from uuid import uuid4

from aiohttp import FormData
from aiohttp.test_utils import TestClient
from telegram import ChatMemberLeft, ChatMemberMember, Update, User

from bot.model.people import Role
from bot.reception.console.sessions import PROOF_HEADER
from bot.reception.telegram import TelegramReception
from bot.reception.telegram.topics import Place
from bot.staff.codes import new_code
from bot.staff.links import new_link
from bot.transports.telegram import TelegramConnection
from tests.unit.web.world import SNAPSHOT, World, browser, open_world, speakers

GROUP: Final = -1_001_000_000_001
OTHER_GROUP: Final = -1_001_000_000_002
MEMBER, REMOVED, UNLISTED, STRANGER, LEFT = 501, 502, 503, 504, 505
TICKETS: Final = 20
LOOK_EVERY: Final = 500  # attempts between two looks at everything that is kept
VERBS: Final = ("claim", "resolve", "reopen", "reply", "note")
EFFECTS: Final = ("tickets", "entries", "outbox", "delegates", "refs")


class Silent:
    """A bot whose words reach nobody, and which knows who is in the group."""

    token = "1:attacked"
    id = 1

    def __getattr__(self, name: str) -> Any:
        async def nothing(*_given: object, **_more: object) -> Any:
            return SimpleNamespace(username="desk_bot", message_id=1)

        if name.startswith("__"):
            raise AttributeError(name)
        return nothing

    async def get_chat_member(self, _chat: int, person: int, **_more: object) -> Any:
        user = User(person, "Somebody", is_bot=False)
        return ChatMemberMember(user) if person in (MEMBER, REMOVED, UNLISTED) else ChatMemberLeft(user)


@dataclass
class Attack:
    world: World
    chance: random.Random
    reception: TelegramReception
    clients: dict[str, TestClient[Any, Any]] = field(default_factory=dict)
    proof: str = ""
    over: dict[str, str] = field(default_factory=dict)
    """Session tokens, links and codes that are spent or belong to somebody who was removed."""
    done: list[tuple[Update, dict[str, Any]]] = field(default_factory=list)
    """What was really done before, to be done again."""
    made: Counter[str] = field(default_factory=Counter)
    _number: int = 1_000_000

    # ---------------------------------------------------------------- on Telegram

    def update(self, **content: Any) -> Update:
        self._number += 1
        return Update.de_json({"update_id": self._number, **content}, None)

    def message(self, text: str, by: int = MEMBER, chat: int = GROUP, **more: Any) -> dict[str, Any]:
        kind = "private" if chat > 0 else "supergroup"
        thread = (
            {"message_thread_id": 1000 + self.chance.randrange(TICKETS), "is_topic_message": True} if chat < 0 else {}
        )
        return {
            "message_id": self.chance.randrange(1, 9_999),
            "date": 1_700_000_000,
            "chat": {"id": chat, "type": kind, "title": "x", "is_forum": chat < 0},
            "from": _user(by),
            "text": text,
            **thread,
            **more,
        }

    def press(self, data: str, by: int, chat: int = GROUP) -> Update:
        query = {"id": str(self._number), "from": _user(by), "chat_instance": "1", "data": data,
                 "message": self.message("card", 1, chat)}  # fmt: skip
        return self.update(callback_query=query)

    def words(self) -> str:
        return self.chance.choice(["/claim", "/resolve", "/reopen", "/note words", "I am from reception", "// note"])

    def button(self) -> str:
        return self.button_of(self.chance.randint(1, TICKETS), self.chance.choice(("claim", "resolve", "reopen")))

    def button_of(self, number: int, verb: str) -> str:
        """The button as the newest card has it: the best that a forger can know."""
        kept = self.world.store._tables.get("tickets", str(number))
        assert kept is not None
        return f"t:{number}:{json.loads(kept).get('version', 1)}:{verb}"

    def mutated(self) -> str:
        """A button's data that no button of ours has."""
        while True:
            data = list(self.button())
            for _ in range(self.chance.randint(1, 4)):
                place = self.chance.randrange(len(data))
                data[place] = self.chance.choice("0aZ:\u202e\u0661 /-é\x00")
            made = "".join(data)
            parts = made.split(":")
            # The same button of an older or newer card is no forgery: staff are asked, and may press again.
            known = len(parts) >= 4 and all(part.isascii() and part.isdigit() for part in parts[1:3])
            if not (known and parts[0] == "t" and int(parts[1]) <= TICKETS and parts[3] in VERBS):
                return made[:64]

    async def telegram(self) -> None:
        kinds: dict[str, Callable[[], Update]] = {
            "press of a stranger": lambda: self.press(self.button(), self.chance.choice((STRANGER, LEFT))),
            "press of a removed person": lambda: self.press(self.button(), REMOVED),
            "press of a member who is not on the list": lambda: self.press(self.button(), UNLISTED),
            "press in another chat": lambda: self.press(self.button(), MEMBER, OTHER_GROUP),
            "press with changed data": lambda: self.press(self.mutated(), MEMBER),
            "update that came before": lambda: self.chance.choice(self.done)[0],
            "words of a stranger": lambda: self.update(message=self.message(self.words(), STRANGER)),
            "words of a removed person": lambda: self.update(message=self.message(self.words(), REMOVED)),
            "words in another group": lambda: self.update(message=self.message(self.words(), MEMBER, OTHER_GROUP)),
            "commands in a private chat": lambda: self.update(message=self.message(self.words(), MEMBER, MEMBER)),
            "forwarded words": lambda: self.update(message=self.message(self.words(), forward_origin=_forwarded())),
            "anonymous administrator": lambda: self.update(message=self.message(self.words(), 1087968824, sender_chat=_chat())),
            "in the name of a channel": lambda: self.update(message=self.message(self.words(), sender_chat=_chat(OTHER_GROUP))),
            "another bot": lambda: self.update(message=self.message(self.words(), 777)),
            "edited words": lambda: self.update(edited_message=self.message(self.words(), edit_date=1_700_000_100)),
            "command for another bot": lambda: self.update(message=self.message("/claim@other_bot")),
            "guessed code": lambda: self.update(message=self.message(f"/link {_guessed_code(self.chance)}", STRANGER, STRANGER)),
            "spent code": lambda: self.update(message=self.message(f"/link {self.over['code']}", STRANGER, STRANGER)),
            "console for a removed person": lambda: self.update(message=self.message("/console", REMOVED, REMOVED)),
        }  # fmt: skip
        kind = self.chance.choice(list(kinds))
        self.made[f"telegram: {kind}"] += 1
        await self.reception.receive(kinds[kind]())

    # ---------------------------------------------------------------- at the console

    async def console(self) -> None:
        kinds: dict[str, Callable[[], Awaitable[int]]] = {
            "no session": lambda: self.post("stranger"),
            "guessed session": lambda: self.post("stranger", cookie=secrets.token_urlsafe(32)),
            "session that was ended": lambda: self.post("stranger", cookie=self.over["left"]),
            "session of a removed person": lambda: self.post("stranger", cookie=self.over["removed"]),
            "session with a letter changed": lambda: self.post("stranger", cookie=self.over["mine"][:-2] + "AA"),
            "chat session": lambda: self.post("stranger", cookie=self.over["chat"]),
            "foreign origin": lambda: self.post("staff", headers={"Origin": self.chance.choice(_ORIGINS)}),
            "no proof": lambda: self.post("staff", headers={PROOF_HEADER: ""}),
            "changed proof": lambda: self.post("staff", headers={PROOF_HEADER: secrets.token_hex(32)}),
            "form of another site": self.form,
            "done before": lambda: self.post("staff", again=True),
            "unknown verb or ticket": lambda: self.post("staff", path=self.chance.choice(_ODD_PATHS)),
            "odd body": lambda: self.post("staff", body=self.chance.choice(_ODD_BODIES)),
            "spent or guessed link": self.link,
            "password": self.password,
        }
        kind = self.chance.choice(list(kinds))
        self.made[f"console: {kind}"] += 1
        status = await kinds[kind]()
        if status < 400 and kind != "done before":
            raise AssertionError(f"{kind} was answered with {status}")

    async def post(
        self,
        who: str,
        *,
        cookie: str = "",
        path: str = "",
        body: Any = None,
        headers: dict[str, str] | None = None,
        again: bool = False,
    ) -> int:
        verb = self.chance.choice(VERBS)
        path = path or f"/desk/api/tickets/{self.chance.randint(1, TICKETS)}/{verb}"
        given = {"id": str(uuid4()), "text": "forged", "by": {"roles": ["admin"]}} if body is None else body
        if again:
            done = self.chance.choice(self.done)[1]
            path, given = done["path"], done["body"]
        more = dict(headers or {}) | ({"Cookie": f"desk-staff={cookie}", PROOF_HEADER: self.proof} if cookie else {})
        async with self.clients[who].post(path, json=given, headers=more) as answer:
            return answer.status

    async def form(self) -> int:
        form = FormData({"id": str(uuid4()), "text": "forged"})
        path = f"/desk/api/tickets/{self.chance.randint(1, TICKETS)}/reply"
        async with self.clients["staff"].post(path, data=form, headers={"Origin": "https://evil.example"}) as answer:
            return answer.status

    async def link(self) -> int:
        token = self.chance.choice((self.over["link"], self.over["spent"], secrets.token_urlsafe(32), ""))
        async with self.clients["stranger"].post("/desk/enter", json={"token": token}) as answer:
            return answer.status

    async def password(self) -> int:
        # Of somebody who has none, so that no time is spent on hashing by those who wait.
        body = {"name": "Chief", "password": secrets.token_hex(8), "code": f"{self.chance.randrange(10**6):06}"}
        async with self.clients["stranger"].post("/desk/signin", json=body) as answer:
            return answer.status

    # ---------------------------------------------------------------- what must stay as it is

    def state(self) -> str:
        tables = self.world.store._tables
        kept = [(name, sorted(tables.items(name))) for name in EFFECTS]
        people = tables.get("settings", "staff:list")
        return hashlib.sha256(repr((kept, people, len(self.world.acted))).encode()).hexdigest()


_ORIGINS: Final = ("https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1@evil.example", "file://")
_ODD_PATHS: Final = ("/desk/api/tickets/99/claim", "/desk/api/tickets/1/erase", "/desk/api/tickets/0/claim",
                     "/desk/api/tickets/1e9/claim", "/desk/api/tickets/1/seen", "/desk/api/tickets/../1/claim",
                     "/desk/api/staff", "/desk/api/tickets/999999999/reply")  # fmt: skip
_ODD_BODIES: Final[tuple[Any, ...]] = ([], "x", 5, {"id": "1"}, {"id": None}, {"id": ["x"]}, {"text": "no id"})


def _user(number: int) -> dict[str, Any]:
    return {"id": number, "is_bot": number in (777, 1087968824), "first_name": "Reception", "language_code": "en"}


def _chat(number: int = GROUP) -> dict[str, Any]:
    return {"id": number, "type": "supergroup" if number == GROUP else "channel", "title": "Reception"}


def _forwarded() -> dict[str, Any]:
    return {"type": "user", "sender_user": _user(MEMBER), "date": 1_700_000_000}


def _guessed_code(chance: random.Random) -> str:
    return "S-" + "".join(chance.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(12))


async def _sign_in(client: TestClient[Any, Any], token: str) -> str:
    answer = await client.post("/desk/enter", json={"token": token})
    assert answer.status == 200, await answer.text()
    return answer.cookies["desk-staff"].value


async def prepared(
    world: World, chance: random.Random, staff: TestClient[Any, Any], stranger: TestClient[Any, Any]
) -> Attack:
    """Open tickets with their topics, honest people at work, and everything an attacker may have got hold of."""
    await world.staff_list.add("Member", telegram=MEMBER)
    await world.staff_list.add("Removed", telegram=REMOVED)
    await world.staff_list.add("Chief", roles=[Role.ADMIN])
    connection = cast("TelegramConnection", SimpleNamespace(bot=Silent()))
    reception = TelegramReception(
        connection, GROUP, store=world.store, act=world.act, speakers=speakers(), snapshot=lambda: SNAPSHOT,
        now=world.watch.now, others=False,
    )  # fmt: skip
    attack = Attack(world, chance, reception, {"staff": staff, "stranger": stranger})
    for number in range(TICKETS):
        ticket = await world.open_ticket(f"s{number}")
        await reception._topics.keep(ticket.id, Place(GROUP, 1000 + number, 2000 + number))
    attack.over["mine"] = await _sign_in(staff, await world.link("Lan"))
    me = await (await staff.get("/desk/api/me")).json()
    attack.proof = staff.session.headers[PROOF_HEADER] = me["proof"]
    await _honest_work(attack, staff)
    await _leftovers(attack, stranger)
    return attack


async def _honest_work(attack: Attack, staff: TestClient[Any, Any]) -> None:
    """What is really done; it also shows that an effect would be seen."""
    for number in range(1, 6):
        before = attack.state()
        press = attack.press(attack.button_of(number, "claim"), MEMBER)
        await attack.reception.receive(press)
        assert attack.state() != before
        before = attack.state()
        done: dict[str, Any] = {
            "path": f"/desk/api/tickets/{number}/reply",
            "body": {"id": str(uuid4()), "text": "We are coming."},
        }
        async with staff.post(done["path"], json=done["body"]) as answer:
            assert answer.status == 200, await answer.text()
        assert attack.state() != before
        attack.done.append((press, done))
    before = attack.state()
    await attack.reception.receive(attack.update(message=attack.message("Really written")))
    assert attack.state() != before


async def _leftovers(attack: Attack, stranger: TestClient[Any, Any]) -> None:
    """Sessions, links and codes that were good once."""
    world, over = attack.world, attack.over
    over["spent"] = await world.link("Lan")
    over["left"] = await _sign_in(stranger, over["spent"])
    me = await (await stranger.get("/desk/api/me")).json()
    await stranger.post("/desk/leave", json={}, headers={PROOF_HEADER: me["proof"]})
    over["removed"] = await _sign_in(stranger, await world.link("Removed"))
    removed = await world.staff_list.named("Removed")
    over["link"], over["code"] = (
        await new_link(world.store, removed, world.watch.now()),
        await new_code(world.staff_list, removed),
    )
    await world.staff_list.remove("Removed")
    stranger.session.cookie_jar.clear()
    answer = await stranger.post("/chat/session", json={"language": "en"})
    over["chat"] = answer.cookies["desk-chat"].value
    stranger.session.cookie_jar.clear()


async def run(attempts: int, seed: int) -> Counter[str]:
    """How many of each kind were made.

    Raises:
        AssertionError: One had an effect, or was answered as if it had.
    """
    chance = random.Random(seed)  # noqa: S311 -- attempts, not secrets
    async with open_world() as world, browser(world) as staff, browser(world) as stranger:
        attack = await prepared(world, chance, staff, stranger)
        before, since = attack.state(), Counter[str]()
        for number in range(attempts):
            await (attack.telegram() if chance.random() < 0.6 else attack.console())
            if number % LOOK_EVERY == LOOK_EVERY - 1 or number == attempts - 1:
                if attack.state() != before:
                    raise AssertionError(f"one of these had an effect: {attack.made - since}")
                since = Counter(attack.made)
                for client in (staff, stranger):
                    client._responses.clear()  # the test's client keeps every answer until it is closed
        return attack.made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attempts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.process_time()
    try:
        made = asyncio.run(run(given.attempts, given.seed))
    except AssertionError as error:
        sys.exit(str(error))
    for kind, count in sorted(made.items()):
        sys.stdout.write(f"{count:7d}  {kind}\n")
    spent = time.process_time() - began
    sys.stdout.write(f"{sum(made.values())} attempts, 0 effects, {spent:.0f} s of processor time (seed {given.seed})\n")


if __name__ == "__main__":
    main()

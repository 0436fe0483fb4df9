"""The staff group: one card per ticket, replies from its thread, and only from staff."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.desk import drill, walkin
from bot.model.errors import DeliveryDelayed, Refused, StoreUnavailable, Undeliverable
from bot.model.messages import Attachment, Entry, Message, Receipt, Relay, ShowTicket, TicketId
from bot.model.people import Address, DelegateId, StaffId
from bot.model.rich import Span, plain
from bot.model.tickets import Priority, StaffAction, Ticket, TicketState
from bot.reception.telegram import TelegramReception
from bot.reception.telegram.topics import Place
from bot.transports.telegram import TelegramConnection
from storage.documents import DocumentStore
from tests.fakes.telegram import ALWAYS, FakeTelegram, Group
from tests.unit.telegram.desk import NOW, SPEAKERS, receiving, snapshot, ticket_row

AMINA = Address("telegram", "500")


class Act:
    """Carries out actions by remembering them; refuses or is closed on demand."""

    def __init__(self, store: DocumentStore) -> None:
        self.actions: list[StaffAction] = []
        self.refusal: Refused | None = None
        self.closed = 0
        self._store = store

    async def __call__(self, action: StaffAction) -> Ticket:
        if self.closed:
            self.closed -= 1
            raise StoreUnavailable("disk full")
        if self.refusal is not None:
            raise self.refusal
        self.actions.append(action)
        ticket = await self._store.ticket(action.ticket)
        assert ticket is not None
        return ticket


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Lane:
    """The lane, its group and its store."""

    def __init__(self, tg: FakeTelegram, connection: TelegramConnection, store: DocumentStore, group: Group) -> None:
        self.tg, self.connection, self.store, self.group = tg, connection, store, group
        self.act = Act(store)
        self.tick = Clock()
        self.reception = TelegramReception(
            connection, group.id, store=store, act=self.act, speakers=SPEAKERS, snapshot=snapshot,
            now=lambda: NOW, tick=self.tick,
        )  # fmt: skip
        self.strangers: list[int] = []
        self._rows = 0

    async def open(self, question: str = "I lost my badge", **changes: object) -> Ticket:
        ticket = Ticket(
            TicketId(0), AMINA.delegate, AMINA, "ar", "reception", Priority.NORMAL, NOW, question,
            topic="badge.lost", delegate_name="Amina\u202e Khalil",
        )  # fmt: skip
        async with self.store.transaction(AMINA.delegate) as tx:
            return await tx.add_ticket(replace(ticket, **changes))  # type: ignore[arg-type]

    async def change(self, ticket: Ticket, **changes: object) -> Ticket:
        async with self.store.transaction(ticket.delegate) as tx:
            found = await tx.ticket(ticket.id)
            assert found is not None
            return await tx.save_ticket(replace(found, **changes))  # type: ignore[arg-type]

    async def show(self, ticket: Ticket) -> Receipt:
        """As the dispatcher does: deliver, then note it."""
        return await self._deliver(ShowTicket(ticket.id), ticket)

    async def relay(self, ticket: Ticket, entry: Entry) -> Receipt:
        async with self.store.transaction(ticket.delegate) as tx:
            entry = await tx.append(replace(entry, ticket=ticket.id))
        return await self._deliver(Relay(ticket.id, entry.seq), ticket)

    async def _deliver(self, body: ShowTicket | Relay, ticket: Ticket) -> Receipt:
        self._rows += 1
        row = replace(ticket_row(self.reception.address, body, self._rows), delegate=ticket.delegate)
        async with self.store.transaction(ticket.delegate) as turn:
            await turn.enqueue(row)
        receipt = await self.reception.deliver(row)
        await self.store.delivered(row, receipt, NOW)
        return receipt

    async def hears(self) -> None:
        async def handle(update: object) -> None:
            if not await self.reception.receive(update):  # type: ignore[arg-type]
                self.strangers.append(update.update_id)  # type: ignore[attr-defined]

        async with receiving(self.connection, handle):
            await self.tg.settled()


def entry(author: str, text: str, **more: object) -> Entry:
    said = Message((Span(text),), "ar")
    return Entry(0, DelegateId("telegram:500"), NOW, author, said, **more)  # type: ignore[arg-type]


@pytest.fixture
async def lane(tg: FakeTelegram, connection: TelegramConnection, store: DocumentStore) -> AsyncIterator[Lane]:
    yield Lane(tg, connection, store, tg.forum("Desk", ["Lan", "Minh"]))
    assert tg.violations == []


# cards


async def test_card_in_a_topic_of_its_own(lane: Lane) -> None:
    ticket = await lane.open("فقدت <b>بطاقتي</b>")

    receipt = await lane.show(ticket)

    [topic] = lane.group.topics
    assert topic.name == "#1 · Lost badge · AR"
    card = await lane.group["Lan"].reads(topic=topic)
    assert card.text == (
        "🔵 #1 · Normal priority\nNew: nobody is helping yet\nWaiting for an answer since 07:40\n"
        "Reception / Lễ tân\nLost badge / Mất thẻ\nArabic · Telegram\nAmina Khalil\n\nفقدت <b>بطاقتي</b>"
    )
    assert [e["type"] for e in card.entities] == ["bold", "blockquote"]
    assert [[b.text for b in line] for line in card.buttons] == [
        ["Claim / Nhận", "Resolve"],
        ["Ready replies", "More"],
    ]
    assert receipt.thread == f"{lane.group.id}:{topic.id}:{card.id}"
    assert receipt.refs == (str(topic.id), str(card.id))
    assert (await lane.store.ticket(ticket.id)).seen_at == NOW  # type: ignore[union-attr]


async def test_card_is_edited_in_place(lane: Lane) -> None:
    ticket = await lane.open()
    first = await lane.show(ticket)
    ticket = await lane.change(ticket, state=TicketState.CLAIMED, owner=StaffId("telegram:1"), owner_name="Lan")

    claimed = await lane.show(ticket)
    await lane.show(await lane.change(ticket, state=TicketState.RESOLVED))

    assert first == claimed
    [card] = lane.group["Lan"].inbox
    assert "Lan is helping / Lan đang hỗ trợ" in card.edits[-1]["text"]
    assert "Resolved" in card.text
    assert card.labels == ["Reopen / Mở lại"]


async def test_card_that_says_it_all_already_is_not_sent_again(lane: Lane) -> None:
    ticket = await lane.open()
    first = await lane.show(ticket)
    calls = len(lane.tg.calls)

    again = await lane.show(ticket)

    assert again == replace(first, free=True)
    assert len(lane.tg.calls) == calls


async def test_card_is_believed_to_stand_for_five_minutes(lane: Lane) -> None:
    """Telegram tells no bot that somebody deleted a message."""
    ticket = await lane.open()
    first = await lane.show(ticket)
    await lane.group["Lan"].deletes_topic(lane.group.topics[0])
    lane.tick.seconds += 301

    again = await lane.show(ticket)

    assert not again.free
    assert again.thread != first.thread


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"team": "medical", "topic": "medical.unwell"}, "#1 · medical case"),
        ({"team": "reception", "topic": "safety.harassment"}, "#1 · safeguarding case"),
        ({"team": "reception", "restricted": "medical"}, "#1 · medical case"),
    ],
)
async def test_cases_for_few_people_show_no_word_in_the_group(
    lane: Lane, changes: dict[str, object], name: str
) -> None:
    ticket = await lane.open("He hits me", priority=Priority.EMERGENCY, **changes)

    await lane.show(ticket)
    await lane.relay(ticket, entry("delegate", "in room 604"))
    await lane.relay(ticket, entry("staff", "we come to 604", name="Lan"))

    assert [topic.name for topic in lane.group.topics] == [name]
    card, more = lane.group["Lan"].inbox
    assert card.text.startswith(f"🔴 #1 · EMERGENCY\n{name.partition(' · ')[2]}\n")
    assert more.text.startswith("The delegate wrote more in this case.")
    for secret in ("Amina", "hits", "604", "Feeling", "Arabic"):
        assert secret not in card.text + more.text
    assert card.labels == ["Claim / Nhận", "Bring it to my chat"]


@pytest.mark.parametrize(
    ("door", "named"), [("webchat", "Web chat"), (walkin.DOOR, "At the counter"), (drill.DOOR, "Drill")]
)
async def test_every_door_has_a_name_for_staff(lane: Lane, door: str, named: str) -> None:
    await lane.show(await lane.open(address=Address(door, "a guest")))

    assert f"Arabic · {named}\n" in lane.group["Lan"].inbox[0].text


async def test_words_for_security_are_covered_until_they_are_tapped(lane: Lane) -> None:
    await lane.show(await lane.open("He has a knife", team="security", topic=None))

    [card] = lane.group["Lan"].inbox
    assert "Amina" not in card.text
    assert [e["type"] for e in card.entities] == ["bold", "blockquote", "spoiler"]


async def test_long_question_and_long_title_are_cut(lane: Lane) -> None:
    ticket = await lane.open("x" * 5000, topic=None, team="t" * 300)

    await lane.show(ticket)

    assert lane.group.topics[0].name == "#1 · " + "t" * 117 + "… · AR"
    assert len(lane.group["Lan"].inbox[0].text) < 1700


async def test_unknown_ticket_is_undeliverable(lane: Lane) -> None:
    with pytest.raises(Undeliverable):
        await lane.reception.deliver(ticket_row(lane.reception.address, ShowTicket(TicketId(9))))


async def test_further_messages_stand_in_the_thread_with_who_wrote_them(lane: Lane) -> None:
    ticket = await lane.open()
    await lane.show(ticket)
    topic = lane.group.topics[0]

    await lane.relay(ticket, entry("delegate", "it is blue", attachments=(Attachment("photo", "F1"),)))
    await lane.relay(ticket, entry("staff", "we look", name="Lan"))
    await lane.relay(ticket, entry("note", "room 604", name="Lan"))
    await lane.relay(ticket, entry("delegate", "", attachments=(Attachment("location", "16.05,108.2"),)))

    said = [message.text for message in lane.group["Lan"].inbox[1:]]
    assert said == [
        "The delegate writes:\nAttached: photo\nit is blue",
        "Lan replied:\nwe look",
        "Note by Lan, for staff only:\nroom 604",
        "The delegate writes:\nAttached: location 16.05,108.2",
    ]
    assert {message.thread_id for message in lane.group["Lan"].inbox} == {topic.id}


async def test_interrupted_message_of_several_parts_goes_on_where_it_was(lane: Lane) -> None:
    ticket = await lane.open()
    await lane.show(ticket)
    long = entry("delegate", "\U0001f600" * 3_000)  # each counts twice
    async with lane.store.transaction(ticket.delegate) as tx:
        line = await tx.append(replace(long, ticket=ticket.id))
    row = ticket_row(lane.reception.address, Relay(ticket.id, line.seq), 77)
    lane.tg.fail("sendMessage", status=502, skip=1)
    with pytest.raises(DeliveryDelayed):
        await lane.reception.deliver(row)
    first = [message.text for message in lane.group["Lan"].inbox[1:]]

    receipt = await lane.reception.deliver(row)

    parts = [message.text for message in lane.group["Lan"].inbox[1:]]
    assert (len(first), len(parts)) == (1, 3)  # who writes, and two parts of words
    assert parts.count(first[0]) == 1
    assert sum(part.count("\U0001f600") for part in parts) == 3_000
    assert len(receipt.refs) == 4  # the topic and the parts


async def test_half_a_message_in_a_deleted_topic_begins_again_in_the_new_one(lane: Lane) -> None:
    ticket = await lane.open()
    await lane.show(ticket)
    async with lane.store.transaction(ticket.delegate) as tx:
        line = await tx.append(replace(entry("delegate", "\U0001f600" * 3_000), ticket=ticket.id))
    row = ticket_row(lane.reception.address, Relay(ticket.id, line.seq), 77)
    lane.tg.fail("sendMessage", status=502, skip=1)
    with pytest.raises(DeliveryDelayed):
        await lane.reception.deliver(row)
    await lane.group["Lan"].deletes_topic(lane.group.topics[0])

    await lane.reception.deliver(row)

    [topic] = lane.group.topics
    here = [message.text for message in lane.group["Lan"].inbox if message.thread_id == topic.id]
    assert sum(text.count("\U0001f600") for text in here) == 3_000


# what happens to topics and groups


async def test_deleted_topic_is_opened_anew(lane: Lane) -> None:
    ticket = await lane.open()
    await lane.show(ticket)
    first = lane.group.topics[0]
    await lane.group["Lan"].deletes_topic(first)

    receipt = await lane.relay(ticket, entry("delegate", "still there?"))

    [second] = lane.group.topics
    assert second.id != first.id
    texts = [m.text for m in lane.group["Lan"].inbox if m.thread_id == second.id]
    assert [text.partition("\n")[0] for text in texts] == [
        "🔵 #1 · Normal priority",
        "The topic of this request was deleted; the request goes on here.",
        "The delegate writes:",
    ]
    assert receipt.refs[0] == str(second.id)
    await lane.show(await lane.change(ticket, state=TicketState.RESOLVED))
    assert [topic.id for topic in lane.group.topics] == [second.id]


async def test_deleted_topic_is_noticed_by_the_card_too(lane: Lane) -> None:
    ticket = await lane.open()
    await lane.show(ticket)
    await lane.group["Lan"].deletes_topic(lane.group.topics[0])

    receipt = await lane.show(await lane.change(ticket, state=TicketState.CLAIMED, owner_name="Lan"))

    assert receipt.thread == str(Place(lane.group.id, lane.group.topics[0].id, int(receipt.refs[1])))


async def test_message_that_landed_elsewhere_is_taken_back(lane: Lane) -> None:
    """Some servers put a message for a deleted topic into General without a word."""
    ticket = await lane.open()
    await lane.show(ticket)
    topic = lane.group.topics[0]
    lane.group.chat.topics[topic.id + 1000] = topic
    await lane.store.remember(f"telegram:ticket:{ticket.id}", f"{lane.group.id}:{topic.id + 1000}:77")

    await lane.relay(ticket, entry("delegate", "hello"))

    assert len(lane.group.topics) == 3  # the old one stands here twice
    alive = [m for m in lane.group["Lan"].inbox if not m.deleted and m.text.endswith("hello")]
    assert [m.thread_id for m in alive] == [lane.group.topics[-1].id]


async def test_kill_between_topic_and_card_leaves_one_topic(lane: Lane) -> None:
    ticket = await lane.open()
    lane.tg.fail("sendMessage", status=502)

    with pytest.raises(DeliveryDelayed):
        await lane.show(ticket)
    await lane.show(ticket)

    assert len(lane.group.topics) == 1
    assert len(lane.group["Lan"].inbox) == 1


async def test_group_without_topics_gets_cards_and_replies_below_them(
    tg: FakeTelegram, connection: TelegramConnection, store: DocumentStore
) -> None:
    lane = Lane(tg, connection, store, tg.group("Desk", ["Lan"], supergroup=True))
    ticket = await lane.open()

    shown = await lane.show(ticket)
    await lane.relay(ticket, entry("delegate", "it is blue"))
    card, more = lane.group["Lan"].inbox
    await lane.group["Lan"].replies(more, "Found it")
    await lane.group["Lan"].replies(card, ". blue badge")
    await lane.group["Lan"].says("just chatting")
    await lane.hears()

    assert shown.thread == f"{lane.group.id}:0:{card.id}"
    assert more.reply_to is card
    assert [(a.verb, a.text) for a in lane.act.actions] == [("reply", "Found it"), ("note", "blue badge")]
    assert tg.violations == []


async def test_forum_without_the_right_to_open_topics(
    tg: FakeTelegram, connection: TelegramConnection, store: DocumentStore
) -> None:
    lane = Lane(tg, connection, store, tg.forum("Desk", ["Lan"], rights=frozenset({"can_pin_messages"})))
    tg.tolerate("not enough rights")

    await lane.show(await lane.open())

    assert [m.thread_id for m in lane.group["Lan"].inbox] == [None]


async def test_removed_bot_and_unknown_group_are_undeliverable(lane: Lane) -> None:
    ticket = await lane.open()
    await lane.group.kicks_bot()

    with pytest.raises(Undeliverable, match="kicked") as caught:
        await lane.show(ticket)

    assert caught.value.address_gone


@pytest.mark.parametrize("learnt", ["from a message", "from a refusal"])
async def test_group_with_a_new_id_is_followed(
    tg: FakeTelegram, connection: TelegramConnection, store: DocumentStore, learnt: str
) -> None:
    lane = Lane(tg, connection, store, tg.group("Desk", ["Lan"]))
    first, old = await lane.open(), lane.group.id
    await lane.show(first)
    await lane.group.upgrades()
    if learnt == "from a message":
        await lane.hears()

    ticket = await lane.open("second")
    receipt = await lane.show(ticket)
    await lane.show(await lane.change(first, state=TicketState.CLAIMED, owner_name="Lan"))

    assert receipt.thread.startswith(f"{lane.group.id}:0:")
    again = Lane(tg, connection, store, lane.group)
    again.reception = TelegramReception(
        connection, old, store=store, act=again.act, speakers=SPEAKERS, snapshot=snapshot, now=lambda: NOW
    )
    await lane.group["Lan"].replies(lane.group["Lan"].inbox[0], "Found it")
    await again.hears()
    assert [(a.ticket, a.text) for a in again.act.actions] == [(ticket.id, "Found it")]
    assert len([call for call in tg.calls if call.status == 400]) == (learnt == "from a refusal")


# staff


async def test_reply_in_the_thread_is_an_action_with_a_sign(lane: Lane) -> None:
    ticket = await lane.open()
    await lane.show(ticket)
    lan, topic = lane.group["Lan"], lane.group.topics[0]

    said = await lan.says("We found it <3", topic=topic)
    await lane.hears()

    [action] = lane.act.actions
    assert (action.ticket, action.verb, action.text) == (ticket.id, "reply", "We found it <3")
    assert (action.by.id, action.by.name, action.by.lane) == (f"telegram:{lan.id}", "Lan", "telegram")
    assert action.id.startswith("telegram:")
    assert said.reactions == ["👀"]
    assert lane.strangers == []


@pytest.mark.parametrize(
    ("text", "verb", "told"),
    [
        ("// ask the hotel", "note", "ask the hotel"),
        (". ask the hotel", "note", "ask the hotel"),
        ("/note ask the hotel", "note", "ask the hotel"),
        ("/claim", "claim", ""),
        ("/resolve@desk_bot", "resolve", ""),
        ("/REOPEN", "reopen", ""),
        ("... wait", "reply", "... wait"),
    ],
)
async def test_notes_and_commands(lane: Lane, text: str, verb: str, told: str) -> None:
    await lane.show(await lane.open())

    await lane.group["Lan"].says(text, topic=lane.group.topics[0])
    await lane.hears()

    assert [(a.verb, a.text) for a in lane.act.actions] == [(verb, told)]


@pytest.mark.parametrize("text", ["/resolve@other_bot", "/note@other_bot hi"])
async def test_commands_for_other_bots_are_theirs(lane: Lane, text: str) -> None:
    await lane.show(await lane.open())

    await lane.group["Lan"].says(text, topic=lane.group.topics[0])
    await lane.hears()

    assert lane.act.actions == []
    assert len(lane.group["Lan"].inbox) == 1


@pytest.mark.parametrize(
    ("text", "hint"),
    [("/answer hi", "I do not know this command"), ("//", "after the command"), ("/note", "after the")],
)
async def test_what_is_not_understood_is_said_and_never_passed_on(lane: Lane, text: str, hint: str) -> None:
    await lane.show(await lane.open())

    said = await lane.group["Lan"].says(text, topic=lane.group.topics[0])
    await lane.hears()

    answer = await lane.group["Lan"].reads(contains=hint)
    assert answer.reply_to is said
    assert lane.act.actions == []


async def test_a_topic_that_a_kill_left_unknown_still_belongs_to_its_ticket(lane: Lane) -> None:
    ticket = await lane.open()
    await lane.connection.bot.create_forum_topic(lane.group.id, f"#{ticket.id} · Wi-Fi · EN")
    lan, topic = lane.group["Lan"], lane.group.topics[0]

    await lan.says("We found it", topic=topic)
    await lan.says("It is red", topic=topic)
    await lane.hears()

    assert [(action.ticket, action.text) for action in lane.act.actions] == [
        (ticket.id, "We found it"),
        (ticket.id, "It is red"),
    ]


@pytest.mark.parametrize("name", ["#1 · Wi-Fi · EN", "#999 · Wi-Fi · EN", "# · x", "1 · x", "#١ · x"])
async def test_a_topic_that_somebody_else_named_like_ours_is_none_of_ours(lane: Lane, name: str) -> None:
    assert (await lane.open()).id == 1
    lan = lane.group["Lan"]

    await lan.says("lunch?", topic=await lan.opens_topic(name))
    await lane.hears()

    assert lane.act.actions == []


async def test_general_chatter_and_other_topics_are_ignored(lane: Lane) -> None:
    await lane.show(await lane.open())
    lan = lane.group["Lan"]

    await lan.says("good morning")
    await lan.says("/whatever")
    await lan.says("lunch?", topic=await lan.opens_topic("Kitchen"))
    await lane.hears()

    assert lane.act.actions == []
    [_, told] = lan.inbox
    assert told.text == "This topic belongs to no request: what is written here reaches no delegate."


async def test_topic_of_an_open_request_that_is_closed_by_hand_is_opened_again(lane: Lane) -> None:
    ticket = await lane.open()
    await lane.show(ticket)
    lan, topic = lane.group["Lan"], lane.group.topics[0]

    await lan.closes_topic(topic)
    await lane.hears()

    assert not topic.closed
    assert lan.inbox[-1].text.startswith("The topic of this request was closed by hand.")


async def test_closed_topic_that_nobody_may_open_is_replaced(
    tg: FakeTelegram, connection: TelegramConnection, store: DocumentStore
) -> None:
    lane = Lane(tg, connection, store, tg.forum("Desk", ["Lan"]))
    ticket = await lane.open()
    await lane.show(ticket)
    lane.group.topics[0].closed = True
    lane.group.topics[0].by_bot = False
    await lane.group.admits_bot(rights=frozenset({"can_pin_messages"}))
    tg.tolerate("TOPIC_CLOSED")
    tg.tolerate("not enough rights")

    receipt = await lane.relay(ticket, entry("delegate", "hello"))

    assert receipt.thread.startswith(f"{lane.group.id}:0:")
    assert [m.text.partition("\n")[0] for m in lane.group["Lan"].inbox if m.thread_id is None] == [
        "🔵 #1 · Normal priority",
        "The delegate writes:",
    ]


async def test_files_and_forwards_and_edits_are_told(lane: Lane) -> None:
    await lane.show(await lane.open())
    lan, topic = lane.group["Lan"], lane.group.topics[0]
    origin = {"type": "hidden_user", "sender_user_name": "X", "date": 1}

    await lan.sends("photo", topic=topic)
    await lan.sends("photo", topic=topic, caption="see the map")
    await lan.says("/resolve", topic=topic, forward_origin=origin)
    said = await lan.says("At noon", topic=topic)
    await lan.edits(said, "At one")
    await lane.hears()

    assert [(a.verb, a.text) for a in lane.act.actions] == [("reply", "see the map"), ("reply", "At noon")]
    hints = [message.text.split(".")[0] for message in lan.inbox[1:]]
    assert hints == [
        "Files are not passed on to delegates",
        "Only the words were passed on, not the file",
        "Forwarded messages are not passed on",
        "The delegate keeps the first version",
    ]


async def test_anonymous_administrators_are_told_how(lane: Lane) -> None:
    await lane.show(await lane.open())
    lan, topic = lane.group["Lan"], lane.group.topics[0]
    group = lane.group.chat.as_dict()
    anonymous: dict[str, Any] = {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}}
    robot: dict[str, Any] = {"from": {"id": 99, "is_bot": True, "first_name": "Robot"}}

    await lan.says("Found it", topic=topic, sender_chat=group, **anonymous)
    await lan.says("beep", topic=topic, **robot)
    await lane.hears()

    assert lane.act.actions == []
    assert [m.text[:23] for m in lan.inbox[1:]] == ["This was not passed on:"]


async def test_only_members_of_today_can_act(lane: Lane) -> None:
    await lane.show(await lane.open())
    minh, topic = lane.group["Minh"], lane.group.topics[0]
    member = lane.group.chat.members[minh.id]

    await minh.says("one", topic=topic)
    await lane.hears()
    member.status = "left"
    await minh.says("two", topic=topic)  # known to be a member for a minute
    await lane.hears()
    lane.tick.seconds += 61
    await minh.says("three", topic=topic)
    press = await minh.presses("Claim / Nhận")
    await lane.hears()

    assert [a.text for a in lane.act.actions] == ["one", "two"]
    assert press.alert
    assert len(lane.tg.calls_of("getChatMember")) == 2


async def test_news_of_leaving_counts_at_once(lane: Lane) -> None:
    await lane.show(await lane.open())
    minh, topic = lane.group["Minh"], lane.group.topics[0]
    await minh.says("one", topic=topic)
    await lane.hears()

    lane.group.chat.members[minh.id].status = "left"
    await lane.group["Lan"].says("", left_chat_member=minh.account.as_dict())
    await minh.says("two", topic=topic)
    await lane.hears()

    assert [a.text for a in lane.act.actions] == ["one"]


async def test_reply_waits_while_telegram_does_not_say_who_is_a_member(lane: Lane) -> None:
    await lane.show(await lane.open())
    lane.tg.fail("getChatMember", status=502, times=2)

    await lane.group["Lan"].says("Found it", topic=lane.group.topics[0])
    await lane.hears()

    assert [a.text for a in lane.act.actions] == ["Found it"]


async def test_other_chats_are_not_reception(lane: Lane) -> None:
    await lane.tg.user("Amina").start()
    await lane.tg.forum("Others", ["Eve"])["Eve"].says("/claim")

    await lane.hears()

    assert len(lane.strangers) == 2
    assert lane.act.actions == []


# buttons


async def test_button_is_an_action_and_answered(lane: Lane) -> None:
    ticket = await lane.open()
    await lane.show(ticket)

    press = await lane.group["Minh"].presses("Claim / Nhận")
    await lane.hears()

    assert [(a.ticket, a.verb, a.by.name) for a in lane.act.actions] == [(ticket.id, "claim", "Minh")]
    assert (press.text, press.alert) == ("You are helping with request #1.", False)


async def test_refusal_is_an_alert_for_buttons_and_a_reply_for_words(lane: Lane) -> None:
    await lane.show(await lane.open())
    lane.act.refusal = Refused("{name} is already helping.", name="Lan")

    press = await lane.group["Minh"].presses("Claim / Nhận")
    said = await lane.group["Minh"].says("me too", topic=lane.group.topics[0])
    await lane.hears()

    assert (press.text, press.alert) == ("Lan is already helping.", True)
    answer = await lane.group["Minh"].reads("Lan is already helping.")
    assert answer.reply_to is said
    assert said.reactions == []


@pytest.mark.parametrize(
    "data",
    [
        "ticket:1:claim",
        "t:1:1:delete",
        "t:x:1:claim",
        "topic:hotel.wifi",
        "t:1:1:claim ",
        "t:-1:1:claim",
        "t:1:99:claim",
        "t:2:1:claim",
        "t:١:1:claim",
        "t:1:1:to:deadbeef",
        "t:1:1:to-team:nowhere",
        "t:1:1:snooze-for:never",
        "t:1:1:send:no-such-reply",
        "t:1:1:send",
        "ask:1:1:send",
        "t:1:1:more:" + "x" * 41,
    ],
)
async def test_forged_buttons_do_nothing(lane: Lane, data: str) -> None:
    await lane.show(await lane.open())
    [card] = lane.group["Lan"].inbox

    press = lane.tg.world.press(card, lane.group["Lan"].account, data)
    await lane.hears()

    assert press.alert
    assert lane.act.actions == []


async def test_button_while_the_store_is_down_is_told_and_kept(lane: Lane) -> None:
    await lane.show(await lane.open())
    lane.act.closed = 3

    press = await lane.group["Lan"].presses("Claim / Nhận")
    await lane.hears()

    assert press.alert
    assert [a.verb for a in lane.act.actions] == ["claim"]
    assert len(lane.tg.calls_of("answerCallbackQuery")) == 1


async def test_reactions_and_hints_that_fail_lose_nothing(lane: Lane) -> None:
    await lane.show(await lane.open())
    lane.tg.fail("setMessageReaction", status=400, description="Bad Request: REACTION_INVALID", times=ALWAYS)
    lane.tg.fail("sendMessage", status=403, times=ALWAYS)

    await lane.group["Lan"].says("Found it", topic=lane.group.topics[0])
    await lane.group["Lan"].says("/what", topic=lane.group.topics[0])
    await lane.hears()

    assert [a.text for a in lane.act.actions] == ["Found it"]
    assert lane.connection.health.poisoned == 0


async def test_limit_of_the_group_reaches_the_outbox(lane: Lane) -> None:
    ticket = await lane.open()
    await lane.show(ticket)
    lane.tg.fail("editMessageText", status=429, retry_after=40)

    with pytest.raises(DeliveryDelayed) as caught:
        await lane.show(await lane.change(ticket, state=TicketState.RESOLVED))

    assert caught.value.retry_after == timedelta(seconds=40)


def test_places_are_read_back() -> None:
    assert Place.read(str(Place(-100, 5, 7))) == Place(-100, 5, 7)
    assert [Place.read(text) for text in (None, "", "1:2", "a:b:c")] == [None] * 4
    assert plain("x") == (Span("x"),)

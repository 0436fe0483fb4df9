"""Staff work from Telegram: buttons, commands, ready replies, a chat of their own; and what a case for few people shows to whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from bot.model.errors import Undeliverable
from bot.model.messages import Lane, Outbound, OutboundId, ShowTicket, TicketId, Unshow
from bot.model.people import Role
from bot.model.tickets import Priority, TicketState
from bot.reception.telegram import keys
from bot.reception.telegram.menu import COMMANDS
from bot.reception.telegram.personal import PERSONAL
from bot.transports.telegram import TelegramConnection
from storage.documents import DocumentStore
from tests.fakes.telegram import FakeTelegram, Message, Person
from tests.fakes.telegram.contents import content_of
from tests.unit.telegram.desk import NOW, ticket_row
from tests.unit.telegram.real_desk import CANNED, RealDesk


@pytest.fixture
async def desk(tg: FakeTelegram, connection: TelegramConnection, store: DocumentStore) -> AsyncIterator[RealDesk]:
    yield RealDesk(tg, connection, store)
    assert tg.violations == []


def card(desk: RealDesk, number: int = 1) -> Message:
    """The card of a ticket, as the group sees it."""
    return next(m for m in desk.group["Lan"].inbox if m.text[2:].startswith(f"#{number} ·") and not m.deleted)


async def walk(desk: RealDesk, person: Person, *labels: str) -> str:
    """Press one button after another on the card; returns what the last one answered."""
    said = ""
    for label in labels:
        shown = next(one for one in card(desk).labels if one.startswith(label))
        press = await person.presses(card(desk), shown)
        await desk.hears()
        said = press.text
    return said


# ---------------------------------------------------------------- buttons in the group


async def test_ready_reply_is_read_in_the_pressers_language_and_sent_in_the_delegates(desk: RealDesk) -> None:
    await desk.clerk("Lan", language="vi")
    await desk.opens()
    lan = desk.group["Lan"]

    preview = await walk(desk, lan, "Ready replies", "Found it")
    told = await walk(desk, lan, "Send to the delegate")

    assert preview == "AR ← Thẻ của quý vị ở bàn lễ tân."
    assert told == "Đã gửi cho đại biểu bằng ngôn ngữ của họ."
    assert any("بطاقتك في المكتب." in text for text in desk.delegates.read)
    assert (await desk.ticket()).owner_name == "Lan"
    shown = lan.inbox[-1].text
    assert "بطاقتك في المكتب." in shown
    assert "Your badge is at the desk." in shown
    assert "Thẻ của quý vị ở bàn lễ tân." in shown


async def test_blank_of_a_ready_reply_is_filled_by_pressing(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    await desk.opens()

    before = await walk(desk, desk.group["Lan"], "Ready replies", "Somebody is coming")
    preview = await walk(desk, desk.group["Lan"], "15 min")
    await walk(desk, desk.group["Lan"], "Send to the delegate")

    assert before == "AR ← We come in … minutes."
    assert preview == "AR ← We come in 15 minutes."
    assert "نصل بعد 15 دقيقة." in desk.delegates.read[-1]


async def test_press_that_comes_before_the_delivery_was_noted_counts(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    ticket = await desk.opens()
    await desk.group["Lan"].deletes_topic(desk.group.topics[0])
    desk.tg.tolerate("thread not found")
    desk.tg.tolerate("TOPIC_ID_INVALID")
    desk.tg.tolerate("message to edit not found")
    desk.reception._posting._stands.clear()  # the next process knows nothing of what stands where
    await desk.reception.deliver(
        ticket_row(desk.reception.address, ShowTicket(ticket.id))
    )  # and a kill before it is noted

    fresh = [m for m in desk.group["Lan"].inbox if m.labels][-1]
    await desk.group["Lan"].presses(fresh, next(one for one in fresh.labels if one.startswith("More")))
    await desk.hears()

    assert any(one.startswith("Note") for one in fresh.labels)


async def test_question_makes_the_request_wait_for_the_delegate(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    await desk.opens()

    await walk(desk, desk.group["Lan"], "More", "Ask and wait", "Where are you?", "Send to the delegate")

    assert (await desk.ticket()).state is TicketState.WAITING
    assert "أين أنت الآن؟" in desk.delegates.read[-1]


async def test_put_aside_promised_and_handed_over_by_buttons(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    await desk.clerk("Minh", team="medical")
    await desk.opens()
    lan = desk.group["Lan"]

    assert await walk(desk, lan, "More", "Put aside", "Until the morning") == "Request #1 is put aside until 07:00."
    assert (await desk.ticket()).snoozed_until == NOW.replace(day=22, hour=7, minute=0)
    assert "Put aside until 07:00" in card(desk).text
    await walk(desk, lan, "Take up again")
    assert (await desk.ticket()).state is TicketState.CLAIMED
    told = await walk(desk, lan, "More", "Promise a time", "1 hour")
    assert told == "Promised for 08:40 in request #1; the delegate is told."
    assert (await desk.ticket()).promised_at == NOW + timedelta(hours=1)
    assert await walk(desk, lan, "More", "Hand over", "Minh") == "Request #1 is with Minh now."
    assert (await desk.ticket()).owner_name == "Minh"
    minh = desk.group["Minh"]
    await walk(desk, minh, "More", "Back to the bot")
    assert (await desk.ticket()).with_bot
    await walk(desk, minh, "More", "Give back to the queue")
    assert (await desk.ticket()).owner is None
    await walk(desk, minh, "More", "Hand over", "Medical")
    assert (await desk.ticket()).team == "medical"


async def test_urgency_is_raised_and_lowered_by_buttons_and_commands(desk: RealDesk) -> None:
    desk.tg.tolerate("not modified")  # several deeds at once end in one card
    await desk.clerk("Lan")
    await desk.opens()
    lan = desk.group["Lan"]
    levels = []

    assert await walk(desk, lan, "More", "It is urgent") == "Request #1 is urgent now."
    levels.append((await desk.ticket()).priority)
    await walk(desk, lan, "More", "It is an emergency")
    levels.append((await desk.ticket()).priority)
    await walk(desk, lan, "Claim")
    await walk(desk, lan, "More", "Less urgent")
    levels.append((await desk.ticket()).priority)
    for text in ("/calm 1", "/urgent 1", "/emergency 1"):
        await lan.says(text)
        await desk.hears()
        levels.append((await desk.ticket()).priority)

    high, urgent, normal = Priority.HIGH, Priority.EMERGENCY, Priority.NORMAL
    assert levels == [high, urgent, high, normal, high, urgent]


async def test_what_a_colleague_is_on_is_closed_by_others_only_when_they_mean_it(desk: RealDesk) -> None:
    desk.tg.tolerate("not modified")
    await desk.clerk("Lan")
    await desk.clerk("Minh")
    await desk.opens()
    lan, minh = desk.group["Lan"], desk.group["Minh"]
    await walk(desk, lan, "Claim")

    assert "Lan is on request #1; do it all the same?" in await walk(desk, minh, "Resolve")
    assert (await desk.ticket()).open
    assert await walk(desk, minh, "Resolve") == "Request #1 is resolved."
    await minh.says("/reopen 1")
    await lan.says("/claim 1")
    await minh.says("/resolve 1")
    await desk.hears()
    assert (await desk.ticket()).open
    question = next(m for m in minh.inbox if any(label.startswith("Do it all the same") for label in m.labels))
    await minh.presses(question, next(label for label in question.labels if label.startswith("Do it all the same")))
    await desk.hears()

    assert not (await desk.ticket()).open


async def test_what_the_delegate_wrote_meanwhile_is_read_before_a_request_is_closed(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    ticket = await desk.opens()
    old = next(one for one in card(desk).labels if one.startswith("Resolve"))
    await desk.writes(ticket, "انتظر، وجدت شيئا")

    first = await desk.group["Lan"].presses(card(desk), old)
    await desk.hears()
    still_open = (await desk.ticket()).open
    second = await desk.group["Lan"].presses(card(desk), old)
    await desk.hears()

    assert first.text == "Somebody wrote or changed something meanwhile. Please read it, then press again."
    assert (first.alert, still_open) == (True, True)
    assert second.text == "Request #1 is resolved."
    assert not (await desk.ticket()).open


async def test_claiming_does_not_hide_what_the_delegate_wrote_just_before(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    ticket = await desk.opens()
    shown, lan = card(desk), desk.group["Lan"]
    old = next(one for one in shown.labels if one.startswith("Resolve"))
    resolve = next(button.data for row in shown.buttons for button in row if button.text == old)
    await desk.writes(ticket, "انتظر، وجدت شيئا")
    await lan.says("/claim", topic=desk.group.topics[0])
    await desk.hears()

    stopped = desk.tg.world.press(shown, lan.account, resolve)
    await desk.hears()

    assert stopped.text == "Somebody wrote or changed something meanwhile. Please read it, then press again."
    assert (await desk.ticket()).open


async def test_who_answered_below_what_was_said_is_not_stopped(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    ticket = await desk.opens()
    await walk(desk, desk.group["Lan"], "Claim")
    await desk.writes(ticket, "انتظر، وجدت شيئا")
    await desk.group["Lan"].says("بطاقتك معنا", topic=desk.group.topics[0])
    await desk.hears()

    told = await walk(desk, desk.group["Lan"], "Resolve")

    assert told == "Request #1 is resolved."


async def test_second_claim_says_who_was_first_in_the_language_of_whoever_pressed(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    await desk.clerk("Minh", language="vi")
    await desk.opens()
    shown = card(desk)
    claim = shown.labels[0]

    first = await desk.group["Lan"].presses(shown, claim)
    second = await desk.group["Minh"].presses(shown, claim)
    await desk.hears()

    assert first.text == "You are helping with request #1."
    assert second.alert
    assert "Lan" in second.text
    assert second.text != "Lan is already helping with request #1."  # in Vietnamese
    assert (await desk.ticket()).owner_name == "Lan"


async def test_button_of_one_card_does_nothing_to_another_request(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    await desk.opens()
    second = await desk.opens("another")

    press = desk.tg.world.press(card(desk, 1), desk.group["Lan"].account, f"t:{second.id}:1:resolve")
    await desk.hears()

    assert press.alert
    assert (await desk.ticket(second.id)).open


def test_longest_button_fits_what_telegram_carries() -> None:
    press = f"t:{10**9 - 1}:{10**9 - 1}:send:{'x' * keys.LONGEST_ID}:1830"

    assert len(press.encode()) <= 64
    assert keys.read_press(press) == keys.Press(10**9 - 1, 10**9 - 1, "send", "x" * keys.LONGEST_ID, "1830")


def test_replies_whose_blanks_need_typing_are_left_to_the_console() -> None:
    assert [one.id for one in CANNED if keys.usable(one)] == ["found", "coming", "where"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("15", NOW + timedelta(minutes=15)),
        ("15m", NOW + timedelta(minutes=15)),
        ("1h", NOW + timedelta(hours=1)),
        ("2 giờ", NOW + timedelta(hours=2)),
        ("18:00", NOW.replace(hour=18, minute=0)),
        ("6:30", NOW.replace(day=22, hour=6, minute=30)),
        ("morning", NOW.replace(day=22, hour=7, minute=0)),
        ("sáng", NOW.replace(day=22, hour=7, minute=0)),
        ("0", None),
        ("73h", None),
        ("25:00", None),
        ("later", None),
        ("", None),
    ],
)
def test_times_that_staff_write(said: str, expected: datetime | None) -> None:
    assert keys.until(said, NOW) == expected


async def test_page_that_the_group_has_no_message_left_for_is_told(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    await desk.opens()
    desk.tg.fail("editMessageReplyMarkup", status=429, retry_after=30, times=2)

    press = await desk.group["Lan"].presses(card(desk), next(x for x in card(desk).labels if x.startswith("More")))
    send = desk.tg.world.press(card(desk), desk.group["Lan"].account, "t:1:1:send:found")
    await desk.hears()

    assert press.text.startswith("The group is busy at the moment.")
    assert send.text == "Sent to the delegate in their language."


# ---------------------------------------------------------------- words in the group


async def test_text_that_the_delegate_does_not_read_is_asked_about(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    await desk.clerk("Minh")
    await desk.opens()
    lan, topic = desk.group["Lan"], desk.group.topics[0]

    await lan.says("Please come to the desk now", topic=topic)
    await desk.hears()
    asked = lan.inbox[-1]
    other = await desk.group["Minh"].presses(asked, asked.labels[0])
    await desk.hears()
    unsent = list(desk.delegates.read)
    yes = await lan.presses(asked, asked.labels[0])
    again = desk.tg.world.press(asked, lan.account, yes.data)
    await desk.hears()

    assert "This delegate reads" in asked.text
    assert other.alert
    assert unsent == []
    assert yes.text == "Sent to the delegate as it is."
    assert again.text == "This button is no longer in use."
    assert [text.count("Please come to the desk now") for text in desk.delegates.read] == [1]


async def test_text_is_sent_when_its_writer_cannot_be_asked(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    await desk.opens()
    desk.tg.fail("sendMessage", status=429, retry_after=20)

    await desk.group["Lan"].says("Please come to the desk now", topic=desk.group.topics[0])
    await desk.hears()

    assert [text.count("Please come to the desk now") for text in desk.delegates.read] == [1]


async def test_cancelled_text_is_never_sent(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    await desk.opens()
    lan = desk.group["Lan"]
    await lan.says("Please come to the desk now", topic=desk.group.topics[0])
    await desk.hears()
    asked = lan.inbox[-1]
    drop, send = asked.buttons[0][1].data, asked.buttons[0][0].data

    for data in (drop, send):
        desk.tg.world.press(asked, lan.account, data)
        await desk.hears()

    assert desk.delegates.read == []


async def test_reply_gets_a_sign_when_it_arrived_and_another_when_it_never_will(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    await desk.opens()
    lan, topic = desk.group["Lan"], desk.group.topics[0]
    arrived = await lan.says("بطاقتك معنا", topic=topic)
    await desk.hears()
    await desk.reception.marks.look()

    class Gone:
        async def deliver(self, _row: object) -> None:
            raise Undeliverable("blocked")

    desk.doors["webchat"] = Gone()
    lost = await lan.says("تفضل إلينا", topic=topic)
    await desk.hears()
    left = await desk.reception.marks.look()

    assert arrived.reactions == ["👌"]
    assert lost.reactions == ["👎"]
    assert left == 0


async def test_commands_with_a_number_work_everywhere_in_the_group(desk: RealDesk) -> None:
    desk.tg.tolerate("not modified")  # several deeds at once end in one card
    await desk.clerk("Lan")
    await desk.clerk("Minh")
    await desk.opens()
    lan = desk.group["Lan"]

    for text in ("/claim 1", "/snooze #1 1h", "/assign #1 minh", "/note #1 is at the bar", "/resolve #99"):
        await lan.says(text)
    await desk.hears()

    ticket = await desk.ticket()
    assert ticket.owner_name == "Minh"
    assert [e.author for e in await desk.store.timeline(ticket.id)] == ["note"]
    assert lan.inbox[-1].text.startswith("There is no request #99.")


async def test_on_away_who_and_help(desk: RealDesk) -> None:
    await desk.clerk("Lan", language="vi")
    lan = desk.group["Lan"]

    for text in ("/on", "/away", "/who", "/help"):
        await lan.says(text)
    await desk.hears()

    assert desk.said == [("Lan", "on"), ("Lan", "away")]
    said = [message.text for message in lan.inbox]
    assert said[0].startswith("Lan, you are on duty now. / Lan, bạn đang trực.")
    assert "• Lan: Reception / Lễ tân" in said[2]
    assert "/claim" in said[3]


async def test_commands_are_offered_in_the_group_alone(desk: RealDesk) -> None:
    await desk.reception.introduce()
    await desk.reception.introduce()

    scopes = {call.fields["scope"]["type"] for call in desk.tg.calls_of("setMyCommands")}
    assert scopes == {"chat"}
    assert len(desk.tg.calls_of("setMyCommands")) == 3  # for everybody, English and Vietnamese; once
    names = [one["command"] for one in desk.tg.calls_of("setMyCommands")[0].fields["commands"]]
    assert names == [name for name, _ in COMMANDS]


async def test_files_of_one_album_are_spoken_of_once(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    await desk.opens()
    lan, topic = desk.group["Lan"], desk.group.topics[0]

    for _ in range(3):
        lan._write(content_of(desk.tg.world, "photo", "", {}), topic, None, {"media_group_id": "77"})
    await desk.hears()

    hints = [message.text for message in lan.inbox if message.text.startswith("Files are not passed on")]
    assert len(hints) == 1


# ---------------------------------------------------------------- chats of their own


async def test_case_for_few_people_goes_in_full_to_those_responsible_alone(desk: RealDesk) -> None:
    nurse = await desk.clerk("Nurse", Role.MEDICAL, team="medical", language="vi")
    lan = await desk.clerk("Lan")
    ticket = await desk.opens("My chest hurts in 604", team="medical", topic="medical.unwell")

    [own] = nurse.inbox
    assert "My chest hurts in 604" in own.text
    assert own.text.startswith("🔵 #1 · ")
    assert "spoiler" in [e["type"] for e in own.entities]
    assert lan.inbox == []
    assert "604" not in card(desk).text
    await nurse.replies(own, "سنأتي إليك حالا")
    await desk.hears()
    assert any("سنأتي إليك حالا" in text for text in desk.delegates.read)
    assert (await desk.ticket(ticket.id)).owner_name == "Nurse"
    assert not any("سنأتي" in m.text or "604" in m.text for m in desk.group["Lan"].inbox)
    await desk.writes(ticket, "الغرفة ٦٠٤")
    assert "الغرفة ٦٠٤" in nurse.inbox[-1].text
    assert desk.group["Lan"].inbox[-1].text.startswith("The delegate wrote more in this case.")


async def test_whoever_is_not_responsible_gets_nothing_by_any_button(desk: RealDesk) -> None:
    await desk.clerk("Nurse", Role.MEDICAL, team="medical")
    alone = await desk.clerk("Lan")
    ticket = await desk.opens("My chest hurts", team="medical", topic="medical.unwell")
    shown = card(desk)

    acts = [
        "bring",
        "claim",
        "more",
        "replies",
        "resolve",
        "pick:found",
        "send:found",
        "snooze-for:15",
        "to-team:reception",
    ]
    for act in acts:
        press = desk.tg.world.press(shown, desk.group["Lan"].account, f"t:1:{ticket.version}:{act}")
        await desk.hears()
        assert press.alert, act

    after = await desk.ticket()
    assert (after.state, after.owner) == (TicketState.NEW, None)
    assert alone.inbox == []
    assert desk.delegates.read == []


async def test_case_is_brought_to_the_chat_of_whoever_may_read_it(desk: RealDesk) -> None:
    await desk.clerk("Nurse", Role.MEDICAL, team="medical")
    officer = await desk.clerk("Minh", Role.DUTY_OFFICER)
    await desk.opens("My chest hurts", team="medical", topic="medical.unwell")
    before = len(officer.inbox)

    press = await desk.group["Minh"].presses(card(desk), next(x for x in card(desk).labels if x.startswith("Bring")))
    await desk.hears()

    assert press.text == "It stands in your own chat with me now."
    assert before == 1  # it had come there already, and stands there once
    assert [m.text[:4] for m in officer.inbox] == ["🔵 #1"]
    assert "My chest hurts" in officer.inbox[0].text


async def test_requests_come_to_those_on_duty_who_asked_and_emergencies_to_all(desk: RealDesk) -> None:
    lan, minh = await desk.clerk("Lan"), await desk.clerk("Minh")
    await lan.says("/start")
    await desk.hears()

    await desk.opens("I lost my badge")
    quiet = [m.text for m in minh.inbox]
    await desk.opens("Fire!", priority=Priority.EMERGENCY, emergency="fire", topic=None, team="reception")

    assert quiet == []
    assert [m.text[:4] for m in lan.inbox[1:]] == ["🔵 #1", "🔴 #2"]
    assert [m.text[:4] for m in minh.inbox] == ["🔴 #2"]
    await lan.says("/stop")
    await desk.hears()
    await desk.opens("I lost my keys")
    assert not any("#3" in m.text for m in lan.inbox)


async def test_buttons_work_in_a_chat_of_ones_own_and_every_view_follows(desk: RealDesk) -> None:
    lan = await desk.clerk("Lan", language="vi")
    await lan.says("/start")
    await desk.hears()
    await desk.opens()
    own = lan.inbox[-1]

    press = await lan.presses(own, "Nhận xử lý")
    await desk.hears()

    assert press.text == "Bạn đang hỗ trợ yêu cầu số 1."
    assert "Lan is helping" in card(desk).text
    assert "Lan đang" in own.text
    await lan.presses(own, next(one for one in own.labels if one.startswith("Thêm")))
    await desk.hears()
    assert "Ghi chú" in own.labels
    await desk.reception.fan.bring(await desk.ticket(), await desk.staff.named("Lan"), "again")
    await desk.runs()
    assert "Ghi chú" not in own.labels  # the card as it is, whatever page was open


async def test_call_of_the_ladder_is_a_new_message_and_the_first_one_is_the_card(desk: RealDesk) -> None:
    lan = await desk.clerk("Lan")
    ticket = await desk.opens("Fire!", priority=Priority.EMERGENCY, emergency="fire", topic=None)
    [address] = await desk.reception.paging(ticket, "duty")

    for why in ("alarm:0", "alarm:1"):
        async with desk.store.transaction(ticket.delegate) as tx:
            turn = desk.turn(tx, why)
            await turn.ring(await desk.ticket(), why, address, lanes=False)
        await desk.runs()

    assert address.channel == PERSONAL
    assert [m.text.partition(":")[0].partition("\n")[0] for m in lan.inbox] == [
        "🔴 #1 · EMERGENCY",
        "🔴 EMERGENCY #1",
    ]
    assert lan.inbox[-1].labels == ["Claim"]


async def test_removed_person_gets_and_does_nothing_any_more(desk: RealDesk) -> None:
    lan = await desk.clerk("Lan")
    await lan.says("/start")
    await desk.hears()
    await desk.opens()
    own = lan.inbox[-1]
    await desk.staff.remove("Lan")

    press = await lan.presses(own, "Claim")
    await lan.replies(own, "سنأتي إليك حالا")
    await desk.hears()
    await desk.opens("another", priority=Priority.EMERGENCY, emergency="fire")

    assert press.text.startswith("You are not on the staff list.")
    assert (await desk.ticket()).owner is None
    assert desk.delegates.read == []
    assert lan.inbox[-1] is own


async def test_strangers_who_press_what_is_for_staff_are_told(desk: RealDesk) -> None:
    await desk.clerk("Lan")
    await desk.opens()
    eve = desk.tg.user("Eve")
    await eve.start()
    shown = await desk.connection.bot.send_message(eve.chat.id, "hello")
    message = eve.chat.messages[shown.message_id]

    press = desk.tg.world.press(message, eve.account, "t:1:1:claim")
    await desk.hears()

    assert press.alert
    assert (await desk.ticket()).owner is None


async def test_erased_request_is_taken_out_of_chats(desk: RealDesk) -> None:
    nurse = await desk.clerk("Nurse", Role.MEDICAL, team="medical")
    ticket = await desk.opens("My chest hurts", team="medical", topic="medical.unwell")
    await desk.writes(ticket, "الغرفة ٦٠٤")
    assert len(nurse.inbox) == 2

    await desk.store.erase(ticket.delegate)
    row = Outbound(OutboundId("u"), desk.lanes[1], Lane.TICKET, Unshow(TicketId(1)), NOW, NOW)
    await desk.reception.fan.deliver(row)
    await desk.runs()

    assert all(message.deleted for message in nurse.inbox)


# ---------------------------------------------------------------- when the group takes nothing


async def test_what_the_group_refuses_reaches_everybody_on_duty_at_once(desk: RealDesk) -> None:
    lan, minh = await desk.clerk("Lan"), await desk.clerk("Minh")
    await desk.group.kicks_bot()

    await desk.opens()

    for person in (lan, minh):
        assert [m.text[:4] for m in person.inbox] == ["🔵 #1"]
    assert (await desk.ticket()).seen_at is not None


async def test_card_that_nobody_got_counts_as_seen_by_nobody(desk: RealDesk) -> None:
    await desk.group.kicks_bot()

    await desk.opens()

    assert (await desk.ticket()).seen_at is None


async def test_taking_away_the_right_to_topics_is_told_and_giving_it_back_too(desk: RealDesk) -> None:
    desk.tg.tolerate("not enough rights")
    await desk.clerk("Lan")
    await desk.group.admits_bot(rights=frozenset({"can_pin_messages"}))
    await desk.hears()
    await desk.opens()
    await desk.group.admits_bot()
    await desk.hears()
    await desk.opens("second")

    assert desk.may_open[0] is False
    assert desk.may_open[-1] is True
    assert [topic.name for topic in desk.group.topics] == ["#2 · Lost badge · AR"]

"""Machine translation in the staff group and in chats of one's own: cards go out at once, the rest is added in its place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.model.people import Role
from bot.model.tickets import Priority
from bot.translation.machine import MachineTranslation
from bot.transports.libretranslate import LibreTranslate
from bot.transports.telegram import TelegramConnection
from storage.documents import DocumentStore
from tests.fakes.libretranslate import FakeLibreTranslate, error, served
from tests.fakes.telegram import FakeTelegram, Message
from tests.unit.telegram.real_desk import RealDesk
from tests.unit.translation.conftest import guess

QUESTION = "فقدت بطاقتي في القاعة"
REPLY = "Your badge waits for you at the desk."
LABEL = "Machine translation: / Bản dịch máy:"
SAYS = {
    (QUESTION, "en"): "I lost my badge in the hall",
    (QUESTION, "vi"): "Tôi bị mất thẻ trong hội trường",
    ("وهي زرقاء", "en"): "And it is blue",
    ("وهي زرقاء", "vi"): "Và nó màu xanh",
    (REPLY, "ar"): "بطاقتك في انتظارك عند المكتب.",
}


@dataclass
class Translated:
    desk: RealDesk
    fake: FakeLibreTranslate
    machine: MachineTranslation

    async def comes(self) -> None:
        """What was wished for is translated, and shown."""
        for _ in range(len(self.machine.wishes)):
            await self.machine.fulfil(await self.machine.wishes.take())
        await self.desk.runs()

    @property
    def inbox(self) -> list[Message]:
        return [message for message in self.desk.group["Lan"].inbox if not message.deleted]

    def card(self) -> Message:
        return next(message for message in self.inbox if message.text[2:].startswith("#1 ·"))

    async def asks(self, text: str = REPLY) -> Message:
        """Lan answers in the topic, and is asked; returns the question."""
        await self.desk.group["Lan"].says(text, topic=self.desk.group.topics[0])
        await self.desk.hears()
        return self.inbox[-1]

    async def presses(self, asked: Message, label: str) -> str:
        press = await self.desk.group["Lan"].presses(asked, next(one for one in asked.labels if one.startswith(label)))
        await self.desk.hears()
        await self.desk.reception.replies.work_off()
        await self.desk.runs()
        return press.text


@pytest.fixture
async def house(tg: FakeTelegram, connection: TelegramConnection, store: DocumentStore) -> AsyncIterator[Translated]:
    async with served(FakeLibreTranslate(says=SAYS)) as fake:
        async with LibreTranslate(fake.url) as service:
            machine = MachineTranslation(service, store, guess)
            yield Translated(RealDesk(tg, connection, store, machine), fake, machine)
        assert fake.violations == []
    assert tg.violations == []


# ---------------------------------------------------------------- what delegates wrote


async def test_the_card_goes_out_at_once_and_is_edited_when_the_translation_comes(house: Translated) -> None:
    house.fake.gate.clear()
    await house.desk.clerk("Lan")
    await house.desk.opens(QUESTION)
    before, count = house.card().text, len(house.inbox)
    house.fake.gate.set()
    await house.comes()

    assert QUESTION in before
    assert LABEL not in before
    card = house.card()
    assert len(house.inbox) == count
    lines = card.text.split("\n")
    at = lines.index(QUESTION)
    assert lines[at + 1 : at + 4] == [LABEL, SAYS[QUESTION, "en"], SAYS[QUESTION, "vi"]]
    assert house.fake.texts == [QUESTION] * 2


async def test_a_further_line_is_edited_in_its_place(house: Translated) -> None:
    await house.desk.clerk("Lan")
    ticket = await house.desk.opens(QUESTION)
    await house.desk.writes(ticket, "وهي زرقاء")
    before, count = house.inbox[-1], len(house.inbox)
    assert LABEL not in before.text
    await house.comes()

    assert len(house.inbox) == count
    assert house.inbox[-1].id == before.id
    assert house.inbox[-1].text.split("\n")[-4:] == ["وهي زرقاء", LABEL, "And it is blue", "Và nó màu xanh"]


async def test_in_a_chat_of_ones_own_it_is_in_that_persons_language(house: Translated) -> None:
    minh = await house.desk.clerk("Minh", language="vi")
    await minh.says("/start")
    await house.desk.hears()
    ticket = await house.desk.opens(QUESTION)
    await house.desk.writes(ticket, "وهي زرقاء")
    await house.comes()

    shown = [message.text for message in minh.inbox]
    own = next(text for text in shown if "#1 ·" in text)
    assert "Bản dịch máy:\nTôi bị mất thẻ trong hội trường" in own
    assert "I lost my badge" not in own
    assert shown[-1].endswith("وهي زرقاء\nBản dịch máy:\nVà nó màu xanh")


async def test_a_line_that_was_deleted_stays_deleted(house: Translated) -> None:
    await house.desk.clerk("Lan")
    ticket = await house.desk.opens(QUESTION)
    await house.comes()
    await house.desk.writes(ticket, "وهي زرقاء")
    await house.desk.group["Lan"].deletes(house.inbox[-1])
    house.desk.tg.tolerate("message to edit not found")
    count = len(house.inbox)
    await house.comes()

    assert len(house.inbox) == count
    assert house.desk.failed == []


async def test_medical_words_are_sent_to_nobody(house: Translated) -> None:
    await house.desk.clerk("Lan")
    nurse = await house.desk.clerk("Nurse", Role.MEDICAL, team="medical")
    ticket = await house.desk.opens("قلبي يؤلمني", team="medical", topic="medical.unwell")
    await house.desk.writes(ticket, "وهي زرقاء")
    await house.comes()

    assert house.fake.asked == []
    assert any("قلبي يؤلمني" in message.text for message in nurse.inbox)


async def test_an_emergency_is_shown_before_anything_is_asked(house: Translated) -> None:
    """Also while the service hangs: nothing of the card waits for it."""
    house.fake.gate.clear()
    lan = await house.desk.clerk("Lan")
    await house.desk.opens("حريق في الطابق الثاني", priority=Priority.EMERGENCY, emergency="fire", topic=None)

    assert house.card().text.startswith("🔴 #1")
    assert [message.text[:4] for message in lan.inbox] == ["🔴 #1"]
    assert house.fake.asked == []


# ---------------------------------------------------------------- what staff answer


async def test_a_reply_goes_out_with_a_machine_translation_and_its_original(house: Translated) -> None:
    await house.desk.clerk("Lan")
    await house.desk.opens(QUESTION)
    asked = await house.asks()
    assert asked.labels == [
        "Send with machine translation / Gửi kèm bản dịch máy",
        "Send as it is / Gửi nguyên văn",
        "Cancel / Hủy",
    ]
    told = await house.presses(asked, "Send with machine")

    assert told == "The translation is being made. What became of it stands here in a moment."
    [read] = house.desk.delegates.read
    head, label, translated, original, text = read.split("\n")
    assert "1" in head
    assert label == "ترجمة آلية من برنامج الرد في AP-11، وقد تتضمن أخطاء:"
    assert translated == SAYS[REPLY, "ar"]
    assert original == "النص الأصلي، وهو مكتوب باللغة English:"
    assert text == REPLY
    closed = next(message for message in house.inbox if message.id == asked.id)
    assert closed.text == "Sent to the delegate with a machine translation, marked as such."
    assert closed.labels == []
    assert (await house.desk.ticket()).owner_name == "Lan"


async def test_when_the_service_fails_the_choice_says_so_and_the_text_is_kept(house: Translated) -> None:
    await house.desk.clerk("Lan")
    await house.desk.opens(QUESTION)
    asked = await house.asks()
    house.fake.trouble = error(500, "broken")
    await house.presses(asked, "Send with machine")

    again = next(message for message in house.inbox if message.id == asked.id)
    assert again.text.startswith("There is no machine translation of this just now. Nothing was sent")
    assert len(again.labels) == 3
    assert house.desk.delegates.read == []

    house.fake.trouble = None
    await house.presses(again, "Send with machine")
    assert SAYS[REPLY, "ar"] in house.desk.delegates.read[0]


async def test_after_a_failure_it_can_be_sent_as_it_is_once(house: Translated) -> None:
    await house.desk.clerk("Lan")
    await house.desk.opens(QUESTION)
    asked = await house.asks()
    house.fake.trouble = error(500, "broken")
    await house.presses(asked, "Send with machine")
    data = next(button.data for row in asked.buttons for button in row if button.data.endswith(":machine"))
    await house.presses(next(message for message in house.inbox if message.id == asked.id), "Send as it is")
    house.fake.trouble = None
    late = house.desk.tg.world.press(asked, house.desk.group["Lan"].account, data)
    await house.desk.hears()
    await house.desk.reception.replies.work_off()
    await house.desk.runs()

    assert [read.split("\n")[1:] for read in house.desk.delegates.read] == [[REPLY]]
    assert late.alert


async def test_somebody_elses_text_is_not_sent(house: Translated) -> None:
    await house.desk.clerk("Lan")
    await house.desk.clerk("Minh")
    await house.desk.opens(QUESTION)
    asked = await house.asks()
    press = await house.desk.group["Minh"].presses(asked, asked.labels[0])
    await house.desk.hears()
    await house.desk.reception.replies.work_off()

    assert press.alert
    assert house.desk.delegates.read == []
    assert house.fake.texts.count(REPLY) == 0


@pytest.mark.parametrize(
    "kind",
    [
        {"priority": Priority.EMERGENCY, "emergency": "fire", "topic": None},
        {"team": "medical", "topic": "medical.unwell"},
    ],
)
async def test_no_machine_speaks_in_an_emergency_or_about_health(house: Translated, kind: dict[str, object]) -> None:
    await house.desk.clerk("Lan", Role.MEDICAL)
    await house.desk.opens(QUESTION, **kind)
    asked = await house.asks()

    assert asked.labels == ["Send anyway / Vẫn gửi", "Cancel / Hủy"]
    forged = asked.buttons[0][0].data.removesuffix("send") + "machine"
    house.desk.tg.world.press(asked, house.desk.group["Lan"].account, forged)
    await house.desk.hears()
    await house.desk.reception.replies.work_off()
    await house.desk.runs()
    assert house.desk.delegates.read == []
    assert REPLY not in house.fake.texts

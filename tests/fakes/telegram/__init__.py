"""A strict fake of Telegram's Bot API: a real HTTP server with people, groups and faults.

Point the bot at ``tg.url`` and ``tg.token``, in this process or another one, then play::

    async with FakeTelegram() as tg:
        amina, desk = tg.user("Amina", language_code="ar"), tg.forum("Reception", staff=["Lan"])
        await amina.start()
        await amina.presses((await amina.reads(contains="أهلاً")), "التأشيرة")
        card = await desk["Lan"].reads(topic=await desk.topic(contains="Amina"))
        await desk["Lan"].replies(card, "Desk 2")
        await amina.reads(contains="Desk 2")
        await tg.settled()
        assert tg.violations == []

It is stricter than Telegram where that finds mistakes: unknown fields, entities and buttons that
Telegram would drop in silence are refused, and every refusal that the bot could have foreseen is
in ``tg.violations``.
"""

from .contents import PNG
from .fake import FakeTelegram
from .faults import ALWAYS, Fault
from .flood import Limits
from .groups import Group
from .ledger import Call, Violation
from .model import ALL_RIGHTS, Button, Chat, Message, Topic
from .people import Person
from .press import Press

__all__ = [
    "ALL_RIGHTS", "ALWAYS", "PNG", "Button", "Call", "Chat", "FakeTelegram", "Fault", "Group",
    "Limits", "Message", "Person", "Press", "Topic", "Violation",
]  # fmt: skip

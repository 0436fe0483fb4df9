"""The people of the demonstration: a few delegates who have written already, and a few who write while one watches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from bot.channels.webchat.sessions import CHANNEL, ChatSession, ChatSessions
from bot.model.language import Language
from bot.model.messages import Inbound, InboundId, Sender
from bot.model.people import Address
from bot.ports import Accept, Store
from bot.transports.web_cookies import new_token

_PEOPLE: Final[tuple[tuple[float, str, Language, str], ...]] = (
    # seconds after the start, name, language, message; all invented
    (0, "Delegate, Fiji", "en", "What time is the opening and where?"),
    (0, "Delegate, Jordan", "ar", "اسمي غير موجود في قائمة البطاقات عند التسجيل"),
    (0, "Khách mời, Huế", "vi", "Đoàn tôi muốn xin một phòng họp song phương chiều nay"),
    (0, "Delegate, Nepal", "en", "The air conditioning in my room does not work, nobody came"),
    (25, "Delegate, Lebanon", "ar", "أين غرفة الصلاة؟"),
    (45, "Delegate, Samoa", "en", "My flight home was moved to Friday morning, can the car be changed?"),
    (80, "Khách mời, Hà Nội", "vi", "Tối mai xe ra Hồ Văn chạy lúc mấy giờ?"),
)


async def people_write(store: Store, accept: Accept, now: Callable[[], datetime]) -> None:
    """Send the messages, each at its time; ends after the last. Their chats are open, so answers reach them."""
    sessions = ChatSessions(store, None)
    begun = asyncio.get_running_loop().time()
    for number, (after, name, language, text) in enumerate(_PEOPLE, 1):
        await asyncio.sleep(max(0.0, begun + after - asyncio.get_running_loop().time()))
        sender = Sender(Address(CHANNEL, f"demo-{number}"), name, language)
        if not await sessions.lives(sender.address.key):
            await sessions.keep(ChatSession(sender.address.key, new_token()), now())
        await accept(Inbound(InboundId(f"demo:{number}"), sender, now(), text=text))

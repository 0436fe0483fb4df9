"""Reading what the bot wrote: each person reads each message once."""

import re
from collections.abc import Callable

from .bell import PATIENCE
from .model import Chat, Message, Topic
from .world import World

TopicLike = Topic | int | None


class Reader:
    """One pair of eyes in one chat."""

    def __init__(self, world: World, chat: Chat) -> None:
        self.world = world
        self.chat = chat
        self._seen: set[Message] = set()

    @property
    def inbox(self) -> list[Message]:
        """All messages of the bot in this chat, oldest first, deleted ones too."""
        bot = self.world.bot
        return [m for m in self.chat.messages.values() if m.sender is bot and not m.service]

    @property
    def unread(self) -> list[Message]:
        return [message for message in self.inbox if message not in self._seen and not message.deleted]

    @property
    def last(self) -> Message:
        """The newest message of the bot that is still there."""
        return [message for message in self.inbox if not message.deleted][-1]

    def ignores_unread(self) -> None:
        """What came so far counts as read."""
        self._seen.update(self.inbox)

    async def reads(
        self, text: str | None = None, *, contains: str = "", matches: str = "",
        where: Callable[[Message], bool] | None = None, topic: TopicLike = None, timeout: float = PATIENCE,  # noqa: ASYNC109
    ) -> Message:  # fmt: skip
        """The oldest unread message of the bot that fits; waits for it.

        Args:
            text: The whole text.
            contains: A part of it.
            matches: A regular expression found in it.
            where: Any other question.
            topic: Only in this topic.
            timeout: Seconds of patience.

        Raises:
            AssertionError: It did not come; says what did.
        """
        thread = topic.id if isinstance(topic, Topic) else topic

        def fits(message: Message) -> bool:
            return (
                (text is None or message.text == text)
                and contains in message.text
                and re.search(matches, message.text) is not None
                and (thread is None or message.thread_id == thread)
                and (where is None or where(message))
            )

        def look() -> Message | None:
            return next((message for message in self.unread if fits(message)), None)

        found = await self.chat.bell.until(look, timeout)
        if found is None:
            wanted = {
                k: v
                for k, v in (
                    ("text", text),
                    ("contains", contains),
                    ("matches", matches),
                    ("topic", thread),
                )
                if v
            }
            raise AssertionError(f"nothing to read for {wanted} in {timeout} s; unread: {self.unread}")
        self._seen.add(found)
        return found

    async def reads_nothing(self, within: float = 0.2) -> None:
        """Waits and makes sure that no new message comes.

        Raises:
            AssertionError: One came.
        """
        if found := await self.chat.bell.until(lambda: self.unread or None, within):
            raise AssertionError(f"unexpected: {found}")

    async def sees(self, wish: Callable[[Chat], object], timeout: float = PATIENCE) -> None:  # noqa: ASYNC109
        """Waits until something is true of the chat: a reaction, a pin, a deletion.

        Raises:
            AssertionError: It did not become true.
        """
        if await self.chat.bell.until(lambda: wish(self.chat) or None, timeout) is None:
            raise AssertionError(f"not seen in {timeout} s; messages: {list(self.chat.messages.values())}")

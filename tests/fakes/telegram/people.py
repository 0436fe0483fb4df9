"""People with phones: they press Start, write, send, press buttons and read."""

import itertools
from typing import Any

from .contents import content_of
from .ledger import Json
from .model import Account, Button, Chat, Message, Topic
from .press import Press
from .reading import Reader, TopicLike
from .text import detected
from .world import World

_albums = itertools.count(1)


class Person(Reader):
    """Somebody in one chat: a delegate alone with the bot, or a clerk in the staff group."""

    def __init__(self, world: World, account: Account, chat: Chat) -> None:
        super().__init__(world, chat)
        self.account = account

    @property
    def id(self) -> int:
        return self.account.id

    @property
    def name(self) -> str:
        return self.account.first_name

    def in_private(self) -> "Person":
        """The same person, alone with the bot."""
        return Person(self.world, self.account, self.world.private_chat(self.account))

    # writing

    async def start(self, payload: str = "") -> Message:
        """Presses Start, perhaps from a link with a payload; unblocks the bot if need be."""
        if self.chat.blocked:
            await self.unblocks()
        self.chat.started = True
        return await self.says(f"/start {payload}".strip())

    async def says(
        self, text: str, *, topic: TopicLike = None, reply_to: Message | None = None, **extra: Any
    ) -> Message:
        """Writes a text. ``extra`` are further fields of the message, such as forward_origin."""
        entities = detected(text)
        content: Json = {"text": text} | ({"entities": entities} if entities else {})
        return self._write(content, topic, reply_to, extra)

    async def sends(
        self, kind: str, *, topic: TopicLike = None, reply_to: Message | None = None,
        caption: str = "", **details: Any,
    ) -> Message:  # fmt: skip
        """Sends something that is not a text.

        Args:
            kind: photo, document, voice, video, video_note, audio, animation, sticker, location,
                venue, contact, poll or dice.
            topic: In a forum.
            reply_to: The message it answers.
            caption: Under photos and files.
            details: ``data``, ``name``, ``mime``, ``size`` (may claim more than ``data`` has) for
                files; fields of the object for others.
        """
        return self._write(content_of(self.world, kind, caption, details), topic, reply_to, {})

    async def sends_album(self, *kinds: str, caption: str = "") -> list[Message]:
        """Sends several photos or files at once: as many messages with one media_group_id."""
        album = {"media_group_id": f"{next(_albums):017d}"}
        captions = itertools.chain([caption], itertools.repeat(""))
        return [
            self._write(content_of(self.world, kind, words, {}), None, None, album)
            for kind, words in zip(kinds, captions, strict=False)
        ]

    async def replies(self, message: Message, text: str) -> Message:
        """Answers a message with a text, in its topic."""
        return await self.says(text, topic=message.topic, reply_to=message)

    def _write(self, content: Json, topic: TopicLike, reply_to: Message | None, extra: Json) -> Message:
        if self.chat.private and (not self.chat.started or self.chat.blocked):
            raise RuntimeError(f"{self.name} must press start() first")
        if isinstance(topic, int):
            topic = self.chat.topics[topic]
        return self.world.say(self.chat, self.account, content, topic=topic, reply_to=reply_to, extra=extra)

    # changing

    async def edits(self, message: Message, text: str) -> None:
        self.world.edit(message, {"text": text, "entities": detected(text)}, {})
        self.world.tell(self.chat, "edited_message", message.as_dict())

    async def deletes(self, message: Message) -> None:
        """Bots are not told."""
        self.world.delete(message)

    async def reacts(self, message: Message, *emoji: str) -> None:
        """Only bots that ask for message_reaction hear of it."""
        kinds = [{"type": "emoji", "emoji": one} for one in emoji]
        self.world.tell(
            self.chat, "message_reaction",
            {"chat": self.chat.as_dict(), "message_id": message.id, "user": self.account.as_dict(),
             "date": self.world.now(), "old_reaction": [], "new_reaction": kinds},
        )  # fmt: skip

    # pressing

    async def presses(self, message_or_label: Message | str, label: str = "") -> Press:
        """Presses an inline button: of a message, or the newest one with this label.

        Raises:
            LookupError: There is no such button.
        """
        message, button = self._button(message_or_label, label)
        if not button.data:
            raise LookupError(f"{button.text!r} is not for the bot: {button.raw}")
        return self.world.press(message, self.account, button.data)

    def _button(self, message_or_label: Message | str, label: str) -> tuple[Message, Button]:
        if isinstance(message_or_label, Message):
            if label:
                return message_or_label, message_or_label.button(label)
            [button] = [b for row in message_or_label.buttons for b in row if b.data]
            return message_or_label, button
        for message in reversed(self.inbox):
            if not message.deleted and message.buttons and message_or_label in message.labels:
                return message, message.button(message_or_label)
        raise LookupError(f"no button {message_or_label!r} in the chat")

    @property
    def keys(self) -> list[list[Button]]:
        """The reply keyboard on the screen."""
        for message in reversed(self.inbox):
            if "keyboard" in message.markup or "remove_keyboard" in message.markup:
                return message.keys
        return []

    async def taps(self, label: str) -> Message:
        """Taps a key of the reply keyboard: its text, contact or location is sent."""
        for key in (key for row in self.keys for key in row if key.text == label):
            if key.raw.get("request_contact"):
                return await self.sends("contact", first_name=self.name, user_id=self.id)
            if key.raw.get("request_location"):
                return await self.sends("location")
            return await self.says(label)
        raise LookupError(f"no key {label!r}; there are {self.keys}")

    # coming and going

    async def blocks(self) -> None:
        self.chat.blocked = True
        self._membership("member", "kicked")

    async def unblocks(self) -> None:
        self.chat.blocked = False
        self._membership("kicked", "member")

    async def vanishes(self) -> None:
        """Deletes the account."""
        self.account.deactivated = True

    def _membership(self, old: str, new: str) -> None:
        bot = self.world.bot.as_dict()
        states = [
            {"status": status, "user": bot} | ({"until_date": 0} if status == "kicked" else {}) for status in (old, new)
        ]
        self.world.tell(
            self.chat, "my_chat_member",
            {"chat": self.chat.as_dict(), "from": self.account.as_dict(), "date": self.world.now(),
             "old_chat_member": states[0], "new_chat_member": states[1]},
        )  # fmt: skip

    # topics

    async def opens_topic(self, name: str) -> Topic:
        return self.world.open_topic(self.chat, name, self.account)

    async def closes_topic(self, topic: Topic) -> None:
        topic.closed = True
        self.world.topic_event(self.chat, topic, self.account, {"forum_topic_closed": {}})

    async def reopens_topic(self, topic: Topic) -> None:
        topic.closed = False
        self.world.topic_event(self.chat, topic, self.account, {"forum_topic_reopened": {}})

    async def deletes_topic(self, topic: Topic) -> None:
        """Bots are not told: they find out when they write to it."""
        self.world.delete_topic(self.chat, topic)

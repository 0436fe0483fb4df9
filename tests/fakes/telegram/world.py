"""The state of the fake Telegram, and the updates that each change sends to the bot."""

import itertools
from collections.abc import Callable
from typing import Any

from .ledger import Json, Ledger
from .model import GENERAL, Account, Chat, File, Member, Message, Topic
from .press import Press
from .updates import Hook, Queue

TOPIC_COLORS = (0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F)


class World:
    """Everything one bot can reach.

    Args:
        clock: Seconds since 1970, for dates and limits; replace it to turn time.
        username: Of the bot.
    """

    def __init__(self, clock: Callable[[], float], username: str) -> None:
        self.clock = clock
        self.bot = Account(7_000_000_001, "Desk", is_bot=True, username=username)
        self.queue = Queue(first_id=100_000_001)
        self.hook = Hook()
        self.logged_out = False
        self.ledger = Ledger()
        self.accounts: dict[int, Account] = {self.bot.id: self.bot}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, File] = {}
        self.presses: dict[str, Press] = {}
        self.profile: dict[tuple[str, str, str], Any] = {}
        self.menu_button: Json = {"type": "commands"}
        self._numbers = itertools.count(1)

    def now(self) -> int:
        return int(self.clock())

    # people and chats

    def account(self, name: str, *, last_name: str = "", username: str = "", language_code: str = "") -> Account:
        account = Account(500_000_000 + next(self._numbers), name)
        account.last_name, account.username, account.language_code = last_name, username, language_code
        self.accounts[account.id] = account
        return account

    def private_chat(self, account: Account) -> Chat:
        if account.id not in self.chats:
            self.chats[account.id] = Chat(account.id, "private", person=account)
        return self.chats[account.id]

    def group(self, title: str, *, forum: bool, supergroup: bool, rights: frozenset[str]) -> Chat:
        number = next(self._numbers)
        big = supergroup or forum
        chat = Chat(
            -1_001_000_000_000 - number if big else -4_000_000 - number,
            "supergroup" if big else "group",
            title=title,
            is_forum=forum,
        )
        status = "administrator" if rights else "member"
        chat.members[self.bot.id] = Member(self.bot, status, rights)
        self.chats[chat.id] = chat
        return chat

    def upgrade(self, chat: Chat) -> Chat:
        """A group becomes a supergroup with another id; the old one only says so from now on."""
        rights = chat.members[self.bot.id].rights
        new = self.group(chat.title, forum=chat.is_forum, supergroup=True, rights=rights)
        new.members |= chat.members
        by = next(m.account for m in new.members.values() if not m.account.is_bot)
        self.say(chat, by, {"migrate_to_chat_id": new.id}, service=True)
        self.say(new, by, {"migrate_from_chat_id": chat.id}, service=True)
        chat.migrated_to = new.id
        return new

    def set_bot_status(self, chat: Chat, status: str, by: Account, rights: frozenset[str] = frozenset()) -> None:
        """The bot is blocked, let in again, removed or promoted."""
        old = chat.members.get(self.bot.id, Member(self.bot, "left"))
        new = Member(self.bot, status, rights)
        chat.members[self.bot.id] = new
        self.tell(
            chat, "my_chat_member",
            {"chat": chat.as_dict(), "from": by.as_dict(), "date": self.now(),
             "old_chat_member": old.as_dict(), "new_chat_member": new.as_dict()},
        )  # fmt: skip

    # messages

    def post(self, chat: Chat, sender: Account, content: Json, **details: Any) -> Message:
        """A new message; nobody is told yet."""
        number = max(chat.messages, default=GENERAL if chat.is_forum else 0) + 1
        message = Message(chat, number, sender, self.now(), content, **details)
        chat.messages[number] = message
        chat.bell.ring()
        return message

    def say(self, chat: Chat, sender: Account, content: Json, **details: Any) -> Message:
        """A message of a person: the bot gets an update, if it may see it."""
        message = self.post(chat, sender, content, **details)
        if self._bot_sees(message):
            self.tell(chat, "message", message.as_dict())
        return message

    def _bot_sees(self, message: Message) -> bool:
        """Bots that are no administrators get only commands, replies and service messages."""
        chat = message.chat
        if chat.private:
            return True
        bot = chat.members.get(self.bot.id)
        if bot is None or not bot.present:
            return False
        replied = message.reply_to is not None and message.reply_to.sender is self.bot
        command = any(part["type"] == "bot_command" for part in message.entities)
        return bot.status == "administrator" or message.service or replied or command

    def edit(self, message: Message, content: Json, markup: Json) -> None:
        message.edits.append({**message.content, "reply_markup": message.markup})
        message.content, message.markup = content, markup
        message.edited_at = self.now()
        message.chat.bell.ring()

    def delete(self, message: Message) -> None:
        message.deleted = True
        if message.id in message.chat.pinned:
            message.chat.pinned.remove(message.id)
        message.chat.bell.ring()

    def open_topic(self, chat: Chat, name: str, by: Account, color: int = 0, icon: str = "") -> Topic:
        color = color or TOPIC_COLORS[len(chat.topics) % len(TOPIC_COLORS)]
        created = {"forum_topic_created": {"name": name, "icon_color": color}}
        start = self.post(chat, by, created, service=True)
        topic = Topic(start.id, name, color, icon, by_bot=by.is_bot)
        chat.topics[topic.id] = start.topic = topic
        self.tell(chat, "message", start.as_dict())
        chat.bell.ring()
        return topic

    def topic_event(self, chat: Chat, topic: Topic, by: Account, content: Json) -> None:
        """A service message in a topic: closed, reopened, renamed."""
        self.say(chat, by, content, topic=topic, service=True)

    def delete_topic(self, chat: Chat, topic: Topic) -> None:
        topic.deleted = True
        for message in chat.messages.values():
            if message.topic is topic:
                self.delete(message)

    # updates and files

    def tell(self, chat: Chat, kind: str, content: Json) -> None:
        self.queue.push({kind: content}, chat.id)

    def store(self, data: bytes, *, name: str = "", mime: str = "", size: int = -1) -> File:
        number = next(self._numbers)
        file = File(f"FILE{number:012d}", data, len(data) if size < 0 else size, name, mime)
        suffix = name.rpartition(".")[2] if "." in name else "bin"
        file.path = f"files/file_{number}.{suffix}"
        self.files[file.id] = file
        return file

    def press(self, message: Message, by: Account, data: str) -> Press:
        press = Press(f"{next(self._numbers):018d}", message, data, self.clock())
        self.presses[press.id] = press
        self.tell(
            message.chat, "callback_query",
            {"id": press.id, "from": by.as_dict(), "message": message.as_dict(),
             "chat_instance": str(message.chat.id), "data": data},
        )  # fmt: skip
        return press

"""Who and what exists on the fake Telegram: accounts, chats, topics, messages."""

from dataclasses import dataclass, field
from typing import Literal

from .bell import PATIENCE, Bell
from .ledger import Json

ALL_RIGHTS = frozenset(
    {"can_manage_topics", "can_pin_messages", "can_delete_messages", "can_change_info",
     "can_invite_users", "can_restrict_members", "can_promote_members", "can_manage_chat",
     "can_manage_video_chats", "can_post_stories", "can_edit_stories", "can_delete_stories"}
)  # fmt: skip
GENERAL = 1  # the General topic is addressed without a thread id


@dataclass(slots=True, eq=False)
class Account:
    id: int
    first_name: str
    is_bot: bool = False
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    deactivated: bool = False

    def as_dict(self) -> Json:
        shown: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        for name in ("last_name", "username", "language_code"):
            if value := getattr(self, name):
                shown[name] = value
        return shown


@dataclass(slots=True)
class Member:
    account: Account
    status: str = "member"  # creator, administrator, member, left, kicked
    rights: frozenset[str] = frozenset()

    @property
    def present(self) -> bool:
        return self.status in ("creator", "administrator", "member")

    def may(self, right: str) -> bool:
        return self.status == "creator" or right in self.rights

    def as_dict(self) -> Json:
        shown: Json = {"status": self.status, "user": self.account.as_dict()}
        if self.status == "administrator":
            shown |= {right: right in self.rights for right in ALL_RIGHTS}
            shown |= {"can_be_edited": False, "is_anonymous": False}
        if self.status == "creator":
            shown["is_anonymous"] = False
        if self.status == "kicked":
            shown["until_date"] = 0
        return shown


@dataclass(slots=True, eq=False)
class Topic:
    id: int
    name: str
    icon_color: int
    icon: str = ""
    by_bot: bool = False
    closed: bool = False
    deleted: bool = False

    def as_dict(self) -> Json:
        shown: Json = {
            "message_thread_id": self.id,
            "name": self.name,
            "icon_color": self.icon_color,
        }
        return shown | ({"icon_custom_emoji_id": self.icon} if self.icon else {})


@dataclass(slots=True, eq=False)
class Chat:
    id: int
    kind: Literal["private", "group", "supergroup"]
    title: str = ""
    person: Account | None = None
    is_forum: bool = False
    started: bool = False
    blocked: bool = False
    migrated_to: int = 0
    members: dict[int, Member] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[int, "Message"] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    menu_button: Json | None = None
    bell: Bell = field(default_factory=Bell)

    @property
    def private(self) -> bool:
        return self.kind == "private"

    def as_dict(self) -> Json:
        shown: Json = {"id": self.id, "type": self.kind}
        if self.person is not None:
            names = self.person.as_dict()
            return shown | {k: names[k] for k in ("first_name", "last_name", "username") if k in names}
        shown["title"] = self.title
        return shown | ({"is_forum": True} if self.is_forum else {})


@dataclass(frozen=True, slots=True)
class Button:
    """A button of an inline keyboard, or a key of a reply keyboard."""

    text: str
    data: str = ""
    url: str = ""
    copy: str = ""
    raw: Json = field(default_factory=dict)


def _button(raw: Json) -> Button:
    copied = raw.get("copy_text", {}).get("text", "")
    return Button(raw["text"], raw.get("callback_data", ""), raw.get("url", ""), copied, raw)


@dataclass(slots=True, eq=False)
class Message:
    """A message in a chat, as people see it; ``as_dict`` is how the Bot API shows it."""

    chat: Chat
    id: int
    sender: Account
    date: int
    content: Json
    method: str = ""  # the bot's call that made it; empty for people
    topic: Topic | None = None
    reply_to: "Message | None" = None
    markup: Json = field(default_factory=dict)
    extra: Json = field(default_factory=dict)
    service: bool = False
    silent: bool = False
    edited_at: int = 0
    edits: list[Json] = field(default_factory=list)  # earlier contents, oldest first
    reactions: list[str] = field(default_factory=list)  # of the bot
    deleted: bool = False

    @property
    def text(self) -> str:
        """The text, or the caption of a photo or file."""
        return str(self.content.get("text") or self.content.get("caption") or "")

    @property
    def entities(self) -> list[Json]:
        return self.content.get("entities") or self.content.get("caption_entities") or []

    @property
    def thread_id(self) -> int | None:
        return self.topic.id if self.topic else None

    @property
    def buttons(self) -> list[list[Button]]:
        """Rows of the inline keyboard."""
        return [[_button(raw) for raw in row] for row in self.markup.get("inline_keyboard", [])]

    @property
    def keys(self) -> list[list[Button]]:
        """Rows of the reply keyboard that came with this message."""
        return [[_button(raw) for raw in row] for row in self.markup.get("keyboard", [])]

    @property
    def labels(self) -> list[str]:
        return [button.text for row in self.buttons or self.keys for button in row]

    def button(self, label_or_data: str) -> Button:
        for row in self.buttons:
            for button in row:
                if label_or_data in (button.text, button.data):
                    return button
        raise LookupError(f"no button {label_or_data!r}; there are {self.labels}")

    async def edited(self, contains: str = "", timeout: float = PATIENCE) -> "Message":  # noqa: ASYNC109
        """Waits until the bot has edited this message and it contains a text.

        Raises:
            AssertionError: It was not in time.
        """
        look = lambda: self if self.edits and contains in self.text else None  # noqa: E731
        if await self.chat.bell.until(look, timeout) is None:
            raise AssertionError(f"not edited to contain {contains!r}: {self.text!r}")
        return self

    def as_dict(self, *, nested: bool = False) -> Json:
        shown: Json = {
            "message_id": self.id,
            "date": self.date,
            "chat": self.chat.as_dict(),
            "from": self.sender.as_dict(),
            **self.content,
            **self.extra,
        }
        if self.edited_at:
            shown["edit_date"] = self.edited_at
        if self.topic is not None:
            shown |= {"message_thread_id": self.topic.id, "is_topic_message": True}
        if self.buttons:
            shown["reply_markup"] = self.markup
        origin = self.reply_to or self._topic_start()
        if origin is not None and not nested:
            shown["reply_to_message"] = origin.as_dict(nested=True)
        return shown

    def _topic_start(self) -> "Message | None":
        """Messages of a topic carry an implicit reply to the message that opened it."""
        if self.topic is None or self.topic.id == self.id:
            return None
        return self.chat.messages.get(self.topic.id)

    def __repr__(self) -> str:
        return f"<{self.sender.first_name} in {self.chat.id}#{self.id}: {self.text or self.content!r}>"


@dataclass(slots=True)
class File:
    id: str
    data: bytes
    size: int
    name: str = ""
    mime: str = ""
    path: str = ""

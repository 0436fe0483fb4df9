"""One call of the bot, and the questions that many methods ask about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from .errors import Refusal, unlucky, wrong
from .ledger import Json
from .model import Account, Chat, Member, Message, Topic
from .world import World


@dataclass(slots=True)
class Request:
    method: str
    fields: Json
    uploads: dict[str, Any]
    world: World

    @property
    def bot(self) -> Account:
        return self.world.bot

    def chat(self, name: str = "chat_id", *, writing: bool = True) -> Chat:
        """The chat of a field, if the bot may go there.

        Raises:
            Refusal: No such chat, not started, blocked, kicked, or upgraded.
        """
        wanted = self.fields.get(name)
        chat = self.world.chats.get(wanted) if isinstance(wanted, int) else None
        if chat is None:
            raise wrong("chat not found")
        if chat.migrated_to:
            text = "group chat was upgraded to a supergroup chat"
            raise unlucky(400, text, migrate_to_chat_id=chat.migrated_to)
        if chat.private:
            _check_private(chat, writing=writing)
        else:
            self._check_member(chat)
        return chat

    def _check_member(self, chat: Chat) -> None:
        member = chat.members.get(self.bot.id)
        if member is not None and member.status == "kicked":
            raise unlucky(403, f"bot was kicked from the {chat.kind} chat")
        if member is None or not member.present:
            raise unlucky(403, f"bot is not a member of the {chat.kind} chat")

    def require(self, chat: Chat, right: str, action: str) -> None:
        member: Member | None = chat.members.get(self.bot.id)
        if not chat.private and (member is None or not member.may(right)):
            raise wrong(f"not enough rights to {action}")

    def message(self, chat: Chat, what: str, message_id: int | None = None) -> Message:
        """A message that is still there; that a person deleted it is not the bot's fault."""
        wanted = self.fields.get("message_id") if message_id is None else message_id
        if wanted is None:
            raise wrong("message identifier is not specified")
        message = chat.messages.get(wanted)
        if message is None:
            raise wrong(f"{what} not found")
        if message.deleted:
            raise unlucky(400, f"{what} not found")
        return message

    def topic(self, chat: Chat) -> Topic | None:
        """The topic to write to. General is none of these: it is written to without a thread id."""
        thread = self.fields.get("message_thread_id")
        if thread is None:
            return None
        topic = chat.topics.get(thread)
        if topic is None:
            raise wrong("message thread not found")
        if topic.deleted:
            raise unlucky(400, "message thread not found")
        return topic

    def reply_to(self, chat: Chat) -> Message | None:
        given = self.fields.get("reply_parameters")
        if not given:
            return None
        source = chat
        if "chat_id" in given and given["chat_id"] != chat.id:
            source = Request(self.method, given, {}, self.world).chat(writing=False)
        try:
            found = self.message(source, "message to be replied", given["message_id"])
        except Refusal:
            if given.get("allow_sending_without_reply"):
                return None
            raise
        if given.get("quote") and given["quote"] not in found.text:
            raise wrong("QUOTE_TEXT_INVALID")
        return found


def _check_private(chat: Chat, *, writing: bool) -> None:
    if not writing:
        return
    if chat.person is not None and chat.person.deactivated:
        raise unlucky(403, "user is deactivated")
    if chat.blocked:
        raise unlucky(403, "bot was blocked by the user")
    if not chat.started:
        text = "bot can't initiate conversation with a user"
        raise Refusal(403, f"Forbidden: {text}", blame=text)


Handler = Callable[[Request], Any | Awaitable[Any]]
HANDLERS: dict[str, Handler] = {}


def handles(*methods: str) -> Callable[[Handler], Handler]:
    """Names the methods that a function carries out."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(methods, handler))
        return handler

    return register

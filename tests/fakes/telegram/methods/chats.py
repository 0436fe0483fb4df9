"""What the bot may ask about chats."""

from tests.fakes.telegram.errors import wrong
from tests.fakes.telegram.ledger import Json
from tests.fakes.telegram.request import Request, handles


@handles("getChat")
def get_chat(request: Request) -> Json:
    chat = request.chat(writing=False)
    gifts = (
        "unlimited_gifts",
        "limited_gifts",
        "unique_gifts",
        "premium_subscription",
        "gifts_from_channels",
    )
    shown = chat.as_dict() | {
        "accent_color_id": 0, "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }  # fmt: skip
    if chat.pinned:
        shown["pinned_message"] = chat.messages[chat.pinned[-1]].as_dict()
    return shown


@handles("getChatMember")
def get_member(request: Request) -> Json:
    chat = request.chat(writing=False)
    wanted = request.fields["user_id"]
    if chat.person is not None and wanted == chat.person.id:
        return {"status": "member", "user": chat.person.as_dict()}
    if wanted in chat.members:
        return chat.members[wanted].as_dict()
    if wanted not in request.world.accounts:
        raise wrong("PARTICIPANT_ID_INVALID")
    return {"status": "left", "user": request.world.accounts[wanted].as_dict()}


@handles("getChatAdministrators")
def get_administrators(request: Request) -> list[Json]:
    chat = request.chat(writing=False)
    if chat.private:
        raise wrong("there are no administrators in the private chat")
    return [
        member.as_dict()
        for member in chat.members.values()
        if member.status in ("creator", "administrator")
        and (not member.account.is_bot or request.fields.get("return_bots", False))
    ]


@handles("getChatMemberCount")
def count_members(request: Request) -> int:
    chat = request.chat(writing=False)
    return 2 if chat.private else sum(member.present for member in chat.members.values())


@handles("leaveChat")
def leave(request: Request) -> bool:
    chat = request.chat(writing=False)
    if chat.private:
        raise wrong("chat member status can't be changed in private chats")
    request.world.set_bot_status(chat, "left", request.bot)
    return True

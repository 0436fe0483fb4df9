"""Getting updates by asking for them."""

from tests.fakes.telegram.errors import Refusal
from tests.fakes.telegram.ledger import Json
from tests.fakes.telegram.request import Request, handles


@handles("getUpdates")
async def get_updates(request: Request) -> list[Json]:
    fields = request.fields
    queue = request.world.queue
    queue.allow(fields.get("allowed_updates"))
    if request.world.hook.url:
        text = "can't use getUpdates method while webhook is active"
        raise Refusal(409, f"Conflict: {text}", blame="getUpdates while a webhook is set")
    return await queue.poll(fields.get("offset", 0), fields.get("limit", 100), fields.get("timeout", 0))


@handles("getMe")
def get_me(request: Request) -> Json:
    return request.bot.as_dict() | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@handles("close")
def close(_request: Request) -> bool:
    return True


@handles("logOut")
def log_out(request: Request) -> bool:
    request.world.logged_out = True
    return True

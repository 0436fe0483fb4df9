"""Answers to pressed buttons."""

from tests.fakes.telegram.errors import Refusal
from tests.fakes.telegram.request import Request, handles

PRESS_LIVES = 60.0  # seconds until Telegram forgets that a button was pressed
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@handles("answerCallbackQuery")
def answer(request: Request) -> bool:
    fields = request.fields
    press = request.world.presses.get(fields["callback_query_id"])
    blame = ""
    if press is None:
        blame = "answered a press that never was"
    elif press.answer is not None:
        blame = "answered a press twice"
    elif request.world.clock() - press.at > PRESS_LIVES:
        blame = "answered a press too late"
        press.answer = {}  # it shows nothing any more, but was not forgotten
    if press is None or blame:
        raise Refusal(400, f"Bad Request: {_TOO_OLD}", blame=blame)
    if not fields.get("url", "https://t.me/").startswith(("https://t.me/", "tg://")):
        raise Refusal(400, "Bad Request: URL_INVALID", blame="URL_INVALID")
    press.answer = {k: v for k, v in fields.items() if k != "callback_query_id"}
    press.message.chat.bell.ring()
    request.world.queue.bell.ring()
    return True

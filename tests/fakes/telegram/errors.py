"""How the fake refuses a call, in the words of the Bot API."""

from typing import Any

PREFIX = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
}


class Refusal(Exception):
    """An unsuccessful answer.

    Args:
        status: The HTTP status and ``error_code``.
        description: Complete, with its prefix.
        parameters: ``ResponseParameters``: ``retry_after`` or ``migrate_to_chat_id``.
        blame: What the bot did wrong (goes to ``tg.violations``); empty when others are the cause.
    """

    def __init__(
        self,
        status: int,
        description: str,
        *,
        blame: str = "",
        parameters: dict[str, int] | None = None,
    ) -> None:
        super().__init__(f"{status} {description}")
        self.status = status
        self.description = description
        self.blame = blame
        self.parameters = parameters or {}

    def body(self) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "ok": False,
            "error_code": self.status,
            "description": self.description,
        }
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def wrong(text: str) -> Refusal:
    """A 400 that is the bot's own fault."""
    return Refusal(400, f"Bad Request: {text}", blame=text)


def unlucky(status: int, text: str, **parameters: int) -> Refusal:
    """A refusal that no bot could have foreseen."""
    return Refusal(status, f"{PREFIX[status]}: {text}", parameters=parameters)


def slow_down(seconds: int, *, blame: str = "") -> Refusal:
    text = f"Too Many Requests: retry after {seconds}"
    return Refusal(429, text, blame=blame, parameters={"retry_after": seconds})

"""What goes wrong on demand: refusals, lost answers, silence, nonsense."""

from dataclasses import dataclass
from typing import Literal

from .errors import Refusal, slow_down
from .ledger import Json
from .updates import TERMINATED

Kind = Literal["refuse", "garble", "drop", "hang", "delay"]
ALWAYS = 10**9
_WORDS = {
    400: "Bad Request: chat not found",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: f"Conflict: {TERMINATED}",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


@dataclass(slots=True, eq=False)
class Fault:
    """Strikes the calls of ``method`` (``*``: all but getUpdates; ``send*``: all that begin so).

    ``after`` means that the call takes effect and only its answer is spoilt.
    """

    kind: Kind
    method: str = "*"
    times: int = 1
    skip: int = 0
    chat_id: int | None = None
    after: bool = False
    refusal: Refusal | None = None
    seconds: float = 0.0
    struck: int = 0

    def stop(self) -> None:
        self.times = self.struck

    def meant(self, method: str, fields: Json) -> bool:
        if self.struck >= self.times:
            return False
        if self.chat_id is not None and str(fields.get("chat_id")) != str(self.chat_id):
            return False
        if self.method == "*":
            return method != "getUpdates"
        return method == self.method or (self.method.endswith("*") and method.startswith(self.method[:-1]))


class Faults:
    """The faults of one fake; the first one that fits strikes."""

    def __init__(self) -> None:
        self._all: list[Fault] = []

    def strike(self, method: str, fields: Json) -> Fault | None:
        for fault in self._all:
            if not fault.meant(method, fields):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.struck += 1
            return fault
        return None

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self._all.clear()

    def _add(self, fault: Fault) -> Fault:
        self._all.append(fault)
        return fault

    def fail(
        self, method: str = "*", *, status: int = 500, description: str = "", retry_after: int = 0,
        migrate_to: int = 0, times: int = 1, skip: int = 0, chat_id: int | None = None, after: bool = False,
    ) -> Fault:  # fmt: skip
        """Answers with an error.

        Args:
            method: A name, ``send*`` or ``*``.
            status: 400, 401, 403, 409, 429 or 5xx.
            description: Telegram's words; there are usual ones for each status.
            retry_after: Seconds, for 429; coming back earlier is a violation.
            migrate_to: The id of the new supergroup, for 400.
            times: How many calls are struck; ``ALWAYS`` for all.
            skip: How many calls pass before.
            chat_id: Only calls to this chat.
            after: The call takes effect all the same.
        """
        refusal = Refusal(status, description or _WORDS.get(status, "Error"))
        if status == 429:
            refusal = slow_down(retry_after or 1)
        if migrate_to:
            text = description or "Bad Request: group chat was upgraded to a supergroup chat"
            refusal = Refusal(400, text, parameters={"migrate_to_chat_id": migrate_to})
        return self._add(Fault("refuse", method, times, skip, chat_id, after, refusal))

    def garble(self, method: str = "*", *, times: int = 1, chat_id: int | None = None, after: bool = False) -> Fault:
        """Answers 200 with a page of HTML, as a proxy would."""
        return self._add(Fault("garble", method, times, 0, chat_id, after))

    def drop(self, method: str = "*", *, times: int = 1, chat_id: int | None = None, after: bool = False) -> Fault:
        """Closes the connection instead of answering."""
        return self._add(Fault("drop", method, times, 0, chat_id, after))

    def hang(self, method: str = "*", *, times: int = 1, chat_id: int | None = None, after: bool = False) -> Fault:
        """Never answers."""
        return self._add(Fault("hang", method, times, 0, chat_id, after))

    def delay(
        self, method: str = "*", seconds: float = 1.0, *, times: int = 1, chat_id: int | None = None,
        after: bool = False,
    ) -> Fault:  # fmt: skip
        """Answers late; with ``after`` the effect comes at once."""
        return self._add(Fault("delay", method, times, 0, chat_id, after, seconds=seconds))

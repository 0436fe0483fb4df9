"""A button pressed by a person, which the bot owes an answer."""

from dataclasses import dataclass

from .bell import PATIENCE
from .ledger import Json
from .model import Message


@dataclass(slots=True, eq=False)
class Press:
    id: str
    message: Message
    data: str
    at: float
    answer: Json | None = None

    @property
    def text(self) -> str:
        return str((self.answer or {}).get("text", ""))

    @property
    def alert(self) -> bool:
        return bool((self.answer or {}).get("show_alert"))

    async def answered(self, timeout: float = PATIENCE) -> "Press":  # noqa: ASYNC109
        """Waits until the bot has answered the press.

        Raises:
            AssertionError: It was not in time.
        """
        look = lambda: self.answer  # noqa: E731
        if await self.message.chat.bell.until(look, timeout) is None:
            raise AssertionError(f"press of {self.data!r} not answered in {timeout} s")
        return self

"""The translation service of a transcript: it says what stands at the head of it, and may be away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from bot.translation.machine import MachineTranslation
from bot.transports.libretranslate import NotTranslated

if TYPE_CHECKING:
    from bot.model.language import Language
    from bot.ports import Translator
    from tests.conversations.stage import Stage


@dataclass
class Machine:
    """Off until a transcript gives it something to say."""

    says: dict[tuple[str, str], str] = field(default_factory=dict)
    away: bool = False

    def over(self, stage: Stage) -> Translator | None:
        """The real room over it."""
        if not self.says:
            return None

        def guess(text: str, chat: Language) -> tuple[Language, bool]:
            found = stage.engine.language(text, chat)
            return found.language, found.sure

        return MachineTranslation(cast("Any", self), stage.store, guess)

    async def translate(self, text: str, source: str, target: str) -> str:
        del source
        if self.away:
            raise NotTranslated("away", "out of reach")
        return self.says[text, target]

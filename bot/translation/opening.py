"""Opens the translation service that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack

from bot.answers.engine import Engine
from bot.model.language import Language
from bot.ports import Store
from bot.settings import Settings
from bot.translation.machine import MachineTranslation
from bot.transports.libretranslate import LibreTranslate


async def open_translation(
    stack: AsyncExitStack, settings: Settings, store: Store, engine: Callable[[], Engine], beat: Callable[[], None]
) -> MachineTranslation | None:
    """The translator, or None when none is configured; whether it answers is found out later."""
    if not settings.translate_url:
        return None
    service = await stack.enter_async_context(LibreTranslate(settings.translate_url, settings.translate_key))

    def guess(text: str, chat: Language) -> tuple[Language, bool]:
        found = engine().language(text, chat)
        return found.language, found.sure

    return MachineTranslation(service, store, guess, lambda: engine().snapshot.event.machine_reads, beat=beat)

"""``desk talk``: the desk on a terminal, as a delegate would use it."""

from __future__ import annotations

import asyncio

import click

from bot.channels.terminal import Terminal
from bot.cli.options import DEMO_START, event_option, language_option, settings_for, tell_learning
from bot.clock import DemoClock, RealClock
from bot.content.source import Folders
from bot.desk.duties import Duties
from bot.desk.front import FrontDesk
from bot.desk.live import LiveContent
from bot.i18n.translator import load_speakers
from bot.model.language import Language, is_language
from bot.outbox.dispatcher import Dispatcher
from bot.ports import Clock
from bot.settings import Settings, content_root, locales_root
from storage import open_store


@click.command("talk")
@language_option
@event_option
def command(lang: str | None, event: str | None) -> None:
    """Talk to the desk here. Numbers press buttons; an empty line or Ctrl-D ends it. Nothing is kept."""
    settings = settings_for(event)
    asyncio.run(_talk(settings, lang if lang is not None and is_language(lang) else None))


async def _talk(settings: Settings, language: Language | None) -> None:
    content = await LiveContent.open(Folders.of(content_root(), settings.event), settings.cache, learning=tell_learning)
    zone = content.snapshot().event.zone
    clock: Clock = (
        DemoClock(settings.clock or DEMO_START, zone) if settings.clock or settings.event == "ap11" else RealClock(zone)
    )
    speakers = load_speakers(locales_root())
    async with open_store("memory:") as store:
        front = FrontDesk(store, content.engine, speakers, clock, content.card)
        terminal = Terminal(language)
        dispatcher = Dispatcher(store, {terminal.name: terminal}, clock)
        duties = Duties(store, content.engine, speakers, clock)
        loops = [asyncio.create_task(dispatcher.run(), name="outbox"), asyncio.create_task(duties.run(), name="duties")]
        try:
            await terminal.listen(front.receive, clock, store)
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)

"""``./run``: the sample conference on this machine, with its own clock and its own data."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import Final

import click
import segno

from bot.app import House, open_house, ring_on_signals, serve
from bot.cli.demo_seed import Replay
from bot.cli.logs import quiet_logging
from bot.cli.open_files import allow_many
from bot.cli.options import DEMO_START, tell_learning
from bot.model.errors import DeskError
from bot.model.language import Language
from bot.model.people import Role
from bot.settings import Settings, read_settings

STAFF: Final[tuple[tuple[str, Role, Language], ...]] = (
    ("Reception", Role.DESK, "en"),
    ("Lễ tân đêm", Role.DESK, "vi"),
    ("Duty officer", Role.DUTY_OFFICER, "en"),
    ("Medical team", Role.MEDICAL, "en"),
)
QUESTIONS = ("What time is the opening?", "أين غرفة الصلاة؟", "Lễ khai mạc bắt đầu lúc mấy giờ?")


@click.command("demo")
@click.option("--keep", is_flag=True, help="Go on with the data of the last time.")
def command(*, keep: bool) -> None:
    """Open the sample conference, AP-11 in Ha Noi, on the morning of 21 November 2023."""
    settings = read_settings(given={"clock": DEMO_START})
    if not settings.database_url:
        store = f"tinydb:{settings.data_dir / 'demo'}" if keep else "memory:"
        settings = settings.model_copy(update={"database_url": store})
    quiet_logging("ERROR" if settings.log_level == "INFO" else settings.log_level)
    allow_many()
    asyncio.run(_demo(settings))
    click.echo("Closed.")


async def _demo(settings: Settings) -> None:
    async with open_house(settings, take_next_port=True, demo=True, learning=tell_learning) as house:
        # Only now: before, an interrupt ends the opening at once.
        stop = asyncio.Event()
        ring_on_signals(stop)
        await _staff(house)
        link = await house.staff_link("Reception")
        if house.settings.staff_chat is None:  # nobody real is rung for what is invented
            play = Replay(house.store, house.front.receive, house.staff.act, house.staff_list, house.clock.now)
            house.loops["people of the demonstration"] = play.run
        _show(house, link)
        await serve(house, stop)


async def _staff(house: House) -> None:
    """The people of the demonstration's reception; --keep finds them there already."""
    for name, role, language in STAFF:
        with suppress(DeskError):
            await house.staff_list.add(name, by="desk", roles=[role], language=language)


def _show(house: House, link: str) -> None:
    chat = f"{house.server.url}/chat"
    event = house.content.snapshot().event
    click.echo(
        f"\nDelegate Desk – {event.short}, the sample conference. Its clock shows {house.clock.now():%a %d %b %Y %H:%M} in Ha Noi, and runs.\n"
    )
    click.echo(f"  Chat     {chat}")
    click.echo(f"  Console  {link}   (reception's side; the link works once)")
    if sys.stdout.isatty():
        segno.make(chat, error="m").terminal(compact=True)
    click.echo("  Try      " + "\n           ".join(QUESTIONS))
    if house.telegram is None:
        click.echo("  Telegram off – set DESK_TELEGRAM_TOKEN, and DESK_STAFF_CHAT for the staff group")
    else:
        click.echo(f"  Telegram {house.telegram.trouble or '@' + house.telegram.username}")
    kept = (
        "only in memory; ./run demo --keep stores it"
        if house.settings.store_url.startswith("memory")
        else house.settings.store_url
    )
    click.echo(f"  Data     {kept}")
    if house.settings.staff_chat is None:
        click.echo("  Replay   for four minutes invented delegates write and reception answers; watch the console")
    click.echo("  Stop     Ctrl-C\n")

"""The house as a whole: what cannot be kept alive ends it with a sentence, and the bell ends it in peace."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

_HOUSE: Final = """
import asyncio, sys
from datetime import UTC, datetime
from types import SimpleNamespace
from bot.app import serve
from bot.health.alarms import Alarms
from bot.health.pulse import Pulse
from bot.health import pulse
from bot.health.watch import Watch
from bot.model.errors import DeskError

async def dies():
    raise RuntimeError("my room is 1402")

async def well():
    await asyncio.Event().wait()

async def stubborn():
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            print("not me", flush=True)

async def main(name):
    pulse.end_soon.__defaults__ = (1.0,)
    alarms = Alarms(lambda: datetime.now(UTC))
    watch = Watch(alarms, {"telegram": 0.2}, wait=0.01, look=0.02)
    loops = {"well": well, "telegram": {"dies": dies, "well": well, "stubborn": stubborn}[name]}
    if name == "well":
        watch.patience = {}
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.5 if name == "well" else 60, stop.set)
    await serve(SimpleNamespace(health=SimpleNamespace(pulse=Pulse(), watch=watch), loops=loops), stop)

try:
    asyncio.run(main(sys.argv[1]))
except DeskError as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("well", 0, ""),
        ("dies", 1, "The part 'telegram' of the desk failed 3 times in a short time"),
        ("stubborn", 70, "not me"),
    ],
)
async def test_how_the_process_ends(name: str, code: int, said: str, tmp_path: Path) -> None:
    program = tmp_path / "house.py"
    program.write_text(_HOUSE)
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(program), name],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": ""},
    )

    output = ended.stdout + ended.stderr
    assert ended.returncode == code, output
    assert said in output
    assert "1402" not in output
    assert "Traceback" not in ended.stderr or name == "stubborn"

"""The commands around the store, with the real process: backup, export, purge, restore, migrate."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from bot.backup.move import MOVING
from storage import open_store
from storage.crypt import new_key, parse_key
from tests.e2e.process import ROOT, START_WITHIN, Process, environ, settings_of, until

pytestmark = [pytest.mark.process, pytest.mark.timeout(900)]

WORDS = "زنبق البحر"
Json = dict[str, Any]


@dataclass
class Office:
    """A desk with a key and a backup folder, and a terminal beside it."""

    root: Path
    settings: dict[str, str]

    @property
    def backup(self) -> Path:
        return self.root / "backup"

    async def command(self, *arguments: str, code: int = 0, **more: str) -> str:
        """What a command prints; its exit code is checked."""
        ended = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-m", "bot", *arguments], cwd=ROOT, env=environ(self.settings | more),
            check=False, capture_output=True, timeout=START_WITHIN,
        )  # fmt: skip
        out, err = ended.stdout.decode(), ended.stderr.decode()
        assert ended.returncode == code, out + err
        assert "Traceback" not in out + err
        return out + err if code else out


@pytest.fixture
def office(tmp_path: Path, cache_folder: Path) -> Office:
    settings = settings_of(tmp_path / "data", cache_folder)
    more = {"DESK_BACKUP_DIR": str(tmp_path / "backup"), "DESK_STORE_KEY": new_key()}
    return Office(tmp_path, settings | more)


@pytest.fixture
async def running(office: Office) -> AsyncIterator[Process]:
    async with Process.running(office.settings) as process:
        await process.opened()
        yield process


def texts(told: Json) -> list[str]:
    return [line["text"] for line in told["messages"]]


async def asks(process: Process, text: str) -> Json:
    """A new visitor's question; returns everything that is kept of them, once it was answered."""
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address of digits, too
    async with aiohttp.ClientSession(headers={"X-Desk-Client": "test"}, cookie_jar=jar, raise_for_status=True) as page:
        await page.post(f"{process.url}/chat/session", json={})
        await page.post(f"{process.url}/chat/messages", json={"id": str(uuid4()), "text": text})
        told = await page.get(f"{process.url}/chat/mydata.json")
        read: Json = await told.json()
        return read


async def test_a_running_desk_takes_the_commands(office: Office, running: Process) -> None:
    mine = await asks(running, f"/human {WORDS}")

    assert "records in" in await office.command("backup")
    exported = json.loads(await office.command("export", "#1"))
    assert texts(exported)[: len(texts(mine))] == texts(mine)
    assert WORDS in texts(mine)[0]
    assert "0 delegates with everything would be erased" in await office.command("purge", "--dry-run")

    later = await office.command("purge", "--now", "2024-01-01T00:00:00+07:00")

    assert "1 delegates with everything erased" in later
    assert "There is no such request." in await office.command("export", "#1", code=1)
    assert "has no offset" in await office.command("purge", "--now", "2024-01-01", code=2)


async def test_restore_drill(office: Office, running: Process) -> None:
    """The disk is lost; a new machine has the backup folder and the key."""
    await asks(running, f"/human {WORDS}")
    await office.command("backup")
    await running.kill()
    again = office.root / "again"

    said = await office.command("restore", str(office.backup), f"tinydb:{again}")

    assert "1 delegates" in said
    assert "compared with the backup" in said
    assert "holds" not in said
    assert "With --replace" in await office.command("restore", str(office.backup), f"tinydb:{again}", code=1)
    nothing = {"DESK_STORE_KEY": new_key()}
    assert "not the key" in await office.command(
        "restore", str(office.backup), f"tinydb:{office.root / 'x'}", code=1, **nothing
    )
    async with Process.running(office.settings | {"DESK_DATA_DIR": str(again)}) as restored:
        await restored.opened()
        exported = json.loads(await office.command("export", "#1", DESK_DATA_DIR=str(again)))
        assert any(WORDS in line["text"] for line in exported["messages"])
        assert (await asks(restored, "Where is the prayer room?"))["messages"]


async def test_the_log_is_copied_without_being_asked(office: Office, running: Process) -> None:
    await until(lambda: any(office.backup.glob("log/*.index")), within=200)
    await asks(running, f"/human {WORDS}")
    index = next(office.backup.glob("log/*.index"))
    before = index.stat().st_size

    await until(lambda: index.stat().st_size > before, within=200)
    await running.kill()

    await office.command("restore", str(office.backup), f"tinydb:{office.root / 'again'}")
    exported = json.loads(await office.command("export", "#1", DESK_DATA_DIR=str(office.root / "again")))
    assert any(WORDS in line["text"] for line in exported["messages"])


async def test_a_move_of_a_stopped_desk(office: Office, running: Process) -> None:
    await asks(running, f"/human {WORDS}")
    source, target = f"tinydb:{office.root / 'data'}", f"tinydb:{office.root / 'moved'}"
    assert "open in another process" in await office.command("migrate", source, target, code=1)
    await running.stop()

    assert "the same" in await office.command("migrate", source, target)

    exported = json.loads(await office.command("export", "#1", DESK_DATA_DIR=str(office.root / "moved")))
    assert any(WORDS in line["text"] for line in exported["messages"])
    assert "holds something already" in await office.command("migrate", source, target, code=1)


async def test_a_store_that_a_move_left_half_full_is_not_opened(office: Office) -> None:
    async with open_store(f"tinydb:{office.root / 'data'}", key=parse_key(office.settings["DESK_STORE_KEY"])) as store:
        await store.remember(MOVING, "the source")

    said = await office.command("run", code=1)

    assert "a move into this store was interrupted" in said

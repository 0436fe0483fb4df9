"""``desk staff`` and ``desk audit``, on a stopped desk and through the door of a running one."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import desk
from bot.cli.admin_client import ask
from bot.clock import real_now
from bot.model.errors import DeskError
from bot.settings import read_settings
from bot.staff.commands import StaffCommands
from bot.staff.credentials import Credentials
from bot.transports.admin import AdminDoor
from storage import open_store
from storage.codec import read_json, write_json
from tests.unit.staff.conftest import Office


class Shell:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str) -> Result:
        settings = {"DESK_DATA_DIR": str(self.folder), "DESK_HTTP": "127.0.0.1:18099"}
        return CliRunner().invoke(desk, words, env=settings)

    def says(self, *words: str) -> str:
        done = self.run(*words)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")


def test_first_administrator_comes_before_the_first_start(shell: Shell) -> None:
    said = shell.says("staff", "add", "Chief", "--role", "admin", "--language", "vi")

    assert re.search(r"^http://127\.0\.0\.1:18099/desk/enter\?token=[\w-]{43}$", said, re.MULTILINE)
    assert shell.says("staff", "list") == "Chief  admin  vi\n"


def test_people_are_changed_removed_and_told_apart(shell: Shell) -> None:
    shell.says("staff", "add", "Lan", "--telegram", "77")
    shell.says("staff", "add", "Minh", "--role", "desk", "--role", "medical")

    assert isinstance(shell.run("staff", "add", "Lаn").exception, DeskError)  # with a Cyrillic letter
    assert isinstance(shell.run("staff", "change", "Minh", "--telegram", "77").exception, DeskError)
    assert isinstance(shell.run("staff", "link", "Omar").exception, DeskError)
    shell.says("staff", "change", "Lan", "--role", "duty-officer", "--no-telegram")
    assert re.search(r"/link S-(\w{4}-){2}\w{4}\n$", shell.says("staff", "code", "Minh"))
    shell.says("staff", "remove", "Minh")

    assert shell.says("staff", "list") == "Lan  duty-officer  en\n"


def test_record_tells_who_did_what_and_verify_that_it_is_whole(shell: Shell) -> None:
    shell.says("staff", "add", "Lan")
    shell.says("staff", "link", "Lan")
    shell.run("export", "telegram:12345")

    lines = [json.loads(line) for line in shell.says("audit", "--json").splitlines()]

    assert [(line["seq"], line["by"], line["what"]) for line in lines] == [
        (1, "command", "staff.add"),
        (2, "command", "staff.link-made"),
        (3, "command", "export"),
    ]
    assert "12345" not in json.dumps(lines)
    assert shell.says("audit", "verify").startswith("3 lines, whole")
    assert shell.says("audit", "--ticket", "7") == ""
    assert shell.says("audit", "--since", "2099-01-01T00:00:00+00:00") == ""


def test_verify_names_the_line_that_somebody_changed(shell: Shell) -> None:
    for name in ("Lan", "Minh", "Omar"):
        shell.says("staff", "add", name)
    asyncio.run(_forge(shell.folder))

    done = shell.run("audit", "verify")

    assert (done.exit_code, done.output) == (1, "line 2 was changed\n")


async def _forge(folder: Path) -> None:
    async with open_store(f"tinydb:{folder}") as store:
        [record] = [one async for one in store.records() if one.table == "audit" and one.key.endswith("2")]
        document = read_json(record.document)
        document["event"]["about"] = "Nobody: desk"
        await store.load([type(record)("audit", record.key, write_json(document))])


async def test_running_desk_takes_the_commands_and_records_those_of_other_rooms(office: Office, tmp_path: Path) -> None:
    settings = read_settings({"DESK_DATA_DIR": str(tmp_path)})
    commands = StaffCommands(office.staff, Credentials(office.staff, real_now), lambda: "https://desk.example.org")
    told: list[dict[str, object]] = []

    async def nothing(_asked: object) -> dict[str, object]:
        return {}

    async with AdminDoor(tmp_path) as door:
        for name, offered in commands.offers().items():
            door.offer(name, offered)
        door.offer("export", nothing)
        door.offer("status", nothing)
        door.before = commands.note
        added = await asyncio.to_thread(ask, settings, "staff.add", name="Lan", roles=["medical"])
        await asyncio.to_thread(ask, settings, "export", who="#7")
        await asyncio.to_thread(ask, settings, "status")
        await asyncio.to_thread(ask, settings, "audit", each=told.append)
        checked = await asyncio.to_thread(ask, settings, "audit.verify")

    assert added["link"].startswith("https://desk.example.org/desk/enter?token=")
    assert [(line["what"], line["about"]) for line in told] == [("staff.add", "Lan: medical"), ("export", "#7")]
    assert (checked["lines"], checked["faults"]) == (2, [])

"""The organisers' socket: who may open it, what it answers, and that it stands nobody's way."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import pytest

from bot.cli.admin_client import NoDesk, ask
from bot.model.errors import Refused
from bot.settings import Settings
from bot.transports.admin import SOCKET, AdminDoor
from tests.patience import PATIENCE


def settings(folder: Path) -> Settings:
    return Settings(data_dir=folder)


async def asked(folder: Path, do: str, **more: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    return lines, await asyncio.to_thread(ask, settings(folder), do, each=lines.append, **more)


async def echo(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"said": given["words"]}


async def count(given: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
    for number in range(given["to"]):
        yield {"number": number}


async def refuse(_: Mapping[str, Any]) -> Mapping[str, Any]:
    raise Refused("The backup folder is full.")


async def fail(_: Mapping[str, Any]) -> Mapping[str, Any]:
    raise ZeroDivisionError("a secret")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[AdminDoor]:
    async with AdminDoor(tmp_path) as opened:
        for name, handler in {"echo": echo, "count": count, "refuse": refuse, "fail": fail}.items():
            opened.offer(name, handler)  # type: ignore[arg-type]
        yield opened


@pytest.mark.usefixtures("door")
async def test_answers_in_any_language(tmp_path: Path) -> None:
    words = "الحافلة 5 – xe số 5 \ud800 🚌"
    assert await asked(tmp_path, "echo", words=words) == ([], {"said": words})


async def test_answer_may_be_long(door: AdminDoor, tmp_path: Path) -> None:
    async def export(_: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"messages": ["ngắn " * 100] * 6_000}

    door.offer("export", export)

    _, done = await asked(tmp_path, "export")

    assert done == await export({})


@pytest.mark.usefixtures("door")
async def test_lines_come_one_by_one(tmp_path: Path) -> None:
    lines, done = await asked(tmp_path, "count", to=3)
    assert (lines, done) == ([{"number": 0}, {"number": 1}, {"number": 2}], {})


@pytest.mark.parametrize(
    ("do", "sentence"),
    [
        ("refuse", "The backup folder is full."),
        ("fail", "Something went wrong that nobody foresaw; the desk's log tells what."),
        ("unheard", "This desk does not know that command; is it of another version?"),
    ],
)
@pytest.mark.usefixtures("door")
async def test_refusal_is_a_sentence(tmp_path: Path, do: str, sentence: str) -> None:
    with pytest.raises(click.ClickException) as error:
        await asked(tmp_path, do)
    assert error.value.message == sentence


@pytest.mark.parametrize("line", [b"{]\n", b"[]\n", b'"x"\n', b"\xff\xfe\n", b""])
@pytest.mark.usefixtures("door")
async def test_nonsense_is_answered_and_the_next_is_served(tmp_path: Path, line: bytes) -> None:
    reader, writer = await asyncio.open_unix_connection(tmp_path / SOCKET)
    writer.write(line)
    writer.write_eof()
    async with asyncio.timeout(PATIENCE):
        answer = await reader.read()
    writer.close()

    assert "fault" in json.loads(answer)
    assert await asked(tmp_path, "echo", words="x") == ([], {"said": "x"})


@pytest.mark.usefixtures("door")
async def test_line_without_end_is_cut_off_and_the_next_is_served(tmp_path: Path) -> None:
    _, writer = await asyncio.open_unix_connection(tmp_path / SOCKET)
    writer.write(b"{" * (3 << 20))
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionError):
            await writer.drain()
            await writer.wait_closed()
    writer.close()

    assert await asked(tmp_path, "echo", words="x") == ([], {"said": "x"})


@pytest.mark.usefixtures("door")
async def test_nobody_else_on_the_machine_can_open_it(tmp_path: Path) -> None:
    mode = (tmp_path / SOCKET).stat().st_mode
    assert (stat.S_ISSOCK(mode), mode & 0o777) == (True, 0o600)


async def test_socket_of_a_killed_desk_is_taken_over_and_that_of_a_living_one_is_not(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / SOCKET))
    async with AdminDoor(tmp_path) as first:
        first.offer("echo", echo)
        async with AdminDoor(tmp_path) as second:
            second.offer("echo", refuse)
            assert await asked(tmp_path, "echo", words="first") == ([], {"said": "first"})
        assert await asked(tmp_path, "echo", words="first") == ([], {"said": "first"})
    assert not (tmp_path / SOCKET).exists()


async def test_file_of_that_name_is_left_alone_and_the_desk_opens_without_the_door(tmp_path: Path) -> None:
    (tmp_path / SOCKET).write_text("mine")
    async with AdminDoor(tmp_path):
        pass
    assert (tmp_path / SOCKET).read_text() == "mine"


async def test_folder_may_be_deep(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 80) / ("e" * 80)
    async with AdminDoor(folder) as door:
        door.offer("echo", echo)
        assert await asked(folder, "echo", words="deep") == ([], {"said": "deep"})
    assert list(folder.iterdir()) == []


async def test_without_a_desk_the_command_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoDesk, match="No desk is running"):
        await asked(tmp_path, "echo")


async def test_command_that_hangs_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async def hangs(_: Mapping[str, Any]) -> Mapping[str, Any]:
        await asyncio.Event().wait()
        return {}

    async with asyncio.timeout(PATIENCE):
        async with AdminDoor(tmp_path) as door:
            door.offer("hangs", hangs)
            waiting = asyncio.create_task(asked(tmp_path, "hangs"))
            await asyncio.sleep(0.1)
        with pytest.raises(click.ClickException, match="ended before"):
            await waiting

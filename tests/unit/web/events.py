"""Reads a stream of server-sent events as a browser does."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse

from tests.patience import PATIENCE


@dataclass
class Event:
    name: str
    data: Any
    id: str = ""


async def next_event(response: ClientResponse) -> Event:
    """The next event that is not a heartbeat."""
    async with asyncio.timeout(PATIENCE):
        while True:
            fields: dict[str, str] = {}
            while (line := (await response.content.readline()).decode().rstrip("\n")) or not fields:
                if response.content.at_eof() and not line:
                    raise EOFError
                name, _, value = line.partition(": ")
                if name:
                    fields[name] = value
            if "event" in fields:
                return Event(fields["event"], json.loads(fields["data"]), fields.get("id", ""))


async def ended(response: ClientResponse) -> bool:
    """Whether the server closes the stream soon."""
    async with asyncio.timeout(PATIENCE):
        await response.content.read()
    return response.content.at_eof()

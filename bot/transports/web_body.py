"""Reads what a page posts: JSON of a known shape, with sentences for what is wrong in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from bot.i18n.translator import mark
from bot.transports.web_errors import Told

READ_WITHIN: Final = timedelta(seconds=30)
NOT_UNDERSTOOD: Final = mark("This request could not be read.")

Body = Mapping[str, Any]


async def read_json(request: web.Request) -> Body:
    """The posted object; an empty body is an empty object."""
    try:
        async with asyncio.timeout(READ_WITHIN.total_seconds()):
            raw = await request.read()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    try:
        read = json.loads(raw) if raw else {}
    except (ValueError, RecursionError) as error:
        raise Told(400, NOT_UNDERSTOOD) from error
    if not isinstance(read, dict):
        raise Told(400, NOT_UNDERSTOOD)
    return read


def uuid_in(body: Body) -> str:
    """The sender's own id of the message, in the one usual form, so that a repeat is recognised."""
    given = body.get("id")
    try:
        return str(UUID(given)) if isinstance(given, str) else _refuse()
    except ValueError:
        return _refuse()


def _refuse() -> str:
    raise Told(400, mark("The message carries no proper id, so it could not be taken."))


def text_in(body: Body, key: str = "text") -> str:
    """A text as it was written, save letters that no store can hold."""
    given = body.get(key, "")
    if not isinstance(given, str):
        raise Told(400, NOT_UNDERSTOOD)
    # JSON may carry half of a surrogate pair, and NUL; neither is a letter.
    return given.encode("utf-8", "replace").decode().replace("\0", "\ufffd")

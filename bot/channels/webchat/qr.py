"""The QR code that leads to the chat, for lobby screens and badges."""

from __future__ import annotations

import io
import re
from typing import Final
from urllib.parse import urlencode

import segno

from bot.model.language import closest

_PLACE: Final = re.compile(r"[a-z0-9-]{1,32}")


def chat_address(base: str, lang: str | None = None, at: str | None = None) -> str:
    """The address of the chat, with the language and the place where the code hangs."""
    wanted = {"lang": closest(lang), "at": at if at and _PLACE.fullmatch(at) else None}
    query = urlencode({name: value for name, value in wanted.items() if value})
    return f"{base}/chat?{query}" if query else f"{base}/chat"


def qr_svg(address: str) -> bytes:
    drawn = io.BytesIO()
    # Attributes instead of a style element: the page's policy forbids styles inside documents.
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", scale=8, border=4, light="#fff", dark="#000")
    return drawn.getvalue()

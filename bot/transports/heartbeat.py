"""Fetches an address of somebody who watches from outside."""

from __future__ import annotations

import aiohttp

_PATIENCE = aiohttp.ClientTimeout(total=10)


async def fetch(url: str) -> int:
    """The status of the answer. Raises OSError or TimeoutError; the address is in no message."""
    try:
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE, trust_env=url.startswith("https://")) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            await answer.content.read(1_000)
            return answer.status
    except aiohttp.ClientError as error:
        raise OSError(type(error).__name__) from None  # the cause may name the address

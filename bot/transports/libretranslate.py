"""Asks a LibreTranslate-compatible service for translations; knows its shapes and its errors, and decides nothing."""

from __future__ import annotations

import json
from typing import Any, Final, Literal

from bot.model.rich import straight
from bot.transports.http_service import Answered, HttpService

PATIENCE: Final = 8.0  # seconds for one answer
_MOST: Final = 256 * 1024  # bytes of an answer
_LONGER: Final = 6  # times as long as the text a translation may be
_SOME: Final = 400  # characters that it may be longer in any case

Trouble = Literal["away", "busy", "key", "text"]
"""Not there or not to be understood; asks to be left alone; does not let us in; will not translate this one."""


class NotTranslated(OSError):
    """There is no translation; neither the address nor a word is in the message."""

    def __init__(self, trouble: Trouble, what: str, wait: float = 0.0) -> None:
        super().__init__(what)
        self.trouble: Trouble = trouble
        self.wait = wait
        """Seconds that the service asked for."""


class LibreTranslate(HttpService):
    """One service.

    Args:
        url: Its base, without ``/translate``.
        key: Sent as ``api_key`` in the body, as the service wants it.
        patience: Seconds for one answer.
    """

    def __init__(self, url: str, key: str = "", patience: float = PATIENCE) -> None:
        super().__init__(url, patience)
        self.key = key

    async def translate(self, text: str, source: str, target: str) -> str:
        """A text in another language.

        Args:
            text: Plain text.
            source: Its language, or ``auto``.
            target: The language wanted.

        Raises:
            NotTranslated: Says what kind of trouble there is.
        """
        asked = {"q": text, "source": source, "target": target, "format": "text"}
        if self.key:
            asked["api_key"] = self.key
        answer = await self._ask("POST", "/translate", asked)
        found = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(found, str) or not straight(found).strip() or len(found) > len(text) * _LONGER + _SOME:
            raise NotTranslated("away", "no translation in the answer")
        return straight(found).strip()

    async def languages(self) -> dict[str, frozenset[str]]:
        """Per language into which others it is translated. Raises NotTranslated."""
        answer = await self._ask("GET", "/languages", None)
        try:
            return {str(one["code"]): frozenset(map(str, one.get("targets", ()))) for one in answer}
        except (TypeError, KeyError, AttributeError):
            raise NotTranslated("away", "no list of languages") from None

    async def _ask(self, method: str, path: str, body: dict[str, str] | None) -> Any:
        try:
            answer = await self.asked(method, self.url + path, body, most=_MOST)
            if answer.status == 200:
                return json.loads(answer.body)
        except (OSError, ValueError, RecursionError) as error:
            raise NotTranslated("away", type(error).__name__) from None  # the cause may quote the answer
        raise _trouble(answer)


def _trouble(answer: Answered) -> NotTranslated:
    """What a refusal means. The service's own words are not passed on: they may quote the text."""
    what = f"status {answer.status}"
    match answer.status:
        case 429:
            return NotTranslated("busy", what, _seconds(answer.headers.get("Retry-After", "")))
        case 401 | 403:
            return NotTranslated("key", what)
        # Only the service itself explains in JSON; a proxy or another program at that address does not.
        case 400 | 413 | 422 if explained := _explained(answer.body):
            return NotTranslated("key" if "api key" in explained.lower() else "text", what)
        case _:
            return NotTranslated("away", what)


def _explained(body: bytes) -> str:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    error = said.get("error") if isinstance(said, dict) else None
    return error if isinstance(error, str) else ""


def _seconds(header: str) -> float:
    return float(header) if header.isascii() and header.isdecimal() and len(header) < 6 else 0.0

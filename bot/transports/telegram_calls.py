"""The calls that every answer needs: JSON out, the number of the message back, and no object of the library between.

The library checks, copies and builds objects for each call and each answer, which costs more than the network does.
What is rare goes through its ``Bot``; errors are the library's own on both ways.
"""

from __future__ import annotations

from collections.abc import Mapping

from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter

from bot.transports.telegram_request import AnswerLost


class Calls:
    """Calls methods of the Bot API.

    Args:
        request: Carries them.
        address: Of the bot, with its token, and so never shown.
    """

    def __init__(self, request: BaseRequest, address: str) -> None:
        self._request = request
        self._address = address

    async def call(self, method: str, fields: Mapping[str, object], *, read_timeout: float | None = None) -> object:
        """The result of a method.

        Args:
            method: Its name, such as ``sendMessage``.
            fields: What JSON can say; a field that is None is left out.
            read_timeout: Seconds of silence after which the answer is given up; the usual ones unless given.

        Raises:
            TelegramError: As the library's ``Bot`` does.
        """
        asked = RequestData([RequestParameter(name, value, None) for name, value in fields.items()])
        if read_timeout is None:
            return await self._request.post(f"{self._address}/{method}", asked)
        return await self._request.post(f"{self._address}/{method}", asked, read_timeout=read_timeout)

    async def send(self, method: str, fields: Mapping[str, object]) -> str:
        """Send something; returns the id of the message."""
        sent = await self.call(method, fields)
        number = sent.get("message_id") if isinstance(sent, Mapping) else None
        if type(number) is not int:
            raise AnswerLost("Telegram took a message and did not say which it is")
        return str(number)

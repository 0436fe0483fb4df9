"""A bare aiogram dispatcher that echoes, with its defaults: the peer. Runs in a virtual environment of its own."""

from __future__ import annotations

import asyncio
import os

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message


async def echo(message: Message) -> None:
    if message.text:
        await message.answer(message.text)


async def run() -> None:
    server = TelegramAPIServer.from_base(os.environ["DESK_TELEGRAM_API_URL"])
    async with Bot(os.environ["DESK_TELEGRAM_TOKEN"], session=AiohttpSession(api=server)) as bot:
        dispatcher = Dispatcher()
        dispatcher.message.register(echo)
        await dispatcher.start_polling(bot, allowed_updates=["message"], handle_signals=True)


if __name__ == "__main__":
    asyncio.run(run())

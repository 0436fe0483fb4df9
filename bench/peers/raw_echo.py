"""The floor: aiohttp alone, polling and echoing, nothing kept."""

from __future__ import annotations

import asyncio
import os

import aiohttp


async def run() -> None:
    base = f"{os.environ['DESK_TELEGRAM_API_URL']}/bot{os.environ['DESK_TELEGRAM_TOKEN']}"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as session, asyncio.TaskGroup() as group:

        async def send(chat: int, text: str) -> None:
            async with session.post(f"{base}/sendMessage", json={"chat_id": chat, "text": text}) as answer:
                await answer.json()

        offset = 0
        while True:
            async with session.post(f"{base}/getUpdates", json={"offset": offset, "timeout": 10}) as answer:
                updates = (await answer.json())["result"]
            for update in updates:
                offset = update["update_id"] + 1
                group.create_task(send(update["message"]["chat"]["id"], update["message"]["text"]))


if __name__ == "__main__":
    asyncio.run(run())

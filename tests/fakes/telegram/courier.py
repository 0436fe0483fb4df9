"""Posts updates to the bot's webhook: in order per chat, again and again until it says 2xx."""

import asyncio
from collections.abc import Sequence

import aiohttp

from .ledger import Json
from .world import World

_FOREVER = 86_400.0


class Courier:
    """Runs for the life of the fake; does nothing while no webhook is set.

    Args:
        world: Whose queue and webhook to serve.
        backoff: Seconds to wait after the first, second, … failure; the last one repeats.
        timeout: Seconds the bot has for one update.
    """

    def __init__(self, world: World, backoff: Sequence[float], timeout: float) -> None:
        self._world = world
        self._backoff = backoff
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._busy: set[int] = set()
        self._failures: dict[int, int] = {}

    async def run(self) -> None:
        async with (
            aiohttp.ClientSession(timeout=self._timeout) as session,
            asyncio.TaskGroup() as group,
        ):
            while True:
                ready = await self._world.queue.bell.until(self._ready, _FOREVER)
                for chat_id, update in ready or []:
                    self._busy.add(chat_id)
                    group.create_task(self._deliver(session, chat_id, update))

    def _ready(self) -> list[tuple[int, Json]] | None:
        """The oldest update of each chat that is not being served."""
        if not self._world.hook.url:
            return None
        first: dict[int, Json] = {}
        for chat_id, update in self._world.queue.pending:
            first.setdefault(chat_id, update)
        free = self._world.hook.max_connections - len(self._busy)
        return [entry for entry in first.items() if entry[0] not in self._busy][:free] or None

    async def _deliver(self, session: aiohttp.ClientSession, chat_id: int, update: Json) -> None:
        number: int = update["update_id"]
        try:
            problem = await self._post(session, update)
            if not problem:
                self._failures.pop(number, None)
                self._world.queue.confirm_one(update)
                return
            hook = self._world.hook
            hook.last_error, hook.last_error_date = problem, self._world.now()
            failures = self._failures[number] = self._failures.get(number, 0) + 1
            await asyncio.sleep(self._backoff[min(failures, len(self._backoff)) - 1])
        finally:
            self._busy.discard(chat_id)
            self._world.queue.bell.ring()

    async def _post(self, session: aiohttp.ClientSession, update: Json) -> str:
        """Empty when the bot took it, else what went wrong."""
        hook = self._world.hook
        if not hook.url:
            return "the webhook was removed"
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
        try:
            async with session.post(hook.url, json=update, headers=headers) as answer:
                await answer.read()
                if answer.ok and answer.status < 300:
                    return ""
                return f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except TimeoutError:
            return "Read timeout expired"
        except aiohttp.ClientError as error:
            return f"Connection failed: {type(error).__name__}"

"""The web chat's door: takes what the page posts to the desk, and shows the page its history."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from bot.channels.webchat.about import about_event, desk_contact, phones
from bot.channels.webchat.pace import Pace
from bot.channels.webchat.qr import chat_address, qr_svg
from bot.channels.webchat.reading import choice_of_language, message, wish
from bot.channels.webchat.sessions import CHANNEL, LIFETIME, ChatSession, ChatSessions
from bot.channels.webchat.strings import page_strings
from bot.i18n.translator import Speakers, mark
from bot.model.content import Snapshot
from bot.model.errors import DeliveryDelayed, StoreUnavailable, Undeliverable
from bot.model.language import Language, closest
from bot.model.messages import Entry, Inbound, InboundId, Lane, Message, Outbound, Receipt
from bot.model.rich import letters
from bot.ports import Accept, Clock, Store
from bot.privacy.kept import kept_of
from bot.privacy.mydata import export
from bot.transports.web_body import Body, read_json
from bot.transports.web_entries import entry_json
from bot.transports.web_errors import Told, said
from bot.transports.web_feed import Feed, Wake
from bot.transports.web_language import LANGUAGE_COOKIE, reader
from bot.transports.web_page import Assets, full_page
from bot.transports.web_sse import HEARTBEAT, LEFT, Stream
from bot.transports.web_static import SHARED, Static

ACCEPT_WITHIN: Final = timedelta(seconds=4)  # after 5 s a delegate must know that it did not work
NUMBERS_WITHIN: Final = timedelta(seconds=0.7)  # for somebody in danger, whatever the store does
_DIGITS: Final = re.compile(r"[0-9]{1,9}")
ASSETS: Final = Assets("chat.js", ("base.css", "chat.css"), preload=("wire.js", "rich.js"))
AT_ONCE: Final = 500  # lines of a history that one answer carries
_STORE_AGAIN: Final = timedelta(seconds=2)  # until a line that could not be shown is tried again
CHAT_ENDED: Final = "the chat on the web page has ended"
NOT_STORED: Final = mark("Your message could not be stored just now. Please try again, or call:")
NOT_YET: Final = mark("Your message is not stored yet; I keep trying. Please call now:")
NO_SESSION: Final = mark("This chat has ended or was never begun. Please open the page again.")
TOO_FAST: Final = mark("Too many messages at once. Please wait a moment.")


class WebChat:
    """Give ``routes()`` to the web server; the feed's ``run`` and ``close`` belong to the app."""

    def __init__(
        self,
        *,
        store: Store,
        accept: Accept,
        feed: Feed,
        speakers: Speakers,
        snapshot: Callable[[], Snapshot],
        clock: Clock,
        urgent: Callable[[str], bool],
        public_url: str | None = None,
        demo: bool = False,
        ticks: Callable[[], float] = time.monotonic,
        heartbeat: timedelta = HEARTBEAT,
    ) -> None:
        self._store = store
        self._accept = accept
        self._feed = feed
        self._speakers = speakers
        self._snapshot = snapshot
        self._clock = clock
        self._urgent = urgent
        self._public_url = public_url.rstrip("/") if public_url else None
        self._demo = demo
        self._ticks = ticks
        self._heartbeat = heartbeat
        self._pace = Pace()
        self._sessions = ChatSessions(store, public_url)
        self._notices: dict[str, str] = {}
        """By session, while a post of its page is answered."""
        self._emergencies: dict[tuple[str, str], asyncio.Task[str]] = {}
        """Those that are being taken, by session and message."""
        self._static = Static("/chat/static", Path(str(files(__package__))) / "page", SHARED)

    @property
    def name(self) -> str:
        return CHANNEL

    async def deliver(self, row: Outbound) -> Receipt:
        """The history is the delivery: the line is in the store, and the feed wakes the page showing it.

        What is said past the history, such as "everything was deleted", goes out with the answer to the page's post; the
        numbers for an emergency stand in that answer anyway. An announcement becomes a line of the history only here, so that it can be withdrawn before.
        """
        if row.entry is not None or row.broadcast:
            try:
                await self._show(row)
            except StoreUnavailable as error:
                raise DeliveryDelayed("the history cannot be reached", _STORE_AGAIN) from error
        elif isinstance(row.body, Message) and row.lane is not Lane.EMERGENCY and row.to.key in self._notices:
            self._notices[row.to.key] = letters(row.body.text, isolate=False)
        return Receipt((f"{row.to.key}:{row.entry}",) if row.entry is not None else ())

    async def _show(self, row: Outbound) -> None:
        """Raises Undeliverable when the chat has ended: nobody will read its history any more."""
        ended = "" if await self._sessions.lives(row.to.key) else CHAT_ENDED
        who = row.to.delegate
        if row.entry is None and row.delegate == who and isinstance(row.body, Message):
            now, shown = self._clock.now(), InboundId(f"{row.id}:shown")
            line = Entry(0, who, now, "desk", row.body, inbound=InboundId(row.id), undeliverable=ended)
            async with self._store.transaction(who) as tx:
                # Not for somebody who was erased meanwhile, nor twice when it is not known whether it was shown.
                if await tx.delegate() is not None and not await tx.known(shown, now=now, until=now + LIFETIME):
                    await tx.append(line if ended else replace(line, delivered_at=now))
        if ended:
            raise Undeliverable(ended, address_gone=True)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._to_the_page),
            web.get("/chat", self._page),
            web.get("/chat/", self._to_the_page),
            web.get("/chat/strings/{language}.json", self._strings),
            web.get("/chat/qr.svg", self._qr),
            web.post("/chat/session", self._begin),
            web.post("/chat/messages", self._take_message),
            web.get("/chat/messages", self._history),
            web.get("/chat/events", self._events),
            web.get("/chat/mydata.json", self._my_data),
            web.post("/chat/language", self._take_language),
            web.post("/chat/end", self._end),
            *self._static.routes(),
        ]

    # ---------------------------------------------------------------- the page

    async def _to_the_page(self, _request: web.Request) -> web.Response:
        raise web.HTTPFound("/chat")

    async def _page(self, request: web.Request) -> web.Response:
        language = reader(request)
        speaker = self._speakers[language]
        event = self._snapshot().event
        contact = desk_contact(event)
        values = {
            "short": event.short,
            "noscript": speaker.text("This page needs JavaScript. You can always call the reception desk:"),
            "phone": contact.phone if contact else "",
            "tel": next((phone["href"] for phone in phones(event, language) if not phone["emergency"]), ""),
        }
        title, body = f"{event.short} · {speaker.text('Information desk')}", self._static.text("index.html")
        page = full_page(language, title, ASSETS, self._static.base, body=body, values=values)
        return web.Response(
            text=page,
            content_type="text/html",
            headers={"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"},
        )

    async def _strings(self, request: web.Request) -> web.Response:
        language = closest(request.match_info["language"])
        if language is None:
            raise web.HTTPNotFound
        return web.json_response(page_strings(self._speakers[language]))

    async def _qr(self, request: web.Request) -> web.Response:
        base = self._public_url or f"{request.scheme}://{request.host}"
        address = chat_address(base, request.query.get("lang"), request.query.get("at"))
        return web.Response(body=qr_svg(address), content_type="image/svg+xml")

    # ---------------------------------------------------------------- the session

    async def _begin(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        wanted = body.get("language")
        asked = closest(wanted if isinstance(wanted, str) else None) or reader(request)
        now = self._clock.now()
        session = await self._sessions.find(request)
        if session is None:
            session = await self._sessions.begin(now)
        else:
            await self._sessions.keep(session, now)
        language = await self._language_of(session, asked)
        response = web.json_response(
            {
                "language": language,
                "strings": page_strings(self._speakers[language]),
                "event": about_event(self._snapshot(), language, self._speakers, self._clock.now(), demo=self._demo),
                "seq": await self._newest(session),
            }
        )
        self._sessions.cookie.set(response, session.token)
        self._keep_language(response, language)
        return response

    async def _end(self, request: web.Request) -> web.Response:
        session = await self._sessions.find(request)
        if session is not None:
            await self._sessions.end(session)
            self._feed.end(session.address.delegate)
        response = web.json_response({"ok": True})
        self._sessions.cookie.clear(response)
        return response

    def _keep_language(self, response: web.StreamResponse, language: str) -> None:
        """So that errors and the next visit speak it, also before the first message."""
        response.set_cookie(
            LANGUAGE_COOKIE,
            language,
            path="/",
            httponly=True,
            samesite="Strict",
            max_age=int(LIFETIME.total_seconds()),
            secure=self._sessions.cookie.secure,
        )

    async def _session(self, request: web.Request) -> ChatSession:
        session = await self._sessions.find(request)
        if session is None:
            raise Told(401, NO_SESSION)
        return session

    async def _language_of(self, session: ChatSession, otherwise: Language) -> Language:
        delegate = await self._store.delegate(session.address.delegate)
        return delegate.language if delegate is not None else otherwise

    # ---------------------------------------------------------------- messages in

    async def _take_message(self, request: web.Request) -> web.StreamResponse:
        cookie = self._sessions.cookie.read(request)
        if cookie is None:
            raise Told(401, NO_SESSION)
        body = await read_json(request)
        urgent = self._is_urgent(body)
        if not urgent:
            return _ticked(await self._taken(request, body, urgent=False))
        which = (cookie, str(body.get("id")))
        if (taking := self._emergencies.get(which)) is not None:
            # Posted again while the first is under way: another turn would only wait behind it.
            await asyncio.wait([taking], timeout=NUMBERS_WITHIN.total_seconds())
            if not taking.done() or taking.cancelled():
                raise self._not_stored(request, NOT_YET, urgent=True)
            return _ticked(taking.result())
        taking = asyncio.create_task(self._taken(request, body, urgent=True), name="web emergency")
        self._emergencies[which] = taking
        try:
            return await self._numbers_first(request, taking)
        finally:
            del self._emergencies[which]

    async def _taken(self, request: web.Request, body: Body, *, urgent: bool) -> str:
        """Returns once the desk has it on disk, with what is to be said past the history; only then the page shows its tick."""
        with self._refusing(request, urgent=urgent):
            async with asyncio.timeout(ACCEPT_WITHIN.total_seconds()):
                session = await self._session(request)
                inbound = message(body, session, reader(request), self._clock.now())
                if not urgent:
                    self._slow_down(session)
                self._notices.setdefault(session.key, "")
                try:
                    await self._hand_over(inbound)
                finally:
                    notice = self._notices.pop(session.key, "")
        return notice

    async def _numbers_first(self, request: web.Request, taking: asyncio.Task[str]) -> web.StreamResponse:
        """Somebody in danger does not wait for the store: the answer is the numbers then, and the desk goes on behind it.

        The page posts the message again, and by its id learns what became of it.
        """
        try:
            await asyncio.wait([taking], timeout=NUMBERS_WITHIN.total_seconds())
            if taking.done():
                return _ticked(taking.result())
            early = said(request, self._speakers[reader(request)], self._not_stored(request, NOT_YET, urgent=True))
            early.force_close()  # whatever the page posts next must not wait behind this
            with suppress(*LEFT):
                await early.prepare(request)
                await early.write_eof()
            await asyncio.wait([taking])
            return early
        finally:
            taking.cancel()
            await asyncio.wait([taking])
            if not taking.cancelled():
                taking.exception()  # looked at, so that nobody complains that it was not

    async def _take_language(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        inbound = choice_of_language(await read_json(request), session, self._clock.now())
        self._slow_down(session)
        with self._refusing(request, urgent=False):
            async with asyncio.timeout(ACCEPT_WITHIN.total_seconds()):
                await self._hand_over(inbound)
        response = web.json_response({"ok": True})
        self._keep_language(response, inbound.text)
        return response

    def _is_urgent(self, body: Body) -> bool:
        press, text = wish(body)
        return press.startswith("emergency:") or (bool(text) and self._urgent(text))

    def _slow_down(self, session: ChatSession) -> None:
        wait = self._pace.wait_for(session.key, self._ticks())
        if wait:
            raise Told(429, TOO_FAST, headers={"Retry-After": str(int(wait) + 1)})

    async def _hand_over(self, inbound: Inbound) -> None:
        await self._accept(inbound)

    @contextmanager
    def _refusing(self, request: web.Request, *, urgent: bool) -> Iterator[None]:
        try:
            yield
        except (StoreUnavailable, TimeoutError) as error:
            raise self._not_stored(request, NOT_STORED, urgent=urgent) from error

    def _not_stored(self, request: web.Request, sentence: str, *, urgent: bool) -> Told:
        numbers = phones(self._snapshot().event, reader(request), emergency_first=urgent)
        return Told(503, sentence, more={"phone": numbers}, headers={"Retry-After": "2"})

    # ---------------------------------------------------------------- the history out

    async def _history(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        language = await self._language_of(session, reader(request))
        newest = await self._newest(session)
        after = _number(request.query.get("after"))
        # A history that was erased begins again at 1: a page that is ahead of it starts over.
        entries = await self._entries(session, after if after <= newest else 0)
        shown = [self._shown(entry, language) for entry in entries if entry.author != "note"]
        response = web.json_response({"entries": shown, "language": language, "seq": newest})
        response.enable_compression()
        return response

    async def _my_data(self, request: web.Request) -> web.Response:
        """Everything kept about whoever holds this session, as a file."""
        session = await self._session(request)
        file = export(await kept_of(self._store, session.address.delegate))
        return web.json_response(
            file,
            dumps=lambda value: json.dumps(value, ensure_ascii=False, indent=1),
            headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        session = await self._session(request)
        after = _number(request.headers.get("Last-Event-ID") or request.query.get("after"))
        with self._feed.watch(session.address.delegate) as wake:
            stream = await Stream.open(request)
            with suppress(*LEFT):  # the page comes back with Last-Event-ID
                await self._follow(stream, wake, session, after, reader(request))
        return stream.response

    async def _follow(self, stream: Stream, wake: Wake, session: ChatSession, after: int, language: Language) -> None:
        while not wake.closed:
            if await self._newest(session) < after:
                await stream.send("reset", {})
                return
            language = await self._language_of(session, language)
            for entry in await self._entries(session, after):
                after = entry.seq
                if entry.author != "note":
                    await stream.send("entry", self._shown(entry, language), entry.seq)
            # The store is read again at each beat too, so a change that nobody announced is late, not lost.
            if not await wake.wait(self._heartbeat):
                if not await self._sessions.stands(session):
                    return
                await stream.beat()

    async def _entries(self, session: ChatSession, after: int) -> list[Entry]:
        return list(await self._store.entries(session.address.delegate, after=after, limit=AT_ONCE))

    async def _newest(self, session: ChatSession) -> int:
        last = await self._store.entries(session.address.delegate, limit=1)
        return last[-1].seq if last else 0

    def _shown(self, entry: Entry, language: Language) -> Mapping[str, Any]:
        return entry_json(entry, self._snapshot().event.zone, language)


def _ticked(notice: str) -> web.Response:
    return web.json_response({"ok": True, "notice": notice} if notice else {"ok": True})


def _number(given: str | None) -> int:
    return int(given) if given is not None and _DIGITS.fullmatch(given) else 0

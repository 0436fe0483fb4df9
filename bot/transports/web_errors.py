"""Refusals and accidents as the visitor reads them: a sentence in their language, never a traceback."""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.i18n.translator import Speaker, Speakers, mark
from bot.model.errors import StoreUnavailable
from bot.transports.web_language import reader
from bot.transports.web_page import small_page

log = structlog.get_logger("web")

NOT_FOUND: Final = mark("There is nothing at this address.")
NOT_NOW: Final = mark("This did not work just now. Please try again in a moment.")
_SENTENCES: Final = {
    404: NOT_FOUND,
    405: mark("This address does not take that kind of request."),
    408: mark("The request took too long to arrive. Please try again."),
    413: mark("This is too long to send. Please send less at once."),
}


class Told(Exception):
    """Ends a request with a status and a sentence; ``more`` joins the sentence in the JSON."""

    def __init__(
        self,
        status: int,
        sentence: str,
        *,
        fields: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.sentence = sentence
        self.fields = dict(fields or {})
        self.more = dict(more or {})
        self.headers = dict(headers or {})
        super().__init__(sentence)


def polite(speakers: Speakers) -> Middleware:
    """The outermost layer: whatever goes wrong inside leaves as a polite answer."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        speaker = speakers[reader(request)]
        try:
            return await handler(request)
        except Told as told:
            return said(request, speaker, told)
        except web.HTTPException as error:
            if error.status < HTTPStatus.BAD_REQUEST:
                raise
            return said(request, speaker, Told(error.status, _SENTENCES.get(error.status, NOT_NOW)))
        except StoreUnavailable:
            return said(request, speaker, Told(503, NOT_NOW, headers={"Retry-After": "2"}))
        except ConnectionError:  # the visitor left while we answered
            raise
        except Exception as error:  # noqa: BLE001 -- one odd request must not show its insides
            accident = secrets.token_hex(4)
            # The error's own text may hold a delegate's words; its place in the code does not.
            log.error(  # noqa: TRY400
                "request failed",
                accident=accident,
                route=_route(request),
                error=type(error).__name__,
                where=_where(error),
            )
            return said(request, speaker, Told(500, NOT_NOW, more={"accident": accident}))

    return answer


def said(request: web.Request, speaker: Speaker, told: Told) -> web.Response:
    """A refusal as whoever asked reads it: a page, or JSON."""
    sentence = speaker.text(told.sentence, **told.fields)
    if "text/html" in request.headers.get("Accept", ""):
        staff = request.path == "/desk" or request.path.startswith("/desk/")
        link = ("/desk/", speaker.text("To the desk")) if staff else ("/chat", speaker.text("To the chat"))
        page = small_page(speaker, sentence, link=link)
        return web.Response(text=page, status=told.status, content_type="text/html", headers=told.headers)
    return web.json_response({"error": sentence, **told.more}, status=told.status, headers=told.headers)


def _route(request: web.Request) -> str:
    """The pattern of the address: the address itself may carry a token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else ""


def _where(error: Exception) -> list[str]:
    return [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-6:]]

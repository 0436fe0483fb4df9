"""What a page posts, as something the desk accepts."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.channels.webchat.sessions import CHANNEL, ChatSession
from bot.i18n.translator import mark
from bot.model.language import Language, closest
from bot.model.messages import LONGEST_TEXT, Inbound, InboundId, Sender
from bot.transports.web_body import NOT_UNDERSTOOD, Body, text_in, uuid_in
from bot.transports.web_errors import Told

LONGEST_PRESS: Final = 200
LONGEST_PLACE: Final = 32  # characters of a place's id, as in the address of a code
KEPT_OF_TOO_LONG: Final = 500  # characters, enough for staff to see what it was about


def wish(body: Body) -> tuple[str, str]:
    """The button and the words of a message, before it is known whose it is; of a text that is too long, its beginning."""
    press, text = text_in(body, "press"), text_in(body)
    return press[:LONGEST_PRESS], text if len(text) <= LONGEST_TEXT else text[:KEPT_OF_TOO_LONG]


def message(body: Body, session: ChatSession, hint: Language, now: datetime) -> Inbound:
    """A message or the press of a button.

    Raises:
        Told: Neither could be read.
    """
    number = _inbound_id(body, session)
    sender = Sender(session.address, language_hint=hint)
    press = text_in(body, "press")
    if press:
        if len(press) > LONGEST_PRESS or not press.isprintable():
            raise Told(400, NOT_UNDERSTOOD)
        return Inbound(number, sender, now, press=press)
    text = text_in(body)
    if not text.strip():
        raise Told(400, mark("The message is empty."))
    if len(text) > LONGEST_TEXT:
        return Inbound(number, sender, now, text=text[:KEPT_OF_TOO_LONG], refused="too-long")
    place = text_in(body, "at")
    return Inbound(number, sender, now, text=text, at=place if len(place) <= LONGEST_PLACE else "")


def choice_of_language(body: Body, session: ChatSession, now: datetime) -> Inbound:
    language = closest(text_in(body, "language"))
    if language is None:
        raise Told(400, mark("This language is not spoken here."))
    sender = Sender(session.address, language_hint=language)
    return Inbound(_inbound_id(body, session), sender, now, text=language, command="lang")


def _inbound_id(body: Body, session: ChatSession) -> InboundId:
    return InboundId(f"{CHANNEL}:{session.key}:{uuid_in(body)}")

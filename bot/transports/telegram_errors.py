"""Telegram's refusals as ours, in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import structlog
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.model.errors import DeliveryDelayed, Undeliverable
from bot.transports.telegram_request import AnswerLost

SOON: Final = timedelta(seconds=2)  # after a broken connection
LATER: Final = timedelta(seconds=30)  # after something that people must mend, such as a wrong token

log = structlog.get_logger("telegram")


@contextmanager
def delivery_errors(**ids: object) -> Iterator[None]:
    """Turn what Telegram raises into ``Undeliverable`` and ``DeliveryDelayed``.

    Args:
        ids: What may stand in the log beside a refusal: ids only.
    """
    try:
        yield
    except RetryAfter as error:
        raise DeliveryDelayed("Telegram asks to wait", waiting(error)) from error
    except (Forbidden, ChatMigrated) as error:
        raise Undeliverable(error.message, address_gone=True) from error
    except BadRequest as error:
        log.warning("telegram_refused", reason=error.message, **ids)
        raise Undeliverable(error.message, address_gone=chat_is_gone(error)) from error
    except TelegramError as error:
        raise _delayed(error) from error


def _delayed(error: TelegramError) -> DeliveryDelayed:
    match error:
        case AnswerLost():
            return DeliveryDelayed(error.message, SOON, may_have_arrived=True)
        case InvalidToken() | Conflict():
            # Not the text of the error: it may name the token.
            return DeliveryDelayed("Telegram does not accept the token", LATER, whole_channel=True)
        case _:
            # Never sent, answered by somebody else, or 5xx: Telegram in trouble carries nothing out as a rule, and a
            # message that comes twice is better than one that never comes.
            return DeliveryDelayed(error.message, SOON, whole_channel=True)


def waiting(error: RetryAfter) -> timedelta:
    after = error.retry_after
    return after if isinstance(after, timedelta) else timedelta(seconds=after)


def not_modified(error: BadRequest) -> bool:
    return "message is not modified" in error.message.lower()


def cannot_edit(error: BadRequest) -> bool:
    """The message is gone, or can no longer be changed."""
    said = error.message.lower()
    return any(part in said for part in ("message to edit not found", "message can't be edited", "message_id_invalid"))


def thread_is_gone(error: BadRequest) -> bool:
    said = error.message.lower()
    return any(part in said for part in ("thread not found", "topic_deleted", "topic_id_invalid"))


def thread_is_closed(error: BadRequest) -> bool:
    """Somebody closed the topic: it is there, and takes no more messages of ours."""
    return "topic_closed" in error.message.lower()


def no_topics(error: BadRequest) -> bool:
    """The group has no topics, or the bot may not open any."""
    said = error.message.lower()
    return "not a forum" in said or "not enough rights to create" in said or "chat_admin_required" in said


def chat_is_gone(error: BadRequest) -> bool:
    return "chat not found" in error.message.lower()

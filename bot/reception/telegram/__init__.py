"""The Telegram lane of reception: a staff group with a topic per ticket."""

from bot.reception.telegram.reception import TelegramReception

__all__ = ["TelegramReception"]

"""The Telegram door for delegates: private chats with the bot."""

from bot.channels.telegram.door import TelegramDoor

__all__ = ["TelegramDoor"]

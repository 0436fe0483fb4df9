"""The web chat: a page for delegates who do not use Telegram, or would rather not."""

from bot.channels.webchat.door import WebChat

__all__ = ["WebChat"]

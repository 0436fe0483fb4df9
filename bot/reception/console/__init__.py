"""The console: the staff page in a browser, an equal first lane beside the staff group."""

from bot.reception.console.door import Console

__all__ = ["Console"]

"""The console: the staff page in a browser, an equal first lane beside the staff group."""

from bot.reception.console.door import Console
from bot.reception.console.links import new_link, shut_out

__all__ = ["Console", "new_link", "shut_out"]

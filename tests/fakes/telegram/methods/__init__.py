"""What each method does; importing this package registers all of them."""

from . import chats, copying, editing, files, polling, presses, profile, sending, topics, webhooks

__all__ = [
    "chats",
    "copying",
    "editing",
    "files",
    "polling",
    "presses",
    "profile",
    "sending",
    "topics",
    "webhooks",
]

"""What the pages around signing in say; the server fills it in, for they stand before any session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.i18n.translator import Speaker, mark
from bot.transports.web_errors import NOT_NOW

WORDS: Final[Mapping[str, str]] = {
    "button": mark("Sign in"),
    "failed": NOT_NOW,
    "how": mark(
        "Staff sign in with a link that works once: write /console to the bot, or ask an administrator for one."
    ),
    "administrators": mark("Administrators"),
    "name": mark("Name"),
    "password": mark("Password"),
    "code": mark("Code of your app, or a recovery code"),
    "set_up": mark("Choose a password and a second factor"),
    "scan": mark("Scan this picture with an app for sign-in codes, or type this key into it:"),
    "picture": mark("The picture for the app"),
    "new_password": mark("New password, at least 12 characters"),
    "app_code": mark("The code that the app shows now"),
    "finish": mark("Finish"),
    "recovery": mark("Recovery codes"),
    "keep": mark(
        "Write these codes down and keep them apart from your telephone. Each works once in place of a code of the app."
    ),
    "onwards": mark("To the console"),
    "here": mark("This browser"),
    "since": mark("Signed in"),
    "last": mark("Last used"),
    "end": mark("Sign out there"),
    "leave": mark("Sign out"),
    "everywhere": mark("Sign out everywhere"),
    "chat": mark("To the chat"),
}


def entrance_words(speaker: Speaker) -> dict[str, str]:
    return {name: speaker.text(sentence) for name, sentence in WORDS.items()}

"""What the QR code leads to."""

from __future__ import annotations

import pytest

from bot.channels.webchat.qr import chat_address


@pytest.mark.parametrize(
    ("lang", "at", "address"),
    [
        (None, None, "https://d.example/chat"),
        ("ar", "lobby", "https://d.example/chat?lang=ar&at=lobby"),
        ("ar-EG", None, "https://d.example/chat?lang=ar"),
        ("xx", "../x", "https://d.example/chat"),
    ],
)
def test_address_carries_only_known_values(lang: str | None, at: str | None, address: str) -> None:
    assert chat_address("https://d.example", lang, at) == address

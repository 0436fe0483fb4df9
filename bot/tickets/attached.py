"""What staff read of what came along with a message; pure."""

from __future__ import annotations

from typing import Final

from bot.i18n.translator import mark
from bot.model.messages import Attachment

_KINDS: Final = {
    "photo": mark("photo"),
    "live_photo": mark("photo"),
    "voice": mark("voice message"),
    "audio": mark("sound file"),
    "video": mark("video"),
    "video_note": mark("video"),
    "animation": mark("animation"),
    "sticker": mark("sticker"),
    "location": mark("location"),
    "venue": mark("location"),
    "contact": mark("contact"),
    "poll": mark("poll"),
}
_FILE: Final = mark("file")
_TELLING: Final = frozenset({"location", "venue", "contact"})


def kind_and_words(attachment: Attachment) -> tuple[str, str]:
    """What it is, as a catalog message, and what it tells: where somebody is, a telephone number.

    Of everything else only the kind is told: files stay with the door that has them (R3).
    """
    return _KINDS.get(attachment.kind, _FILE), attachment.ref if attachment.kind in _TELLING else ""

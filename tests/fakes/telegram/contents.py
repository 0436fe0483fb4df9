"""What people send besides text, as the Bot API shows it."""

from typing import Any

from .ledger import Json
from .methods.media import described
from .text import detected
from .world import World

_FILES = frozenset({"photo", "document", "voice", "video", "video_note", "audio", "animation", "sticker"})
_POINT = {"latitude": 16.0544, "longitude": 108.2022}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)  # enough to pass for a picture


def content_of(world: World, kind: str, caption: str, details: dict[str, Any]) -> Json:
    """The content of a message of a kind; ``details`` fill or replace its fields."""
    if kind not in _FILES:
        return _facts(kind, details)
    rest = {k: v for k, v in details.items() if k not in ("data", "name", "mime", "size")}
    file = world.store(
        details.get("data", PNG),
        name=details.get("name", f"{kind}.bin"),
        mime=details.get("mime", "application/octet-stream"),
        size=details.get("size", -1),
    )
    content: Json = {kind: described(world, kind, file, rest)}
    if isinstance(content[kind], dict):
        content[kind] |= rest
    if kind == "animation":
        content["document"] = described(world, "document", file, {})
    if caption:
        content |= {"caption": caption, "caption_entities": detected(caption)}
    return content


def _facts(kind: str, details: dict[str, Any]) -> Json:
    if kind == "location":
        return {"location": _POINT | details}
    if kind == "venue":
        point = _POINT | {k: v for k, v in details.items() if k in _POINT}
        words = {k: v for k, v in details.items() if k not in _POINT}
        return {
            "location": point,
            "venue": {"location": point, "title": "Hotel", "address": "1 Beach Road"} | words,
        }
    if kind == "contact":
        return {"contact": {"phone_number": "+84900000001", "first_name": "Contact"} | details}
    if kind == "dice":
        return {"dice": {"emoji": "🎲", "value": 4} | details}
    if kind == "poll":
        options = [
            {"persistent_id": str(number), "text": text, "voter_count": 0}
            for number, text in enumerate(details.pop("options", ["yes", "no"]))
        ]
        return {
            "poll": {
                "id": "1", "question": "?", "options": options, "total_voter_count": 0,
                "is_closed": False, "is_anonymous": True, "type": "regular",
                "allows_multiple_answers": False, "allows_revoting": False, "members_only": False,
            } | details
        }  # fmt: skip
    raise ValueError(f"people can't send {kind!r}")

"""Files inside messages, as the Bot API describes them."""

from typing import Any

from tests.fakes.telegram.errors import unlucky, wrong
from tests.fakes.telegram.fields import Upload
from tests.fakes.telegram.ledger import Json
from tests.fakes.telegram.model import File
from tests.fakes.telegram.request import Request
from tests.fakes.telegram.text import valid_url
from tests.fakes.telegram.world import World

BIGGEST_UPLOAD = 50 * 1024 * 1024
BIGGEST_PHOTO = 10 * 1024 * 1024
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")


def medium(request: Request, kind: str, given: Upload | str, details: Json) -> Any:
    """Stores what came with a call, or finds what is there already.

    Raises:
        Refusal: Not given out, empty, too big, or not an image.
    """
    return described(request.world, kind, _found(request, kind, given), details)


def _found(request: Request, kind: str, given: Upload | str) -> File:
    if isinstance(given, str) and given.startswith("attach://"):
        name = given.removeprefix("attach://")
        if name not in request.uploads:
            raise wrong(f"no file {name!r} in the request")
        given = request.uploads[name]
    if isinstance(given, Upload):
        return _stored(request.world, kind, given)
    if given.startswith(("http://", "https://")):
        if not valid_url(given):
            raise wrong("wrong HTTP URL specified")
        return request.world.store(b"", name=given.rpartition("/")[2])
    if given not in request.world.files:
        raise wrong("wrong remote file identifier specified: can't unserialize it")
    return request.world.files[given]


def _stored(world: World, kind: str, upload: Upload) -> File:
    if not upload.data:
        raise wrong("file must be non-empty")
    if len(upload.data) > BIGGEST_UPLOAD:
        raise unlucky(400, "file is too big")
    if kind == "photo" and len(upload.data) > BIGGEST_PHOTO:
        raise wrong("file is too big for a photo")
    if kind == "photo" and not upload.data.startswith(_IMAGES):
        raise wrong("IMAGE_PROCESS_FAILED")
    return world.store(upload.data, name=upload.name, mime=upload.mime)


def described(world: World, kind: str, file: File, details: Json) -> Any:
    """The object of a kind (``PhotoSize``, ``Voice``, …) for a file."""
    shown: Json = {"file_id": file.id, "file_unique_id": f"U{file.id}", "file_size": file.size}
    if kind == "photo":
        small = world.store(file.data, name="small.jpg")
        thumb = {"file_id": small.id, "file_unique_id": f"U{small.id}", "file_size": file.size}
        return [thumb | {"width": 90, "height": 60}, shown | {"width": 1280, "height": 853}]
    if kind in ("document", "audio", "video", "animation"):
        shown |= {k: v for k, v in (("file_name", file.name), ("mime_type", file.mime)) if v}
    if kind in ("voice", "audio", "video", "animation", "video_note"):
        shown["duration"] = details.get("duration", 3)
    if kind in ("video", "animation"):
        shown |= {"width": details.get("width", 640), "height": details.get("height", 360)}
    if kind == "video_note":
        shown["length"] = 240
    if kind == "sticker":
        shown |= {"width": 512, "height": 512, "is_animated": False, "is_video": False,
                  "type": "regular", "emoji": details.get("emoji", "👍")}  # fmt: skip
    return shown

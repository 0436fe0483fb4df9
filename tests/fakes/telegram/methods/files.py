"""Downloading what people sent."""

from tests.fakes.telegram.errors import unlucky, wrong
from tests.fakes.telegram.ledger import Json
from tests.fakes.telegram.request import Request, handles

BIGGEST_DOWNLOAD = 20 * 1024 * 1024


@handles("getFile")
def get_file(request: Request) -> Json:
    file = request.world.files.get(request.fields["file_id"])
    if file is None:
        raise wrong("invalid file_id")
    if file.size > BIGGEST_DOWNLOAD:
        raise unlucky(400, "file is too big")
    return {
        "file_id": file.id,
        "file_unique_id": f"U{file.id}",
        "file_size": file.size,
        "file_path": file.path,
    }

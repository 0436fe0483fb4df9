"""The files of a page, read once: compressed, with a hash of their content for caches."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

SHARED: Final = Path(__file__).with_name("web_shared")
"""Files that the pages of several doors use: the showing of rich text, and colours and controls."""
_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK: Final = "no-cache"  # keep it, but ask whether it is still the same


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    packed: bytes
    etag: str
    type: str


class Static:
    """Serves ``<prefix>/<version>/<name>`` for ever, and ``<prefix>/<name>`` with a question to us each time.

    The version is a hash over all files, so pages that name it never mix files of two releases.
    """

    def __init__(self, prefix: str, *folders: Path) -> None:
        self._assets = {
            path.name: _read(path) for folder in folders for path in sorted(folder.iterdir()) if path.suffix in _TYPES
        }
        hashes = "".join(f"{name}{asset.etag}" for name, asset in sorted(self._assets.items()))
        self.version = hashlib.sha256(hashes.encode()).hexdigest()[:12]
        self.base = f"{prefix}/{self.version}"
        self._prefix = prefix

    def text(self, name: str) -> str:
        return self._assets[name].body.decode()

    def weight(self) -> int:
        """Bytes of all files as sent."""
        return sum(len(asset.packed) for asset in self._assets.values())

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{self._prefix}/{{name}}", self._serve),
            web.get(f"{self._prefix}/{{version}}/{{name}}", self._serve),
        ]

    async def _serve(self, request: web.Request) -> web.Response:
        asset = self._assets.get(request.match_info["name"])
        if asset is None or asset.type == "text/html":  # templates have addresses of their own
            raise web.HTTPNotFound
        named = request.match_info.get("version") == self.version
        headers = {
            "ETag": f'"{asset.etag}"',
            "Cache-Control": _FOREVER if named else _ASK,
            "Vary": "Accept-Encoding",
        }
        if asset.etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return web.Response(body=asset.packed, content_type=asset.type, charset="utf-8", headers=headers)
        return web.Response(body=asset.body, content_type=asset.type, charset="utf-8", headers=headers)


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    etag = hashlib.sha256(body).hexdigest()[:16]
    return Asset(body, gzip.compress(body, 9, mtime=0), etag, _TYPES[path.suffix])

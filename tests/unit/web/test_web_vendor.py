"""What the console uses of others stands in the repository as it came."""

from __future__ import annotations

import hashlib
from importlib.resources import files

VENDOR = files("bot.reception.console") / "vendor"


def test_every_file_of_others_is_the_one_of_the_manifest() -> None:
    lines = [line.split() for line in (VENDOR / "MANIFEST.txt").read_text().splitlines() if not line.startswith("#")]
    known = {name: digest for digest, name, *_ in lines}
    there = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "MANIFEST.txt"
    }

    assert there == known


def test_each_library_comes_with_its_licence() -> None:
    assert "Apache License" in (VENDOR / "LICENSE-htm.txt").read_text()
    assert "MIT License" in (VENDOR / "LICENSE-preact.txt").read_text()

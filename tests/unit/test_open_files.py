"""The desk lifts the number of files that it may have open, within what it is granted."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("resource", reason="no such limit on this system")


@pytest.mark.parametrize(("soft", "hard", "wanted"), [(64, 200, 200), (150, 150, 150)])
def test_as_many_files_as_are_granted(soft: int, hard: int, wanted: int) -> None:
    limits = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))"
    code = f"{limits}; from bot.cli.open_files import allow_many; allow_many()"
    code += "; print(resource.getrlimit(resource.RLIMIT_NOFILE))"

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)  # noqa: S603

    assert told.stdout.strip() == f"({wanted}, {hard})"

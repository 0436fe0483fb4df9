"""How many files the desk may have open: each page holds two connections, and many systems begin with 1,024."""

from __future__ import annotations

import sys
from typing import Final

if sys.platform != "win32":  # which knows no such limit
    import resource

ENOUGH: Final = 65_536


def allow_many() -> None:
    """Up to what the system grants without asking anybody: else the 513th delegate finds no open door."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

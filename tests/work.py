"""How much work something is, counted and not timed: the same on any machine, however busy."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType


def calls(work: Callable[[], object]) -> int:
    """How many functions are called while something is done."""
    made = 0

    def count(frame: FrameType, event: str, argument: object) -> None:  # noqa: ARG001 -- what the interpreter passes
        nonlocal made
        made += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return made

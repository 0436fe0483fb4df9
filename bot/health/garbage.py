"""Keeps the search for garbage in circles short: each full one looks at everything that lives, while everybody waits."""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping
from typing import Any, Final

TOO_LONG: Final = 0.02  # seconds of one search


def settle() -> None:
    """What lives now stays: it is looked at once more and then never again. So it goes with what makes a search long.

    An announcement to ten thousand adds some hundred thousand small things that live for minutes; a dozen searches
    through them and all the rest took a tenth of a second each. What is set apart goes as ever when nobody holds it any
    more; only a circle that was whole when it was set apart, and that nobody holds later, stays for good. The heap has
    to grow much between two such times, so that is little.
    """
    gc.collect()
    gc.freeze()
    if _watch not in gc.callbacks:
        gc.callbacks.append(_watch)


_began = 0.0


def _watch(phase: str, about: Mapping[str, Any]) -> None:
    global _began  # noqa: PLW0603 -- the collector is one for the process, and so is this
    if phase == "start":
        _began = time.perf_counter()
    elif about["generation"] == 2 and time.perf_counter() - _began > TOO_LONG:
        gc.freeze()

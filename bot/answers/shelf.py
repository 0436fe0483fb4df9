"""Arrays as one file that can be mapped into memory: what a message does not touch is never read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Buffer = bytes | memoryview
_SIGN: Final = b"desk shelf\n"
_ALIGNED: Final = 64  # bytes


def shelve(arrays: Mapping[str, Array]) -> bytes:
    """A line that says what follows, then the arrays; each begins at a multiple of 64 bytes."""
    said: dict[str, tuple[str, tuple[int, ...], int]] = {}
    parts: list[bytes] = []
    at = 0
    for name, array in arrays.items():
        raw = np.ascontiguousarray(array).tobytes()
        raw += bytes(-len(raw) % _ALIGNED)
        said[name] = (array.dtype.str, array.shape, at)
        parts.append(raw)
        at += len(raw)
    head = _SIGN + json.dumps(said).encode() + b"\n"
    return b"".join([head, bytes(-len(head) % _ALIGNED), *parts])


def unshelve(shelved: Buffer) -> dict[str, Array]:
    """The arrays, read-only, without a copy.

    Raises:
        ValueError: This is no whole shelf.
    """
    view = memoryview(shelved)
    first = bytes(view[: 1 << 16])
    end = first.find(b"\n", len(_SIGN))
    if not first.startswith(_SIGN) or end < 0:
        raise ValueError("not a shelf of arrays")
    start = end + 1 + (-(end + 1) % _ALIGNED)
    return {
        name: np.frombuffer(view, np.dtype(kind), count=int(np.prod(shape, dtype=np.int64)), offset=start + at).reshape(
            shape
        )
        for name, (kind, shape, at) in json.loads(first[len(_SIGN) : end]).items()
    }


def names_as_array(names: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode(), np.uint8)


def names_of(array: Array) -> tuple[str, ...]:
    text = array.tobytes().decode()
    return tuple(text.split("\n")) if text else ()

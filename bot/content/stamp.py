"""Which translations went stale: a record of what each text looked like when its languages were last reviewed together.

``translations.lock`` holds one line per text, ``key en vi ar``, each language as a short hash. When the English has changed
since and another language has not, that language still says the old thing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bot.model.errors import Fault
from bot.model.language import LANGUAGES, Text

FILE: Final = "translations.lock"
_HEAD: Final = "# What each text looked like when its translations were last reviewed: key, then en, vi, ar. Written by 'desk check --stamp'.\n"

Entry = tuple[str, str, int, Text]
"""Key, file, line, text; as ``check.texts`` gives them."""


def stale(entries: Iterable[Entry], recorded: dict[str, tuple[str, ...]]) -> list[Fault]:
    """Translations that no longer belong to their English text, and texts that were never recorded."""
    found: list[Fault] = []
    for key, file, line, text in entries:
        now = hashes(text)
        then = recorded.get(key)
        if then == now:
            continue
        if then is None:
            found.append(
                Fault(
                    file,
                    line,
                    key,
                    "new text: its translations are not yet marked as reviewed",
                    allowed="review, then 'desk check --stamp'",
                    warning=True,
                )
            )
            continue
        unchanged = [
            language for language, before, after in zip(("vi", "ar"), then[1:], now[1:], strict=True) if before == after
        ]
        if then[0] != now[0] and unchanged:
            names = " and ".join(unchanged)
            found.append(
                Fault(
                    file,
                    line,
                    key,
                    f"the English changed, but {names} did not: stale translation",
                    allowed="translate again, then 'desk check --stamp'",
                    warning=True,
                )
            )
        else:
            found.append(
                Fault(
                    file,
                    line,
                    key,
                    "changed since its translations were last reviewed",
                    allowed="review, then 'desk check --stamp'",
                    warning=True,
                )
            )
    return found


def hashes(text: Text) -> tuple[str, ...]:
    return tuple(
        hashlib.sha256(" ".join(text.in_(language).split()).encode()).hexdigest()[:8] for language in ("en", "vi", "ar")
    )


def read(path: Path) -> dict[str, tuple[str, ...]]:
    if not path.is_file():
        return {}
    recorded: dict[str, tuple[str, ...]] = {}
    for line in path.read_text("utf-8", errors="replace").splitlines():
        parts = line.split()
        if len(parts) == 1 + len(LANGUAGES) and not line.startswith("#"):
            recorded[parts[0]] = tuple(parts[1:])
    return recorded


def write(path: Path, entries: Iterable[Entry]) -> None:
    lines = sorted(f"{key} {' '.join(hashes(text))}\n" for key, _, _, text in entries)
    path.write_text(_HEAD + "".join(lines), "utf-8")

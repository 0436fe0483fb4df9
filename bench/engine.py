"""Answers per second of the engine, on the store's own ways of asking (every seventh), one thread."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from bench import machine
from bot.answers.engine import Context
from bot.cli.options import DEMO_START
from bot.content.source import Folders, load_or_raise
from bot.desk.live import learnt, prepare
from bot.settings import content_root


def main() -> None:
    print(machine.line())
    folders = Folders.of(content_root(), "ap11")
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        begun = time.perf_counter()
        snapshot = load_or_raise(folders, cache)
        read = time.perf_counter()
        learnt(snapshot, cache)
        built = time.perf_counter()
        engine = prepare(folders, cache)
        opened = time.perf_counter()
        saved = next(cache.glob("matcher-*"))
        print(
            f"read and check content {read - begun:.2f} s · learn {built - read:.2f} s · open from cache {opened - built:.2f} s · file {saved.stat().st_size / 2**20:.1f} MiB"
        )
    texts = [
        line for topic in snapshot.library.topics.values() for lines in topic.asking.values() for line in lines[::7]
    ]
    context = Context("en", DEMO_START)
    for text in texts[:50]:
        engine.understand(text, context)
    spent: list[float] = []
    for text in texts:
        start = time.perf_counter()
        engine.understand(text, context)
        spent.append(time.perf_counter() - start)
    print(
        f"{len(texts)} messages: {len(texts) / sum(spent):.0f} a second · median {machine.quantile(spent, 0.5) * 1e3:.2f} ms · p99 {machine.quantile(spent, 0.99) * 1e3:.2f} ms"
    )
    long = "where is the prayer room " * 4_000
    start = time.perf_counter()
    engine.understand(long, context)
    print(f"a message of 100 KB: {(time.perf_counter() - start) * 1e3:.0f} ms")
    print(f"resident {machine.resident_mib(os.getpid()):.0f} MiB")


if __name__ == "__main__":
    main()

"""From start to the first page and the first answer, and the memory of the idle process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

from bench import machine

ROOT = Path(__file__).resolve().parent.parent
PORT = 18_470


def once(cache: Path) -> tuple[float, float, float, float]:
    """Seconds to the first page and answer, resident MiB, seconds to stop."""
    with tempfile.TemporaryDirectory() as data:
        environment = {
            **os.environ,
            "DESK_DATA_DIR": data,
            "DESK_CACHE_DIR": str(cache),
            "DESK_HTTP": f"127.0.0.1:{PORT}",
            "DESK_CLOCK": "2023-11-21T07:40:00+07:00",
        }
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )
        try:
            page = _until(lambda: _get("/healthz"), begun)
            answer = _until(_ask, begun)
            time.sleep(1)
            resident = machine.resident_mib(process.pid)
        finally:
            leaving = time.perf_counter()
            process.send_signal(signal.SIGTERM)
            process.wait(20)
        return page, answer, resident, time.perf_counter() - leaving


def _until(attempt: object, begun: float) -> float:
    while time.perf_counter() - begun < 120:
        try:
            if attempt():  # type: ignore[operator]
                return time.perf_counter() - begun
        except OSError:
            time.sleep(0.01)
    raise TimeoutError


def _get(path: str) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=5) as answer:
        return bool(answer.status == 200)


def _ask() -> bool:
    opened = _post("/chat/session", {"language": "en"}, "")
    cookie = opened[1].split(";")[0]
    _post("/chat/messages", {"id": str(uuid.uuid4()), "text": "What time is the opening?"}, cookie)
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}/chat/messages?after=0", headers={"Cookie": cookie})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return "08:30" in answer.read().decode()


def _post(path: str, body: object, cookie: str) -> tuple[bytes, str]:
    headers = {"Content-Type": "application/json", "X-Desk-Client": "bench", **({"Cookie": cookie} if cookie else {})}
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read(), answer.headers.get("Set-Cookie", "")


def main() -> None:
    print(machine.line())
    with tempfile.TemporaryDirectory() as folder:
        cold = once(Path(folder))
        warm = [once(Path(folder)) for _ in range(5)]
    print(f"cold: page after {cold[0]:.2f} s, answer after {cold[1]:.2f} s")
    for name, column in (("page", 0), ("answer", 1), ("stop", 3)):
        values = [run[column] for run in warm]
        print(f"warm, {name}: median {machine.quantile(values, 0.5):.2f} s ({min(values):.2f}–{max(values):.2f})")
    print(f"idle: {machine.quantile([run[2] for run in warm], 0.5):.0f} MiB")


if __name__ == "__main__":
    main()

"""The real process under load: started, killed and started again at once, with its settings and data."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from tests.e2e.process import ROOT, environ

PLAIN: Final = ("-m", "bot", "run")


class Child:
    """One life of the process; what it prints is kept in files, which never hold it up."""

    def __init__(self, settings: Mapping[str, str], command: Sequence[str] = PLAIN) -> None:
        self._out = tempfile.TemporaryFile()  # noqa: SIM115 -- closed when it is cleared away
        self.process = subprocess.Popen(  # noqa: S603 -- ourselves
            [sys.executable, *command], cwd=ROOT, env=environ(settings), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=self._out, stderr=self._out,
        )  # fmt: skip

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def output(self) -> str:
        return os.pread(self._out.fileno(), 1 << 22, 0).decode(errors="replace")

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def kill(self) -> str:
        """SIGKILL, to it and to what it started; returns what it had printed."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        return self._close()

    def stop(self, within: float = 15.0) -> str:
        """Ask it to end."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(within)
        return self.kill()

    def _close(self) -> str:
        said = self.output
        self._out.close()
        return said

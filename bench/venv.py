"""A throw-away virtual environment for a peer that the product does not depend on."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path


def interpreter(*requirements: str) -> str | None:
    """The Python of an environment with these packages; made when missing, None when they cannot be had."""
    name = "-".join(requirements).translate(str.maketrans("=<>,*", "-----"))
    folder = Path(tempfile.gettempdir()) / f"desk-bench-{sys.version_info.major}{sys.version_info.minor}-{name}"
    python, ready = folder / "bin" / "python", folder / "ready"
    if ready.is_file():
        return str(python)
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, timeout=120)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *requirements], check=True, timeout=600)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"without {', '.join(requirements)}: {error}")
        return None
    ready.touch()
    return str(python)

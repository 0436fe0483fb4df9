"""The bootstrap as a process: a copy of it, real environments, the real pip.

All but the last test need no network: the copy has a lock file of its own with one package, which is made here. The
last one installs the real lock files, and runs where DESK_TEST_NETWORK=1 says that it may.
"""
# ruff: noqa: S603 -- every command is spelled out here

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-dev.lock")
PYTHON = getattr(sys, "_base_executable", sys.executable)  # what people start it with: no environment
SLOW_MACHINE = 300  # seconds

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32", reason="written for signals and symbolic links"),
]

BOT = """\
import json, os, sys
try:
    import tiny
except ImportError:
    tiny = None
print(json.dumps([sys.argv[1:], os.getcwd(), sys.prefix, getattr(tiny, "VERSION", None)]))
"""


@dataclass(frozen=True)
class Copy:
    """A checkout with the real bootstrap and a bot that tells what it was given."""

    root: Path
    environ: dict[str, str]

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def start(self, *arguments: str, cwd: Path | None = None, program: Path | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [PYTHON, program or self.root / "run", *arguments],
            cwd=cwd or self.root, env=self.environ, start_new_session=True, text=True, encoding="utf-8",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *arguments: str, cwd: Path | None = None, program: Path | None = None) -> tuple[int, str, str]:
        with self.start(*arguments, cwd=cwd, program=program) as process:
            out, err = process.communicate(timeout=SLOW_MACHINE)
        return process.returncode, out, err

    def with_(self, **environ: str) -> Copy:
        return Copy(self.root, {**self.environ, **environ})

    def lock(self, version: str, digest: str) -> None:
        for name in LOCKS:
            (self.root / name).write_text(f"tiny=={version} --hash=sha256:{digest}\n", "utf-8")


@pytest.fixture
def wheel(tmp_path: Path) -> Callable[[str], str]:
    """Makes a version of the package; returns the hash of its wheel."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    return lambda version: make_wheel(shelf, version)


@pytest.fixture
def copy(tmp_path: Path, wheel: Callable[[str], str]) -> Copy:
    if not importlib.util.find_spec("ensurepip") and not base_has_pip():
        pytest.skip("this Python has neither pip nor ensurepip")
    root = tmp_path / "Quầy lễ tân مكتب"
    (root / "bot").mkdir(parents=True)
    (root / "bot" / "__init__.py").touch()
    (root / "bot" / "__main__.py").write_text(BOT, "utf-8")
    shutil.copy(ROOT / "run", root / "run")
    (root / "pyproject.toml").touch()
    (tmp_path / "empty").mkdir()
    environ = {
        "HOME": str(tmp_path / "home"),
        "PATH": str(tmp_path / "empty"),  # no uv
        "LC_ALL": "C",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path / "shelf"),
    }
    made = Copy(root, environ)
    made.lock("1.0", wheel("1.0"))
    return made


def base_has_pip() -> bool:
    asked = subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, timeout=SLOW_MACHINE, check=False)
    return asked.returncode == 0


def make_wheel(shelf: Path, version: str) -> str:
    about = f"tiny-{version}.dist-info"
    parts = {
        "tiny.py": f'VERSION = "{version}"\n',
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={digest(text)},{len(text)}\n" for name, text in parts.items())
    file = shelf / f"tiny-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in {**parts, f"{about}/RECORD": f"{record}{about}/RECORD,,\n"}.items():
            archive.writestr(name, text)
    return hashlib.sha256(file.read_bytes()).hexdigest()


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def told(out: str) -> list[object]:
    """What the bot was given: arguments, folder, environment, version of the package."""
    return list(json.loads(out))


FIRST = "Setting up (first use, about 20 s) ...\n"
AGAIN = "Setting up again, because the last time did not come to its end (about 20 s) ...\n"
UPDATE = "Bringing the set-up up to date ...\n"


def test_first_use_sets_up_and_the_next_start_is_silent(copy: Copy) -> None:
    code, out, err = copy.run()
    assert (code, told(out), err) == (0, [["demo"], str(copy.root), str(copy.venv), "1.0"], FIRST)

    code, out, err = copy.run("ask", "أين الطبيب؟")
    assert (code, told(out)[0], err) == (0, ["ask", "أين الطبيب؟"], "")


def test_it_works_from_another_folder_through_a_link_beside_another_bot(copy: Copy, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(copy.root / "bot", elsewhere / "bot")
    (elsewhere / "bot" / "__main__.py").write_text('print("the wrong bot")\n', "utf-8")
    link = elsewhere / "desk"
    link.symlink_to(copy.root / "run")

    code, out, _ = copy.run("talk", cwd=elsewhere, program=link)

    assert (code, told(out)) == (0, [["talk"], str(elsewhere), str(copy.venv), "1.0"])


def test_a_changed_lock_is_followed(copy: Copy, wheel: Callable[[str], str]) -> None:
    copy.run()
    copy.lock("2.0", wheel("2.0"))

    code, out, err = copy.run()

    assert (code, told(out)[3], err) == (0, "2.0", UPDATE)


def test_of_two_at_once_one_sets_up_and_both_start(copy: Copy) -> None:
    with copy.start("first") as first, copy.start("second") as second:
        ended = [process.communicate(timeout=SLOW_MACHINE) for process in (first, second)]

    assert [told(out)[3] for out, _ in ended] == ["1.0", "1.0"]
    assert sum(FIRST in err for _, err in ended) == 1


@pytest.mark.parametrize(("blow", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_set_up_that_was_cut_short_is_repaired(copy: Copy, blow: signal.Signals, code: int) -> None:
    with copy.start() as process:
        assert process.stderr is not None
        assert process.stderr.readline() == FIRST
        while not (copy.venv / "bin").exists():  # in the middle of making the environment, however fast the machine is
            time.sleep(0.01)
        process.send_signal(blow)
        _, err = process.communicate(timeout=SLOW_MACHINE)
    assert process.returncode == code
    assert "Traceback" not in err

    code, out, err = copy.run()

    assert (code, told(out)[3]) == (0, "1.0")
    assert err.endswith(AGAIN)  # after a kill perhaps: waiting for the installer that outlived it


def test_a_python_that_is_gone_is_replaced(copy: Copy) -> None:
    copy.run()
    python = copy.venv / "bin" / "python"
    python.unlink()
    python.symlink_to(copy.root / "gone")

    code, out, err = copy.run()

    assert (code, told(out)[3], err) == (0, "1.0", UPDATE)


def test_an_environment_of_somebody_keeps_what_it_holds(copy: Copy) -> None:
    copy.run()
    (copy.venv / ".delegate-desk").unlink()
    theirs = copy.venv / "theirs.txt"
    theirs.touch()

    code, _, err = copy.run()

    assert (code, err, theirs.exists()) == (0, FIRST, True)


def test_a_package_with_another_hash_is_refused(copy: Copy) -> None:
    copy.lock("1.0", "0" * 64)

    code, out, err = copy.run()

    assert (code, out) == (1, "")
    assert "a package is not the one that the lock file names" in err


def test_without_network_a_sentence_says_so_and_no_host_is_named(copy: Copy) -> None:
    deaf = copy.with_(PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL="http://localhost:9/simple", PIP_RETRIES="1")

    code, out, err = deaf.run()

    assert (code, out) == (1, "")
    assert "the packages could not be fetched. Check the network" in err
    assert "localhost" not in err
    assert "Traceback" not in err
    code, _, err = copy.run()
    assert (code, err) == (0, AGAIN)


def test_settings_that_send_packages_elsewhere_are_not_followed(copy: Copy, tmp_path: Path) -> None:
    away = copy.with_(PIP_TARGET=str(tmp_path / "away"), PIP_USER="1", PYTHONPATH=str(tmp_path / "shelf"))

    code, out, _ = away.run()

    assert (code, told(out)[3]) == (0, "1.0")
    assert not (tmp_path / "away").exists()


def to_the_cache(copy: Copy) -> None:
    cache = Path(copy.environ["HOME"]) / ".cache" / "delegate-desk"

    code, out, err = copy.run()

    assert (code, told(out)[3]) == (0, "1.0")
    assert err.startswith(f"The program's folder cannot be written, so {cache}")
    code, _, err = copy.run()
    assert (code, err) == (0, "")


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_leads_to_the_cache(copy: Copy) -> None:
    copy.root.chmod(0o500)

    to_the_cache(copy)

    assert not copy.venv.exists()
    copy.root.chmod(0o700)


def test_something_in_the_place_of_the_environment_leads_to_the_cache(copy: Copy) -> None:
    copy.venv.touch()

    to_the_cache(copy)


def test_a_warm_start_costs_little(copy: Copy) -> None:
    copy.run()

    through = min(seconds([PYTHON, str(copy.root / "run")], copy) for _ in range(7))
    straight = min(seconds([str(copy.venv / "bin" / "python"), "-m", "bot"], copy) for _ in range(7))

    assert through - straight < 0.08


def seconds(command: list[str], copy: Copy) -> float:
    """Of the processor, which other work on the machine does not change much."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=copy.root, env=copy.environ, capture_output=True, timeout=SLOW_MACHINE, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.timeout(600)
@pytest.mark.skipif(os.environ.get("DESK_TEST_NETWORK") != "1", reason="needs the network: set DESK_TEST_NETWORK=1")
def test_the_real_locks_install(copy: Copy) -> None:
    for name in (*LOCKS, "pyproject.toml"):
        shutil.copy(ROOT / name, copy.root / name)
    imports = "import aiohttp, babel, numpy, pydantic, telegram, tinydb\n"
    (copy.root / "bot" / "__main__.py").write_text(imports, "utf-8")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("DESK_", "PYTHON", "VIRTUAL_ENV"))}
    real = Copy(copy.root, environ)

    with real.start() as process:
        out, err = process.communicate(timeout=500)

    assert (process.returncode, out, err) == (0, "", FIRST)

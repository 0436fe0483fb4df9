"""The bootstrap: what it decides and what it says, without setting anything up."""
# ruff: noqa: S603 -- every command is spelled out here

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def load() -> ModuleType:
    """The program has no ending, so that it is typed as ./run; importing it needs its loader named."""
    loader = importlib.machinery.SourceFileLoader("desk_bootstrap", str(ROOT / "run"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


run = load()


# --- Which Python ---


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 9, 2), (3, 10, 13)])
def test_an_old_python_is_told_what_is_needed_and_what_it_is(version: tuple[int, ...]) -> None:
    said = run.too_old(version, "python3")

    found = ".".join(map(str, version))
    assert said.startswith(f"Delegate Desk needs Python 3.11 or newer; this is {found} (python3).")


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1), (3, 14, 0), (4, 0, 0)])
def test_a_python_that_can_is_told_nothing(version: tuple[int, ...]) -> None:
    assert run.too_old(version, "python3") == ""


def test_the_sentence_for_old_pythons_is_reached_by_them() -> None:
    ast.parse((ROOT / "run").read_text("utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("old", ["python3.8", "python3.9", "python3.10"])
def test_a_real_old_python_ends_with_the_sentence_and_exit_2(old: str) -> None:
    if not starts(old):
        pytest.skip(f"{old} is not on this machine")

    done = subprocess.run([old, ROOT / "run"], capture_output=True, text=True, timeout=200, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Delegate Desk needs Python 3.11 or newer; this is 3.")


def starts(python: str) -> bool:
    """A name on the PATH is not enough: version managers leave names that start nothing."""
    if not shutil.which(python):
        return False
    return subprocess.run([python, "-c", ""], capture_output=True, timeout=200, check=False).returncode == 0


# --- Which packages ---


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("pyproject.toml", *run.LOCKS.values()):
        (tmp_path / name).write_text(f"# {name}\n", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "levels"),
    [
        ("pyproject.toml", {"run", "test", "tools"}),
        ("requirements.lock", {"run", "test", "tools"}),
        ("requirements-test.lock", {"test", "tools"}),
        ("requirements-dev.lock", {"tools"}),
    ],
)
def test_a_change_is_felt_by_the_levels_it_concerns(checkout: Path, changed: str, levels: set[str]) -> None:
    before = run.keys_for(checkout)

    with (checkout / changed).open("a", encoding="utf-8") as file:
        file.write("# changed\n")

    after = run.keys_for(checkout)
    assert {name for name in before if before[name] != after[name]} == levels


def test_another_python_is_another_key(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = run.keys_for(checkout)

    monkeypatch.setattr(run, "python_tag", lambda: "cpython-399-elsewhere")

    assert not set(before.values()) & set(run.keys_for(checkout).values())


def test_words_moved_from_one_file_to_the_next_are_another_key() -> None:
    assert run.key([b"ab", b"c"]) != run.key([b"a", b"bc"])


def test_a_missing_lock_file_is_named(checkout: Path) -> None:
    (checkout / "requirements.lock").unlink()

    with pytest.raises(run.SetupError, match=r"requirements\.lock cannot be read"):
        run.keys_for(checkout)


@pytest.mark.parametrize(
    ("arguments", "level"),
    [([], "run"), (["ask", "test"], "run"), (["test"], "test"), (["test", "-k"], "test"), (["tools", "x"], "tools")],
)
def test_the_first_word_says_which_packages_are_needed(arguments: list[str], level: str) -> None:
    assert run.level(arguments) == level


def pinned(lock: str) -> set[str]:
    return set(re.findall(r"^[A-Za-z0-9][\w.\[\],-]*==\S+", (ROOT / lock).read_text("utf-8"), re.MULTILINE))


def test_each_lock_holds_all_of_the_one_before() -> None:
    """Installing a later level marks the earlier ones as done."""
    first, second, third = map(pinned, run.LOCKS.values())

    assert first
    assert first <= second <= third


@pytest.mark.parametrize("lock", run.LOCKS.values())
def test_every_package_of_a_lock_has_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")

    blocks = re.split(r"^(?=\S)", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE), flags=re.MULTILINE)

    assert [block.split()[0] for block in blocks if block.strip() and "--hash=sha256:" not in block] == []


# --- Which folder ---


def test_the_packages_are_beside_the_program_or_else_in_the_cache() -> None:
    folders = run.venv_folders(Path("/desk"), {"XDG_CACHE_HOME": "/cache"})

    assert folders[0] == Path("/desk/.venv")
    assert folders[1].parent == Path("/cache/delegate-desk")


def test_two_checkouts_have_two_caches() -> None:
    environ = {"XDG_CACHE_HOME": "/cache"}

    assert run.venv_folders(Path("/a"), environ)[1] != run.venv_folders(Path("/b"), environ)[1]


def test_a_cache_that_is_no_absolute_path_is_not_used() -> None:
    assert run.venv_folders(Path("/desk"), {"XDG_CACHE_HOME": "cache"}) == [Path("/desk/.venv")]


def test_a_chosen_folder_is_the_only_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert run.venv_folders(Path("/desk"), {"DESK_VENV": "mine"}) == [Path.cwd() / "mine"]


def test_nowhere_to_write_is_said_with_the_way_out(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "writable", lambda _: False)

    with pytest.raises(run.SetupError, match="nothing of this can be written") as refused:
        run.prepared(checkout, "run", {"DESK_VENV": "/chosen"})

    assert "  /chosen\nSet DESK_VENV" in str(refused.value)


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")

    with pytest.raises(run.SetupError, match="holds something else"):
        run.refuse_foreign(tmp_path)


@pytest.mark.parametrize("name", ["pyvenv.cfg", run.MARK, run.LOCK, f"{run.MARK}.new"])
def test_an_environment_of_ours_or_of_somebody_is_taken(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()

    run.refuse_foreign(tmp_path)


def test_an_environment_with_an_old_python_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").write_text("home = somewhere\nversion = 3.9.2\n", "utf-8")

    with pytest.raises(run.SetupError, match=r"holds Python 3\.9; the desk needs 3\.11"):
        run.refuse_old_venv(tmp_path)


def test_a_mark_is_read_as_written(tmp_path: Path) -> None:
    mark = {"by": "run", "python": "cpython-311-x86_64-linux-gnu", "run": "k"}

    run.write_mark(tmp_path, mark)

    assert run.read_mark(tmp_path) == mark


def test_no_mark_and_a_broken_mark_say_nothing(tmp_path: Path) -> None:
    assert run.read_mark(tmp_path) == {}

    (tmp_path / run.MARK).write_bytes(b"\xff\xfe")

    assert run.read_mark(tmp_path) == {}


# --- What it says ---


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ({}, "Setting up (first use, about 20 s) ..."),
        ({"by": "run"}, "Setting up again, because the last time did not come to its end (about 20 s) ..."),
        ({"by": "run", "run": "k"}, "Bringing the set-up up to date ..."),
    ],
)
def test_one_line_says_what_is_being_done(mark: dict[str, str], said: str) -> None:
    assert run.announcement(mark, "") == said


def test_a_set_up_elsewhere_says_where() -> None:
    said = run.announcement({}, "/cache/x")

    assert said.startswith("The program's folder cannot be written, so /cache/x is used.\n")


PIP_OFFLINE = """\
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by \
'NewConnectionError("HTTPSConnection(host='mirror.example.org', port=443): Failed to establish a new connection: \
[Errno -3] Temporary failure in name resolution")': /simple/aiohttp/
ERROR: Could not find a version that satisfies the requirement aiohttp==3.14.5 (from versions: none)
ERROR: No matching distribution found for aiohttp==3.14.5
"""
UV_OFFLINE = """\
error: Request failed after 3 retries
  Caused by: Failed to fetch: `https://me:secret@packages.corp.local/simple/aiohttp/`
  Caused by: error sending request for url (https://me:secret@packages.corp.local/simple/aiohttp/)
  Caused by: failed to lookup address of packages.corp.local
"""


@pytest.mark.parametrize(
    ("output", "cause"),
    [
        (PIP_OFFLINE, "the packages could not be fetched. Check the network, or the proxy, and start again."),
        (UV_OFFLINE, "the packages could not be fetched. Check the network, or the proxy, and start again."),
        ("ERROR: [Errno 28] No space left on device", "the disk is full. Make room and start again."),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "a package is not the one that the lock file names. Do not use it; tell the maintainers.",
        ),
        ("ERROR: No matching distribution found for numpy==2.4.6", "there is no ready-made package for this Python"),
        ("something else", "the installer failed."),
    ],
)
def test_the_cause_is_said_in_words(output: str, cause: str) -> None:
    assert run.explained(output).startswith(f"Delegate Desk could not be set up: {cause}")


@pytest.mark.parametrize("output", [PIP_OFFLINE, UV_OFFLINE, "packages.corp.local, as in https://packages.corp.local/"])
def test_no_host_and_no_password_is_repeated(output: str) -> None:
    said = run.explained(output)

    assert not re.search(r"example\.org|corp\.local|secret|me:", said)


def test_versions_and_file_names_stay_readable() -> None:
    line = "ERROR: aiohttp==3.14.5 of requirements.lock needs ruamel.yaml (line 7)"

    assert run.without_hosts(line) == line


def test_only_the_last_words_are_told() -> None:
    said = run.explained("\n".join(f"line {number}" for number in range(50)))

    assert said.splitlines()[-4:] == ["  line 46", "  line 47", "  line 48", "  line 49"]


# --- Going over ---


def test_another_bot_in_the_present_folder_is_not_taken_for_ours() -> None:
    assert run.module(Path("venv"), "bot", ["ask"])[1:] == ["-P", "-m", "bot", "ask"]


def test_a_test_named_from_another_folder_is_found_from_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "test_x.py").touch()
    monkeypatch.chdir(tmp_path)

    told = [run.from_root(word) for word in ("test_x.py::test_one", "-q", "--lf", "not there")]

    assert told == [f"{Path.cwd() / 'test_x.py'}::test_one", "-q", "--lf", "not there"]


def test_a_program_that_does_not_start_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(run.SetupError, match=r"could not be started: No such file"):
        run.become([str(tmp_path / "gone")], {})


@pytest.mark.skipif(sys.platform == "win32", reason="the lock of Windows counts per process")
def test_the_lock_is_held_by_one(tmp_path: Path) -> None:
    def opened() -> int:
        return os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)

    first, second = opened(), opened()

    assert run.held(first)
    assert not run.held(second)
    os.close(first)
    assert run.held(second)
    os.close(second)


# --- What is committed ---

SLASH = "/"  # written apart, so that this file does not find itself
MACHINE_PATHS = (
    *(SLASH + home for home in ("root/", "work/main", "work/shared", "Users/", "home/[a-z]", "private/var/")),
    r"[A-Z]:\\Users",
)
REGISTRIES = ("py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.(?:org|com)", "deb" + r"\.debian\.org")


def committed() -> list[Path]:
    git = shutil.which("git")
    if not git or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, timeout=200, check=False)
    if listed.returncode:
        pytest.skip("git does not read this checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_no_committed_file_names_this_machine_or_a_package_server() -> None:
    places = "|".join(MACHINE_PATHS)
    wanted = re.compile(rf"(?<![\w.])(?:{places})|{'|'.join(REGISTRIES)}".encode())

    found = [
        f"{file.relative_to(ROOT)}: {hit.group().decode()}"
        for file in committed()
        if file.is_file()
        for hit in wanted.finditer(file.read_bytes())
    ]

    assert found == []

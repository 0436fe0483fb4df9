"""The docs name every setting, command, room and alarm; what they link to and name is there."""

import re
from pathlib import Path

import pytest

from bot.__main__ import _COMMANDS
from bot.settings import ROOT, Settings

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "bench/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
NAMES = [path.relative_to(ROOT).as_posix() for path in PAGES]
OURS = ("bot", "storage", "tests", "bench", "docs", "content", "locales")
"""Folders whose files the docs may name, in full or by their last parts."""
ALARM = re.compile(r"""alarms\.(?:set|raise_)\(\s*f?"([a-z-]+)""")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_setting_is_documented(name: str) -> None:
    assert f"`DESK_{name.upper()}`" in (ROOT / "docs/reference/settings.md").read_text("utf-8")


@pytest.mark.parametrize("name", _COMMANDS)
def test_command_is_documented(name: str) -> None:
    assert re.search(rf"^\| `{name}[ `]", (ROOT / "docs/reference/commands.md").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize(
    "room",
    [
        path.name
        for path in sorted((ROOT / "bot").iterdir())
        if (path / "__init__.py").is_file() and path.name not in {"cli", "model", "reception"}
    ],
)
def test_room_is_on_the_tour(room: str) -> None:
    assert f"`bot/{room}/" in (ROOT / "docs/tour.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    broken = [
        target
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
        if not target.startswith("http") and not (page.parent / target).exists()
    ]

    assert broken == []


@pytest.fixture(scope="module")
def files() -> str:
    """Every file and folder that the docs may name, one path a line, each with a slash before it."""
    found = (path.relative_to(ROOT) for folder in OURS for path in (ROOT / folder).rglob("*"))
    return "".join(f"/{path.as_posix()}\n" for path in found)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_named_files_and_modules_exist(page: Path, files: str) -> None:
    text = page.read_text("utf-8")
    paths = re.findall(r"(?<![\w/<>$*.-])((?:[\w-]+/)*[\w-]+\.(?:py|sql|js|css))\b", text)
    paths += re.findall(r"`((?:bot|storage|tests|bench|content|locales)/[\w./-]*[\w-])/?`", text)
    modules = re.findall(r"\b((?:bot|bench|tests)(?:\.[a-z_]+)+)\b", text)

    missing = [name for name in paths if f"/{name}\n" not in files]
    # A name may end with what stands in a module.
    missing += [
        name
        for name in modules
        if not any(
            f"/{path.replace('.', '/')}{end}\n" in files
            for path in (name, name.rpartition(".")[0])
            for end in (".py", "/__init__.py", "")
        )
    ]

    assert missing == []


def test_alarms_are_documented() -> None:
    raised = {key for path in (ROOT / "bot").rglob("*.py") for key in ALARM.findall(path.read_text("utf-8"))}
    documented = (ROOT / "docs/reference/health.md").read_text("utf-8")

    assert raised
    assert sorted(key for key in raised if f"`{key}" not in documented) == []

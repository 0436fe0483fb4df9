"""The docs name every setting, command and room, and their links lead somewhere."""

import re
from pathlib import Path

import pytest

from bot.__main__ import _COMMANDS
from bot.settings import ROOT, Settings

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


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
    assert f"`bot/{room}/" in (ROOT / "docs/tour.md").read_text("utf-8") or f"bot/{room}" in (
        ROOT / "docs/tour.md"
    ).read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=[path.relative_to(ROOT).as_posix() for path in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    broken = [
        target
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
        if not target.startswith("http") and not (page.parent / target).exists()
    ]

    assert broken == []

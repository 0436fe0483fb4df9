from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.unit.content.small import SmallContent


@pytest.fixture(scope="session")
def clean_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: to record the translations takes as long as a loading."""
    return SmallContent.write(tmp_path_factory.mktemp("small") / "content").root


@pytest.fixture
def content(clean_folder: Path, tmp_path: Path) -> SmallContent:
    """A small conference without any fault, to be broken."""
    shutil.copytree(clean_folder, tmp_path / "content")
    return SmallContent(tmp_path / "content")

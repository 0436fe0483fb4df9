from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.content.small import SmallContent


@pytest.fixture
def content(tmp_path: Path) -> SmallContent:
    """A small conference without any fault."""
    return SmallContent.write(tmp_path / "content")

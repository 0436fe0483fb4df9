from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.storage.folders import FAULTS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "store"
    place.mkdir()
    return place


@pytest.fixture(params=FAULTS)
def refusing_disk(request: pytest.FixtureRequest) -> Callable[[pytest.MonkeyPatch], None]:
    return FAULTS[request.param]

"""A few of the cuts of ``python -m tests.load.power --cuts 500``, for every change; and that they would find a fault."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.load.operations import OPERATIONS
from tests.load.power import cut_often


@pytest.mark.parametrize("operation", OPERATIONS)
def test_power_cut_loses_nothing_that_was_confirmed(tmp_path: Path, operation: str) -> None:
    outcome = cut_often(tmp_path, operation, 40)

    assert (outcome.cuts, outcome.bad) == (40, [])
    assert outcome.events > 5


def test_store_that_does_not_sync_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pwrite = os.pwrite
    monkeypatch.setattr("storage.journal.os", _Without(os, fdatasync=lambda _: None, pwrite=pwrite))

    assert cut_often(tmp_path, "turns", 40).bad


class _Without:
    """A module with some of its functions exchanged."""

    def __init__(self, module: object, **exchanged: object) -> None:
        self._module = module
        self.__dict__.update(exchanged)

    def __getattr__(self, name: str) -> object:
        return getattr(self._module, name)

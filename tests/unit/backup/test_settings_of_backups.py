"""Backups are sealed and lie elsewhere, or the desk says what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.model.errors import SettingsError
from bot.settings import read_settings
from storage.crypt import new_key

DATA = {"DESK_DATA_DIR": "/srv/desk"}


def faults(**more: str) -> list[str]:
    try:
        read_settings(DATA | {f"DESK_{name}": value for name, value in more.items()})
    except SettingsError as error:
        return [str(fault) for fault in error.faults]
    return []


def test_without_a_key_backups_are_refused_with_a_sentence() -> None:
    [fault] = faults(BACKUP_DIR="/mnt/backup")

    assert "needs DESK_STORE_KEY" in fault
    assert "DESK_BACKUP_PLAIN=1" in fault


@pytest.mark.parametrize("given", [{"STORE_KEY": new_key()}, {"STORE_KEY_FILE": "/run/key"}, {"BACKUP_PLAIN": "1"}])
def test_with_a_key_or_on_purpose_they_are_made(given: dict[str, str]) -> None:
    assert faults(BACKUP_DIR="/mnt/backup", **given) == []


def test_saying_no_to_plain_ones_is_not_saying_yes() -> None:
    assert faults(BACKUP_DIR="/mnt/backup", BACKUP_PLAIN="0") != []


@pytest.mark.parametrize("folder", ["/srv/desk", "/srv/desk/backup", "/srv/desk/../desk/b"])
def test_what_lies_with_the_data_is_no_backup(folder: str) -> None:
    [fault] = faults(BACKUP_DIR=folder, BACKUP_PLAIN="1")

    assert "lies in the data folder" in fault


@pytest.mark.parametrize("folder", ["/srv/store", "/srv/store/backup", "/srv/desk/backup"])
def test_what_lies_with_a_store_in_a_folder_of_its_own_is_no_backup(folder: str) -> None:
    [fault] = faults(BACKUP_DIR=folder, BACKUP_PLAIN="1", DATABASE_URL="tinydb:/srv/store")

    assert "lies in the data folder" in fault


def test_a_database_is_no_folder() -> None:
    assert faults(BACKUP_DIR="/mnt/backup", BACKUP_PLAIN="1", DATABASE_URL="postgresql://desk@server/desk") == []


def test_the_folder_is_a_path() -> None:
    assert read_settings(DATA | {"DESK_BACKUP_DIR": "/b", "DESK_BACKUP_PLAIN": "1"}).backup_dir == Path("/b")

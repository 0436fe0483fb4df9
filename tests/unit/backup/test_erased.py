"""The list of erased people names nobody, and knows everybody who comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backup.erased import append_to_file, coming_back, erased, new_salt, read, read_file
from bot.model.people import DelegateId
from storage.crypt import Key, new_key, parse_key

AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
KEY = parse_key(new_key())
AMAL, BINH = DelegateId("telegram:4711"), DelegateId("webchat:abc")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "keyed"])
def test_who_was_erased_is_known_and_nobody_else(key: Key | None) -> None:
    listed = [erased(AMAL, AT, new_salt(), key)]

    assert coming_back({AMAL: AT - HOUR, BINH: AT - HOUR}, listed, key) == {AMAL}
    assert "4711" not in listed[0].line


def test_without_the_key_nobody_can_be_looked_for() -> None:
    assert coming_back({AMAL: AT - HOUR}, [erased(AMAL, AT, new_salt(), KEY)], None) == set()


def test_who_was_erased_before_there_was_a_key_is_known_with_it() -> None:
    listed = [erased(AMAL, AT, "s1", None), erased(BINH, AT, "s1", KEY)]

    assert coming_back({AMAL: AT - HOUR, BINH: AT - HOUR}, listed, KEY) == {AMAL, BINH}


def test_whoever_wrote_again_afterwards_is_a_new_person() -> None:
    listed = [erased(AMAL, AT, "s1", None)]

    assert coming_back({AMAL: AT + HOUR}, listed, None) == set()
    assert coming_back({AMAL: None}, listed, None) == {AMAL}
    assert coming_back({AMAL: AT + HOUR}, [*listed, erased(AMAL, AT + 2 * HOUR, "s1", None)], None) == {AMAL}


@given(st.sets(st.text(min_size=1, max_size=30), max_size=20), st.sets(st.integers(0, 19)))
def test_exactly_those_on_the_list(names: set[str], chosen: set[int]) -> None:
    people = [DelegateId(name) for name in sorted(names)]
    gone = {who for place, who in enumerate(people) if place in chosen}
    listed = [erased(who, AT, f"s{place % 3}", None) for place, who in enumerate(sorted(gone))]

    assert coming_back(dict.fromkeys(people, AT), read(entry.line for entry in listed), None) == gone


def test_the_file_only_grows_and_a_torn_line_spoils_nothing(tmp_path: Path) -> None:
    first, second = erased(AMAL, AT, "s1", None), erased(BINH, AT, "s1", None)
    append_to_file(tmp_path, [first])
    with (tmp_path / "erased.list").open("ab") as file:
        file.write(b"1 s1 abc")  # killed while writing

    append_to_file(tmp_path, [second])

    assert read_file(tmp_path) == [first, second]
    assert (tmp_path / "erased.list").stat().st_mode & 0o777 == 0o600

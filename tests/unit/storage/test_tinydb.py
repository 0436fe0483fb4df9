"""TinyDB's own API on the journal gives what TinyDB gives in memory, and it is still there after opening again."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tinydb import Query, TinyDB, where
from tinydb.operations import add, delete, increment
from tinydb.operations import set as set_field
from tinydb.storages import MemoryStorage
from tinydb.table import Document, Table

from storage.group import TinyTables
from storage.tables import Put
from storage.tiny import DeskDB, JournalStorage

Act = Callable[[Table], Any]

values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)
documents = st.fixed_dictionaries(
    {"n": st.integers(0, 4), "tags": st.lists(st.sampled_from(["a", "b"]), max_size=2)}, optional={"x": values}
)
conditions = st.builds(
    lambda n, kind: {"is": where("n") == n, "over": where("n") > n, "tag": where("tags").any(["a"])}[kind],
    st.integers(0, 4),
    st.sampled_from(["is", "over", "tag"]),
)


def _tag(document: Mapping[str, Any]) -> None:
    """An operation as TinyDB invites to write: it changes the document in place."""
    document["tags"].append("c")


changes: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda n: {"n": n}, st.integers(0, 4)),
    st.sampled_from(
        [increment("n"), add("n", 2), delete("tags"), set_field("x", [1, {"y": 2}]), set_field("tags", ["a"])]
    ),
    st.just(_tag),
)
acts: st.SearchStrategy[Act] = st.one_of(
    st.builds(lambda one: lambda table: table.insert(one), documents),
    st.builds(lambda some: lambda table: table.insert_multiple(some), st.lists(documents, max_size=3)),
    st.builds(lambda how, cond: lambda table: table.update(how, cond), changes, conditions),
    st.builds(lambda how: lambda table: table.update(how), changes),
    st.builds(lambda one, cond: lambda table: table.upsert(one, cond), documents, conditions),
    st.builds(lambda cond: lambda table: table.remove(cond), conditions),
    st.builds(lambda cond: lambda table: table.search(cond), conditions),
    st.builds(lambda cond: lambda table: table.get(cond), conditions),
    st.builds(lambda cond: lambda table: table.count(cond), conditions),
    st.builds(lambda cond: lambda table: table.contains(cond), conditions),
    st.just(lambda table: table.truncate()),
    st.just(lambda table: table.all()),
    st.just(len),
)


def _outcome(act: Act, table: Table) -> Any:
    """What an operation gives, or how it fails; document ids are texts here and numbers there."""
    try:
        return _with_text_ids(act(table))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return type(error)


def _with_text_ids(found: Any) -> Any:
    if isinstance(found, Document):
        return (str(found.doc_id), dict(found))
    if isinstance(found, list):
        return [str(one) if isinstance(one, int | str) else _with_text_ids(one) for one in found]
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else found


def _at_once(_: int) -> None:
    """Whether it survives a power cut is not asked here, and a busy disk would make these tests long."""


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(acts, max_size=14))
def test_random_operations_give_what_tinydb_gives(history: list[Act]) -> None:
    stock: Table = TinyDB(storage=MemoryStorage).table("t")
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fdatasync", _at_once)
        database = DeskDB(Path(place), storage=JournalStorage)
        for act in history:
            found, expected = _outcome(act, database.table("t")), _outcome(act, stock)
            assert found == expected
        kept = _with_text_ids(database.table("t").all())
        assert kept == _with_text_ids(stock.all())
        database.close()

        again = DeskDB(Path(place), storage=JournalStorage)
        assert sorted(_with_text_ids(again.table("t").all()), key=repr) == sorted(kept, key=repr)
        again.close()


# -------------------------------------------------------------------- examples


def _opened(folder: Path) -> DeskDB:
    return DeskDB(folder, storage=JournalStorage)


def _kept(folder: Path, name: str = "t") -> list[dict[str, Any]]:
    database = _opened(folder)
    try:
        return [dict(one) for one in database.table(name).all()]
    finally:
        database.close()


def test_change_inside_a_document_is_kept(tmp_path: Path) -> None:
    database = _opened(tmp_path)
    database.table("t").insert({"n": 1, "tags": ["a"]})

    database.table("t").update(_tag)

    database.close()
    assert _kept(tmp_path) == [{"n": 1, "tags": ["a", "c"]}]


def test_document_handed_out_or_in_is_a_copy(tmp_path: Path) -> None:
    database = _opened(tmp_path)
    given_in = {"tags": ["a"]}
    database.table("t").insert(given_in)

    given_in["tags"].append("mine")
    for found in (*database.table("t").all(), *database.table("t").search(Query().tags.exists())):
        found["tags"].append("mine")

    assert database.table("t").all() == [{"tags": ["a"]}]
    database.close()


def test_number_of_a_removed_document_never_overwrites_another(tmp_path: Path) -> None:
    table = _opened(tmp_path).table("t")
    table.insert_multiple({"n": number} for number in range(1, 10))
    table.remove(~where("n").one_of([4, 9, 1]))
    table.insert({"n": "new"})
    table.remove(where("n") == 1)

    table.insert({"n": "newer"})

    assert sorted(str(one["n"]) for one in table.all()) == ["4", "9", "new", "newer"]
    table.storage.close()


def test_dropped_table_stays_dropped(tmp_path: Path) -> None:
    database = _opened(tmp_path)
    for name in ("t", "other", "third"):
        database.table(name).insert({"n": 1})
    database.drop_table("t")
    assert database.tables() == {"other", "third"}
    database.close()
    assert (_kept(tmp_path), _kept(tmp_path, "other")) == ([], [{"n": 1}])

    database = _opened(tmp_path)
    database.drop_tables()
    database.close()
    assert _kept(tmp_path, "other") == []


def test_tinydbs_own_table_class_writes_to_the_journal_too(tmp_path: Path) -> None:
    stock = TinyDB(tmp_path, storage=JournalStorage)
    stock.insert({"n": 1, "tags": []})
    stock.update(_tag)
    stock.insert({"n": 2})
    stock.remove(where("n") == 2)
    stock.close()

    assert _kept(tmp_path, "_default") == [{"n": 1, "tags": ["c"]}]


async def test_turns_of_the_desk_are_found_by_a_query_that_was_asked_before(tmp_path: Path) -> None:
    tables = TinyTables(tmp_path)
    found = tables.db.table("settings").search(where("value") == "1")
    assert found == []

    await tables.commit([Put("settings", "k", b'{"value":"1"}')])

    assert tables.db.table("settings").search(where("value") == "1") == [{"value": "1"}]
    assert tables.db.table("settings").get(doc_id="k") == {"value": "1"}  # type: ignore[call-overload]
    await tables.close()


async def test_tinydbs_verbs_and_turns_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    tables = TinyTables(tmp_path)

    async def insert(number: int) -> None:
        await asyncio.sleep(0.0005 * number)
        tables.db.table("own").insert({"n": number})

    await asyncio.gather(
        *(tables.commit([Put("settings", f"{number}", b'{"value":"%b"}' % (b"x" * 5_000))]) for number in range(40)),
        *(insert(number) for number in range(40)),
    )
    await tables.close()

    assert (len(_kept(tmp_path, "own")), len(_kept(tmp_path, "settings"))) == (40, 40)


UNWRITABLE: Final = ({"n": object()}, {"n": {1, 2}})


@pytest.mark.parametrize("document", UNWRITABLE)
def test_document_that_is_no_json_is_refused_and_nothing_is_kept(tmp_path: Path, document: dict[str, Any]) -> None:
    database = _opened(tmp_path)

    with pytest.raises(TypeError):
        database.table("t").insert(document)

    assert database.table("t").all() == []
    database.close()
    assert _kept(tmp_path) == []

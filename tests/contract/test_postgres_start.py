"""The start: what must be mended is said clearly and without secrets, and the schema is brought up to date once."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from bot.model.errors import SettingsError
from storage import open_store
from storage.postgres import opening
from storage.postgres.migrate import Migration, known_migrations
from storage.postgres.opening import open_postgres
from tests.contract import postgres
from tests.contract.world import AMINA, say
from tests.e2e.process import free_port
from tests.patience import Stopwatch

pytestmark = pytest.mark.postgres

PASSWORD = "not-the-right-one-71"
RIGHT = "the-right-one-42"


@pytest.fixture
def guest(url: str) -> Iterator[str]:
    """Somebody who enters with a password and may make nothing; the URL has PASSWORD in its place."""
    server = postgres.session_server()
    if server is None:
        pytest.skip(f"makes roles, so it needs a server of its own: unset {postgres.GIVEN}")
    name = f"guest_{postgres.schema_of(url)}"
    if not postgres.run(url, "select 1 from pg_roles where rolname = 'guests'"):
        postgres.run(url, "create role guests")
    postgres.run(url, f"create role {name} login password '{RIGHT}' in role guests")
    own = postgres.with_schema(server.url, name)
    yield own.replace("postgres@", f"{name}:PASSWORD@")
    postgres.drop(own)
    postgres.run(url, f"drop role {name}")


async def test_server_that_is_not_there_is_named_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "REACH", 0.5)
    url = f"postgresql://desk:{PASSWORD}@127.0.0.1:{free_port()}/event?schema=x"

    with pytest.raises(SettingsError, match=r"cannot be reached.*127\.0\.0\.1, database event") as refused:
        async with open_store(url):
            pass

    assert PASSWORD not in str(refused.value)


async def test_server_that_starts_a_little_later_is_waited_for() -> None:
    server = postgres.own_server()
    try:
        server.stop()
        starting = asyncio.create_task(_start_later(server))
        async with open_store(postgres.with_schema(server.url, "late")) as store:
            await say(store, AMINA)
        await starting
    finally:
        server.remove()


async def _start_later(server: postgres.Server) -> None:
    await asyncio.sleep(1)
    await asyncio.to_thread(server.start)


async def test_wrong_password_is_told_at_once_without_it(guest: str) -> None:
    watch = Stopwatch()

    with pytest.raises(SettingsError, match=r"refused us: .*password") as refused:
        async with open_store(guest.replace("PASSWORD", PASSWORD)):
            pass

    assert PASSWORD not in str(refused.value)
    assert watch.seconds < 5


async def test_missing_right_is_told(guest: str) -> None:
    with pytest.raises(SettingsError, match="does not let us make our tables") as refused:
        async with open_store(guest.replace("PASSWORD", RIGHT)):
            pass

    assert RIGHT not in str(refused.value)


async def test_given_schema_of_its_own_is_right_enough(guest: str, url: str) -> None:
    name = postgres.schema_of(guest)
    postgres.run(url, f"create schema {name} authorization {name}")

    async with open_store(guest.replace("PASSWORD", RIGHT)) as store:
        assert (await say(store, AMINA)).seq == 1


@pytest.mark.parametrize("odd", ["postgresql://u:hidden@[::1/x", "postgresql://u:hidden@h/x?nonsense=1"])
async def test_url_that_cannot_be_read_is_not_repeated(odd: str) -> None:
    with pytest.raises(SettingsError) as refused:
        async with open_store(odd):
            pass

    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("schema", ["Desk", "a-b", 'a"; drop', "pg_x", "a" * 60])
async def test_odd_name_for_a_schema_is_refused(schema: str) -> None:
    with pytest.raises(SettingsError, match="no name for a schema"):
        async with open_store(f"postgresql://h/x?schema={schema}"):
            pass


# -------------------------------------------------------------------- migrations

_OPEN = """
import asyncio, sys
from storage import open_store

async def main():
    async with open_store(sys.argv[1]) as store:
        print(await store.waiting())

asyncio.run(main())
"""


async def test_five_processes_at_once_migrate_once(url: str) -> None:
    children = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _OPEN, url, env={**os.environ, "PYTHONPATH": str(Path.cwd())},
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(5)
    ]  # fmt: skip
    async with asyncio.timeout(60):
        said = [await child.communicate() for child in children]

    assert [(child.returncode, out.splitlines()[-1]) for child, (out, _) in zip(children, said, strict=True)] == [
        (0, b"0")
    ] * 5
    assert sum(out.count(b"migration_applied") for out, _ in said) == len(known_migrations())
    assert postgres.run(url, "select count(*)::int from versions") == [(len(known_migrations()),)]


async def test_edited_migration_is_refused(url: str) -> None:
    await _open(url)
    edited = list(known_migrations())
    edited[1] = replace(edited[1], script=edited[1].script + "-- mended")

    with pytest.raises(SettingsError, match=f"another edition.*{edited[1].name}"):
        await _open(url, edited)


MORE = [
    Migration(90, "0090_more.sql", "alter table delegates add column more text;"),
    Migration(91, "0091_more_still.sql", "create table more (id integer);"),
]


async def test_desk_of_the_version_before_goes_on(url: str) -> None:
    await _open(url, [*known_migrations(), MORE[0]])

    async with open_store(url) as store:
        assert (await say(store, AMINA)).seq == 1


async def test_desk_of_two_versions_before_is_refused(url: str) -> None:
    await _open(url, [*known_migrations(), *MORE])

    with pytest.raises(SettingsError, match=r"newer desk.*version 91.*version \d"):
        await _open(url)


async def test_desk_before_a_migration_that_changed_things_is_refused(url: str) -> None:
    changing = replace(MORE[0], script="-- changes what was there\nalter table delegates rename key to name;")
    await _open(url, [*known_migrations(), changing])

    with pytest.raises(SettingsError, match="newer desk"):
        await _open(url)


async def test_migration_that_fails_leaves_nothing(url: str) -> None:
    broken = Migration(90, "0090_broken.sql", "create table half (id integer); select nonsense;")

    with pytest.raises(SettingsError, match="could not be prepared"):
        await _open(url, [*known_migrations(), broken])

    assert postgres.run(url, "select to_regclass('half')::text, to_regclass('versions')::text") == [(None, None)]
    await _open(url)


async def _open(url: str, migrations: Sequence[Migration] | None = None) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(open_postgres(url, migrations=migrations))

"""Brings the schema up to date: numbered files, each applied once, by one process, and never edited afterwards.

A newer desk may have added to the schema and then been taken back: one migration more than we know is accepted when it
says of itself that it only adds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import structlog
from psycopg import sql

from storage.postgres.address import fault

FOLDER: Final = Path(__file__).parent / "migrations"
LONGEST: Final = 60.0  # seconds for one file, or for waiting while another process applies it
_CHANGES_MORE: Final = "-- changes what was there"  # the first line of a file that does more than add

log = structlog.get_logger("storage.postgres")

Connection = psycopg.AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    script: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.script.encode()).hexdigest()

    @property
    def additive(self) -> bool:
        return not self.script.startswith(_CHANGES_MORE)


def known_migrations(folder: Path = FOLDER) -> Sequence[Migration]:
    """All files of a folder, in order."""
    return [
        Migration(int(path.name[:4]), path.name, path.read_text("utf-8")) for path in sorted(folder.glob("[0-9]*.sql"))
    ]


async def migrate(connection: Connection, schema: str, known: Sequence[Migration]) -> None:
    """Apply what is missing.

    Args:
        connection: In autocommit mode, with the schema in its search path.
        schema: It is made when it is missing.
        known: What this version of the desk knows.

    Raises:
        SettingsError: The database was made by a newer desk, or by files that were edited since.
    """
    async with connection.transaction():
        await connection.execute(sql.SQL("set local statement_timeout = {}").format(sql.Literal(int(LONGEST * 1000))))
        await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{schema} migrations",))
        await _make_schema(connection, schema)
        cursor = await connection.execute("select number, checksum, additive from versions")
        applied = {number: (checksum, additive) for number, checksum, additive in await cursor.fetchall()}
        check(applied, known)
        for migration in known:
            if migration.number not in applied:
                await connection.execute(migration.script.encode())
                await connection.execute(
                    "insert into versions (number, name, checksum, additive) values (%s, %s, %s, %s)",
                    (migration.number, migration.name, migration.checksum, migration.additive),
                )
                log.info("migration_applied", name=migration.name, schema=schema)


async def _make_schema(connection: Connection, schema: str) -> None:
    """Only when it is missing: "if not exists" would ask for the right to make one even so."""
    cursor = await connection.execute(
        "select exists (select from pg_namespace where nspname = %s), to_regclass(%s) is not null",
        (schema, f"{schema}.versions"),
    )
    there, begun = await cursor.fetchone() or (False, False)
    if not there:
        await connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
    if not begun:
        await connection.execute(
            "create table versions (number integer primary key, name text not null, checksum text not null,"
            " additive boolean not null, applied_at timestamptz not null default now())"
        )


def check(applied: Mapping[int, tuple[str, bool]], known: Sequence[Migration]) -> None:
    """Whether this desk may work on a database with these migrations.

    Args:
        applied: Per number, the checksum and whether it only added.
        known: What this version of the desk knows.

    Raises:
        SettingsError: It may not.
    """
    edited = [one for one in known if applied.get(one.number, (one.checksum,))[0] != one.checksum]
    if edited:
        raise fault("the database was made by another edition of this file", edited[0].name)
    unknown = sorted(set(applied) - {one.number for one in known})
    if len(unknown) > 1 or any(not applied[number][1] for number in unknown):
        newest = max((one.number for one in known), default=0)
        raise fault("the database was made by a newer desk", f"version {unknown[-1]}", f"version {newest}")

"""Where the database is: the organiser's URL taken apart, and what every connection of ours is opened with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.model.errors import Fault, SettingsError

DEFAULT_SCHEMA: Final = "desk"
STATEMENT: Final = 4.0  # seconds that the server spends on one statement, also waiting for somebody else's lock
CONNECT: Final = 5  # seconds until a try to connect is given up

_SCHEMA: Final = re.compile(r"[a-z_][a-z0-9_]{0,39}")
_SESSION: Final = {
    "statement_timeout": f"{STATEMENT:.0f}s",
    "idle_in_transaction_session_timeout": "15s",  # a process that hangs in a turn must not keep its delegate locked
    "TimeZone": "UTC",
    "client_encoding": "UTF8",
    # A replica that was cut off must not keep its locks for the two hours after which TCP looks whether it is there.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One desk's schema in one database."""

    conninfo: str
    schema: str
    server: str
    """The server as a fault may name it: never with the password."""


def place_of(url: str) -> Place:
    """Take a URL apart.

    Args:
        url: ``postgresql://…`` as libpq knows it, and ``?schema=NAME`` for another schema than ``desk``.

    Raises:
        SettingsError: It cannot be read; no part of it is shown, for it may hold a password.
    """
    try:
        split = urlsplit(url)
    except ValueError:
        raise _unreadable() from None
    pieces = [piece for piece in split.query.split("&") if piece]
    named = [unquote(piece.partition("=")[2]) for piece in pieces if piece.startswith("schema=")]
    schema = named[-1] if named else DEFAULT_SCHEMA
    if not _SCHEMA.fullmatch(schema) or schema.startswith("pg_"):
        raise fault("this is no name for a schema", allowed="small letters, digits and _")
    query = "&".join(piece for piece in pieces if not piece.startswith("schema="))
    try:
        given = conninfo_to_dict(urlunsplit(split._replace(query=query)))
    except psycopg.Error:
        raise _unreadable() from None
    options = [f"-c {name}={value}" for name, value in {**_SESSION, "search_path": schema}.items()]
    conninfo = make_conninfo(
        "",
        **{
            "connect_timeout": CONNECT,
            "application_name": f"delegate-desk {schema}",
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            **given,
            "options": " ".join([str(given.get("options", "")), *options]).strip(),
        },
    )
    host = given.get("host") or given.get("hostaddr") or "the local socket"
    return Place(conninfo, schema, f"{host}, database {given.get('dbname', '') or given.get('user', '')}")


def _unreadable() -> SettingsError:
    return fault("this cannot be read", allowed="postgresql://USER:PASSWORD@HOST:PORT/DATABASE")


def fault(problem: str, read: str = "", allowed: str = "") -> SettingsError:
    return SettingsError([Fault("DESK_DATABASE_URL", 1, "", problem, read, allowed)])

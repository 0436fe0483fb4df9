"""The keeper for several processes: PostgreSQL 13 or newer; see docs/reference/postgres.md."""

from __future__ import annotations

from storage.postgres.opening import open_postgres
from storage.postgres.store import PostgresStore

__all__ = ["PostgresStore", "open_postgres"]

"""Duties that one process at a time may have, by the server's clock."""

from __future__ import annotations

from datetime import timedelta

from storage.postgres.session import Session


class RoleVerbs:
    _session: Session

    async def lead(self, role: str, holder: str, lease: timedelta) -> bool:
        taken = await self._session.fetch(
            "insert into roles as r (role, holder, until) values (%s, %s, clock_timestamp() + %s)"
            " on conflict (role) do update set holder = excluded.holder, until = excluded.until"
            " where r.holder = excluded.holder or r.until <= clock_timestamp() returning true",
            (role, holder, lease),
        )
        return bool(taken)

    async def resign(self, role: str, holder: str) -> None:
        await self._session.fetch("delete from roles where role = %s and holder = %s", (role, holder))

"""Whether the program at the other end of a connection has read what was sent to it.

A machine that stalls may leave an answer unread for seconds, and what the program sends meanwhile it sends without
knowing. The kernel knows: both ends are on this machine.
"""

import asyncio
from pathlib import Path
from typing import Final

_LOOK: Final = 0.01  # seconds
_TABLE: Final = Path("/proc/net/tcp")


async def read_by_peer(transport: asyncio.Transport | None) -> None:
    """Returns when the peer has read everything or is gone; at once where the kernel does not tell."""
    if transport is None or not _TABLE.exists():
        return
    ends = f" {_address(transport, 'peername')} {_address(transport, 'sockname')} "
    while _unread(ends) and not transport.is_closing():  # noqa: ASYNC110 -- the kernel rings no bell
        await asyncio.sleep(_LOOK)
    await asyncio.sleep(_LOOK)  # what it sent before that is read in the meantime


def _address(transport: asyncio.Transport, end: str) -> str:
    """As the kernel's table writes it on a little-endian machine."""
    host, port = transport.get_extra_info(end)[:2]
    return f"{''.join(f'{int(part):02X}' for part in reversed(host.split('.')))}:{port:04X}"


def _unread(ends: str) -> bool:
    """Its line: number, local and remote address, state, bytes to send and bytes to read, in hexadecimal."""
    for line in _TABLE.read_text().splitlines():
        if ends in line:
            return int(line.split()[4].rpartition(":")[2], 16) > 0
    return False

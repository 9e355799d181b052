"""Whether the host of the command line may be tested, asked before anything is started."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

from loadcell.config import RunConfig
from loadcell.errors import UsageError
from loadcell.guard import Guard, hint, refusal

_PATIENCE_S = 5.0


async def require_permission(config: RunConfig) -> None:
    """UsageError if the host leads only to addresses that are not allowed; a name that has none is left to the run."""
    guard = Guard.of(config.allowed_targets, owned=config.target_owned)
    host = host_name(config.host)
    addresses = await look_up(host) if host else []
    if addresses and not any(guard.permits(host, address) for address in addresses):
        raise UsageError(f"{refusal(host)}.", hint(host))


def host_name(url: str | None) -> str:
    """The name or address in a base URL; empty where it has none, as that of a unix socket."""
    try:
        parts = urlsplit(url or "")
        return "" if parts.scheme == "http+unix" else parts.hostname or ""
    except ValueError:
        return ""


async def look_up(host: str) -> list[str]:
    """The addresses of a host, as text; none if it can't be found within 5 s."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError):  # ValueError: what can be no name, such as one whose label is too long.
        return []
    return list(dict.fromkeys(str(info[4][0]) for info in found))

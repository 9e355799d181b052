"""asyncpg: waiting for a connection of its pool, how long one is held, and statements (but for prepared ones)."""

from __future__ import annotations

import importlib
from typing import Any

from loadcell_probe.counters import Counters, Pool
from loadcell_probe.ledger import DB_WAIT, UNCOUNTED, current
from loadcell_probe.patches.pooling import Gets, wrap_connecting
from loadcell_probe.patches.statements import wrap_executing
from loadcell_probe.patches.wrapping import wrap

LIBRARY = "asyncpg"
METHODS = ("execute", "executemany", "fetch", "fetchrow", "fetchval")


def apply(counters: Counters) -> None:
    """Patch the classes of pools and connections."""
    connection: Any = importlib.import_module("asyncpg.connection").Connection
    module: Any = importlib.import_module("asyncpg.pool")

    def counted(pool: Any) -> Pool:
        # A pool can't be referred to weakly, but its queue of free connections can.
        return counters.pool(pool._queue, LIBRARY, _figures)

    def release(pool: Any, proxy: Any, *_: Any, **__: Any) -> Any:
        gets.give_back(pool, proxy)
        ledger = current.get()
        if ledger is not None:
            ledger[UNCOUNTED] += 1
        return ledger

    def released(ledger: Any, _: Any, __: bool) -> None:
        ledger[UNCOUNTED] -= 1

    gets = Gets(DB_WAIT, counted)
    for name in METHODS:
        wrap_executing(counters, LIBRARY, connection, name)
    wrap(counters, module.Pool, "_acquire", gets.begin, gets.end)
    wrap(counters, module.Pool, "release", release, released)
    wrap_connecting(counters, module.PoolConnectionHolder, "connect", lambda holder: counted(holder._pool))


def _figures(queue: Any) -> dict[str, int | None]:
    return {"size": None, "max": queue.maxsize, "checked_out": queue.maxsize - queue.qsize()}

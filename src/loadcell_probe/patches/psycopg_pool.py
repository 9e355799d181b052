"""psycopg_pool: waiting for a connection and how long one is held, sync and async. Its threads make the connections."""

from __future__ import annotations

import importlib
from typing import Any

from loadcell_probe.counters import Counters
from loadcell_probe.ledger import DB_WAIT
from loadcell_probe.patches.pooling import Gets
from loadcell_probe.patches.wrapping import wrap

LIBRARY = "psycopg_pool"


def apply(counters: Counters) -> None:
    """Patch the public methods that `connection()` uses too."""
    module: Any = importlib.import_module("psycopg_pool")
    gets = Gets(DB_WAIT, lambda pool: counters.pool(pool, LIBRARY, _figures))
    for pool in (module.ConnectionPool, module.AsyncConnectionPool):
        wrap(counters, pool, "getconn", gets.begin, gets.end)
        wrap(counters, pool, "putconn", gets.give_back, lambda _, __, ___: None)


def _figures(pool: Any) -> dict[str, int | None]:
    said = pool.get_stats()
    size = said.get("pool_size", 0)
    return {"size": size, "max": said.get("pool_max"), "checked_out": size - said.get("pool_available", 0)}

"""psycopg (3): statements, sync and async."""

from __future__ import annotations

import importlib
from typing import Any

from loadcell_probe.counters import Counters
from loadcell_probe.patches.statements import wrap_executing

LIBRARY = "psycopg"


def apply(counters: Counters) -> None:
    """Patch the classes of cursors, which connections' own `execute` uses too."""
    psycopg: Any = importlib.import_module("psycopg")
    for cursor in (psycopg.Cursor, psycopg.AsyncCursor):
        for name in ("execute", "executemany"):
            wrap_executing(counters, LIBRARY, cursor, name)

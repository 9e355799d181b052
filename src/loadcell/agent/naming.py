"""Which machine a reading is of, where several are read; pure."""

from __future__ import annotations

from loadcell.monitors.catalogue import CATALOGUE

_WHOLE = ("", "service", "host")
_ITS_OWN = ("pid", "port", "group", "device", "interface")
"""What there may be under the same name on every machine; databases, tables and statements are told apart by theirs."""


def qualified(signal: str, of: str, machine: str) -> str:
    """What a reading is about, with its machine where another one may have the same.

    >>> qualified("worker_cpu", "71", "web1"), qualified("host_cpu", "", "web1"), qualified("db_active", "shop", "web1")
    ('web1/71', 'web1', 'shop')
    """
    kind = CATALOGUE[signal].of
    if kind in _WHOLE:
        return (of and f"{machine}/{of}") or machine
    return f"{machine}/{of}" if kind.startswith(_ITS_OWN) else of

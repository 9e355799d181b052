"""The CPU of a PostgreSQL on this machine, found by one of its backends."""

from __future__ import annotations

import os

from loadcell.monitors.listening import family_of
from loadcell.monitors.worker import stat_of

_NAMES = ("postgres", "postmaster")
_TICKS = os.sysconf("SC_CLK_TCK")


def postmaster_of(backend: int) -> int | None:
    """The server's main process, if `backend` is one of its processes here; None if it runs elsewhere."""
    stat = stat_of(backend)
    parent = stat_of(stat.parent) if stat is not None else None
    if stat is None or parent is None or stat.name not in _NAMES or parent.name not in _NAMES:
        return None
    return stat.parent


def cpu_s(postmaster: int) -> float | None:
    """The CPU that the server has used since its start, ended connections included; None once it is gone."""
    main = stat_of(postmaster)
    if main is None:
        return None
    stats = [stat for pid in family_of(postmaster) if (stat := stat_of(pid)) is not None]
    return (main.reaped_ticks + sum(each.user_ticks + each.system_ticks for each in stats)) / _TICKS

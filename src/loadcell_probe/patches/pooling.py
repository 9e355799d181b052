"""What the patches of pools share: waiting for a connection, holding one, making one."""

from __future__ import annotations

from time import monotonic_ns
from typing import Any, Callable

from loadcell_probe.counters import Counters, Pool
from loadcell_probe.ledger import DB_CONNECT, DB_WAIT, closed, current, enter, is_open, leave, opened
from loadcell_probe.patches.wrapping import wrap

HELD_AT_MOST = 4096  # connections; more are ones that never came back

Counted = Callable[[Any], Pool]
Connecting = tuple[Any, Any, bool, int]


class Gets:
    """Around the method of a pool that gives a connection, and the one that takes it back."""

    def __init__(self, kind: int, counted: Counted) -> None:
        self._kind = kind
        self._counted = counted
        self._held: dict[int, int] = {}

    def begin(self, pool: Any, *_: Any, **__: Any) -> Any:
        """Note that someone waits for a connection."""
        counted = self._counted(pool)
        counted.waiting += 1
        return counted, enter(self._kind)

    def end(self, state: Any, connection: Any, failed: bool) -> None:
        """Note that it is there."""
        pool, entered = state
        pool.waiting -= 1
        pool.gets += 1
        pool.get_time += leave(entered, self._kind)
        if not failed:
            if len(self._held) >= HELD_AT_MOST:
                self._held.clear()
            self._held[id(connection)] = monotonic_ns()

    def give_back(self, pool: Any, connection: Any, *_: Any, **__: Any) -> None:
        """Note that it comes back."""
        since = self._held.pop(id(connection), None)
        if since is not None:
            counted = self._counted(pool)
            counted.releases += 1
            counted.hold_time += monotonic_ns() - since


def wrap_connecting(counters: Counters, owner: Any, name: str, counted: Counted) -> None:
    """Tell the making of a connection from the waiting inside which it happens. `counted` is given the method's object."""

    def begin(connecting: Any) -> Connecting:
        ledger, now = current.get(), monotonic_ns()
        within_wait = ledger is not None and is_open(ledger, DB_WAIT)
        if ledger is not None and within_wait:
            closed(ledger, DB_WAIT, now)
            opened(ledger, DB_CONNECT, now)
        return connecting, ledger, within_wait, now

    def end(state: Connecting, _: Any, __: bool) -> None:
        connecting, ledger, within_wait, since = state
        now = monotonic_ns()
        if ledger is not None and within_wait:
            closed(ledger, DB_CONNECT, now)
            opened(ledger, DB_WAIT, now)
        pool = counted(connecting)
        pool.connects += 1
        pool.connect_time += now - since

    wrap(counters, owner, name, begin, end)

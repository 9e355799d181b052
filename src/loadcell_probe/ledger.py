"""The ledger of a request: what its time in the service went into.

A ledger is a list of integers, because it is made, found and added up once for each request: a few single figures, and once
there is any interval, in turn the nanoseconds of each kind of time, how many intervals of the kind are open, and since when.
What a request does at the same time (ten calls with `gather`) counts once, so that no kind of time exceeds the request's.
"""

from __future__ import annotations

from contextvars import ContextVar
from time import monotonic_ns

Ledger = list[int]

STATUS, DONE, STATEMENTS, UNCOUNTED = range(4)
# DONE: the answer is complete, so what follows is no longer the request's. UNCOUNTED: above 0 where statements are not
# counted, since SQLAlchemy counts its own, and a pool resets.
EMPTY: Ledger = [0] * 4

KINDS = ("thread", "thread_wait", "db_wait", "db_connect", "db_exec", "http_wait", "http")
FIRST = len(EMPTY)  # where the times of the kinds are in a ledger that has any
THREAD, THREAD_WAIT, DB_WAIT, DB_CONNECT, DB_EXEC, HTTP_WAIT, HTTP = range(FIRST, FIRST + len(KINDS))
# What adds up to a request's time together with the rest. `http_wait` is inside `http`, and work in a thread is not waiting.
EXPLAINING = (THREAD_WAIT, DB_WAIT, DB_CONNECT, DB_EXEC, HTTP)

OPEN = len(KINDS)  # + kind: how many intervals are open
SINCE = 2 * len(KINDS)  # + kind: since when, monotonic nanoseconds
_TIMES: Ledger = [0] * (3 * len(KINDS))

# Of the request that the running code belongs to; threads and tasks that it starts inherit it.
current: ContextVar[Ledger | None] = ContextVar("loadcell_probe_ledger", default=None)


def enter(kind: int) -> tuple[Ledger | None, int]:
    """Open an interval in the ledger of the running request, if there is one; returns what `leave` wants."""
    ledger = current.get()
    now = monotonic_ns()
    if ledger is not None:
        opened(ledger, kind, now)
    return ledger, now


def leave(entered: tuple[Ledger | None, int], kind: int) -> int:
    """Close an interval, and return its nanoseconds."""
    ledger, since = entered
    now = monotonic_ns()
    if ledger is not None:
        closed(ledger, kind, now)
    return now - since


def opened(ledger: Ledger, kind: int, now: int) -> None:
    """Note that an interval of this kind begins."""
    if len(ledger) == FIRST:  # many a request waits for nothing that is seen here
        ledger.extend(_TIMES)
    if ledger[OPEN + kind] == 0:
        ledger[SINCE + kind] = now
    ledger[OPEN + kind] += 1


def closed(ledger: Ledger, kind: int, now: int) -> None:
    """Note that an interval of this kind ends."""
    still_open = ledger[OPEN + kind] - 1 if len(ledger) > FIRST else -1
    if still_open < 0:
        return
    ledger[OPEN + kind] = still_open
    if still_open == 0:
        ledger[kind] += now - ledger[SINCE + kind]


def is_open(ledger: Ledger, kind: int) -> bool:
    """Whether an interval of this kind is open."""
    return len(ledger) > FIRST and ledger[OPEN + kind] > 0


def spent(ledger: Ledger, kind: int, now: int) -> int:
    """Return the nanoseconds of a kind, those of an interval still open included."""
    if is_open(ledger, kind):
        return ledger[kind] + now - ledger[SINCE + kind]
    return ledger[kind]

"""What a worker has counted since its start. Sums only grow, so that any number of readers take differences."""

from __future__ import annotations

import re
from typing import Any, Callable
from weakref import WeakKeyDictionary

from loadcell_probe.ledger import DONE, EXPLAINING, FIRST, KINDS, STATEMENTS, STATUS, Ledger, spent
from loadcell_probe.record import FINISHED, fresh
from loadcell_probe.table import Table

assert (STATUS, DONE, FIRST, FINISHED) == (0, 1, 4, 2)  # as they are written where each request is added up

STATEMENTS_KEPT = 256
HOSTS_KEPT = 128
STATEMENT_LENGTH = 1000  # characters; the rest of a long statement is cut off
UNSEEN_KEPT = 32

# String literals (quoted, dollar-quoted), then numbers that are no part of a name or a placeholder.
_LITERAL = re.compile(r"'(?:[^']|'')*(?:'|$)|\$(\w*)\$.*?(?:\$\1\$|$)|(?<![\w$:.%])\d+(?:\.\d+)?\b", re.DOTALL)


def without_literals(statement: str) -> str:
    """Return a statement in one line with `?` for each literal, cut to a length that can be shown."""
    return " ".join(_LITERAL.sub("?", statement[: 4 * STATEMENT_LENGTH]).split())[:STATEMENT_LENGTH]


class Requests:
    """Requests of this worker, written by its event loop only. Times in ns.

    What most requests have in common is left out where the sums tell it, for it would be paid by each of them.
    """

    __slots__ = (
        "_unusual",
        "before",
        "before_time",
        "begun",
        "explained",
        "kinds",
        "not_seen",
        "raised",
        "record",
        "stamped",
        "started",
        "statements",
        "time",
    )

    def __init__(self, not_seen: Callable[[str, object], None]) -> None:
        """`not_seen` is told of what could not be counted."""
        self.not_seen = not_seen
        self.clear()

    def clear(self) -> None:
        self.begun = False  # whether the worker's parts run
        self.record = fresh()  # how many are finished
        self.started = 0
        self.raised = 0
        self.time = 0
        self.explained = 0
        self.stamped = False  # whether the last one that was asked said when it was sent
        self.before = 0  # requests that were asked and said so
        self.before_time = 0
        self.statements = 0
        self.kinds = [0] * len(KINDS)
        self._unusual = [0] * 6  # requests whose status is not 200, by its first digit

    @property
    def finished(self) -> int:
        return int(self.record[FINISHED])

    @property
    def rest(self) -> int:
        """Time that is none of the kinds."""
        return self.time - self.explained

    def statuses(self, finished: int) -> list[int]:
        """Return how many of so many requests had each first digit; 0 for requests that never began to answer."""
        statuses = self._unusual.copy()
        statuses[2] += max(0, finished - sum(statuses))
        return statuses

    def finish(self, ledger: Ledger, start: int, now: int) -> None:
        """Add a request up, at the moment its answer is complete or it is given up."""
        ledger[1] = 1  # DONE
        elapsed = now - start
        self.time += elapsed
        status = ledger[0]  # STATUS
        if status != 200:
            self._unusual[status // 100 if 0 <= status < 600 else 0] += 1
        if len(ledger) > 4:  # FIRST
            self.statements += ledger[STATEMENTS]
            explained = 0
            for number in range(len(KINDS)):
                kind = FIRST + number
                nanoseconds = spent(ledger, kind, now)
                self.kinds[number] += nanoseconds
                if kind in EXPLAINING:
                    explained += nanoseconds
            self.explained += min(elapsed, explained)
        self.record[2] += 1  # FINISHED


class Pool:
    """What was counted of one pool of connections. Times in ns, sums since the worker's start."""

    __slots__ = ("connect_time", "connects", "figures", "get_time", "gets", "hold_time", "library", "releases", "waiting")

    def __init__(self, library: str, figures: Callable[[Any], dict[str, int | None]]) -> None:
        self.library = library
        self.figures = figures  # key of the pool → what it says of itself: size, max, checked_out
        self.gets = 0
        self.get_time = 0  # waiting for a connection, or making one
        self.connects = 0
        self.connect_time = 0  # of it, making connections
        self.releases = 0
        self.hold_time = 0
        self.waiting = 0  # now


class Threads:
    """What was counted of work given to anyio's threads, as sync endpoints are. Times in ns."""

    __slots__ = ("runs", "time", "wait_time", "waits")

    def __init__(self) -> None:
        self.runs = 0
        self.time = 0
        self.waits = 0  # found no token free
        self.wait_time = 0


class Counters:
    """Everything that the worker's parts count, and what they say they can't see."""

    def __init__(self) -> None:
        self.requests = Requests(self.not_seen)
        self.limiter: Any = None  # anyio's default one, of the worker's event loop
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.threads = Threads()
        self.pools: WeakKeyDictionary[Any, Pool] = WeakKeyDictionary()
        self.statements = Table(3, STATEMENTS_KEPT)  # (library, statement) → ns, how often, longest ns
        self.hosts = Table(4, HOSTS_KEPT)  # (library, host) → ns, calls, ns until the connection was there, errors
        self._masked: dict[str, str] = {}
        self._unseen: list[str] = []

    def clear(self) -> None:
        """Forget what the parent of a forked worker has counted; what it could not do, the child can't either."""
        unseen = self._unseen
        self.requests.clear()
        self.limiter = None
        self._begin_anew()
        self._unseen = unseen

    def pool(self, key: Any, library: str, figures: Callable[[Any], dict[str, int | None]]) -> Pool:
        """Return what is counted of a pool, known by an object that lives as long as it does."""
        found = self.pools.get(key)
        if found is None:
            found = self.pools.setdefault(key, Pool(library, figures))
        return found

    def statement(self, library: str, statement: str, nanoseconds: int) -> None:
        """Count one execution of a statement."""
        masked = self._masked.get(statement)
        if masked is None:
            masked = without_literals(statement)
            if len(self._masked) < STATEMENTS_KEPT and len(statement) < STATEMENT_LENGTH:
                self._masked[statement] = masked
        row = self.statements.row((library, masked))
        row[0] += nanoseconds
        row[1] += 1
        row[2] = max(row[2], nanoseconds)

    def host(self, library: str, host: str | None) -> list[int]:
        """Return the row of a host that an HTTP client calls."""
        return self.hosts.row((library, host or "?"))

    def not_seen(self, what: str, error: object) -> None:
        """Note that the probe could not do something; said once."""
        line = f"{what}: {type(error).__name__}: {error}" if isinstance(error, BaseException) else f"{what}: {error}"
        if line not in self._unseen and len(self._unseen) < UNSEEN_KEPT:
            self._unseen.append(line)

    def unseen(self) -> list[str]:
        """Return what the probe could not do, one line each."""
        return list(self._unseen)

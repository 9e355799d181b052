"""What PostgreSQL's connections are doing, from samples of pg_stat_activity; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from loadcell.monitors.reading import Reading

_HOLDING = "db_in_transaction"
_STATES = {"idle": "db_idle", "idle in transaction": _HOLDING, "idle in transaction (aborted)": _HOLDING}
_ACTIVE = "active"


class Backends(NamedTuple):
    """Connections that are alike in one sample."""

    state: str
    waits: str
    """The kind of event that is waited for; nothing for those that wait for nothing."""
    event: str
    number: int
    oldest_query_s: float
    oldest_transaction_s: float


class Activity:
    """Samples added up."""

    def __init__(self) -> None:
        self._samples = 0
        self._sums: Counter[str] = Counter()
        self._waits: Counter[str] = Counter()
        self._oldest_query_s = 0.0
        self._oldest_transaction_s = 0.0

    def add(self, sample: Iterable[Backends]) -> None:
        """Add one sample."""
        self._samples += 1
        for each in sample:
            self._sums["db_connections_own"] += each.number
            if each.state == _ACTIVE:
                self._sums["db_active"] += each.number
                self._sums["db_on_cpu"] += 0 if each.waits else each.number
                self._sums["db_lock_waits"] += each.number if each.waits == "Lock" else 0
                if each.waits:
                    self._waits[f"{each.waits}:{each.event}"] += each.number
            elif each.state in _STATES:
                self._sums[_STATES[each.state]] += each.number
            self._oldest_query_s = max(self._oldest_query_s, each.oldest_query_s)
            self._oldest_transaction_s = max(self._oldest_transaction_s, each.oldest_transaction_s)

    @property
    def waited_for_locks(self) -> bool:
        """Whether any connection was seen waiting for another's lock."""
        return self._sums["db_lock_waits"] > 0

    def readings(self, database: str) -> list[Reading]:
        """The mean of the samples, and the oldest of all."""
        if not self._samples:
            return []
        names = ("db_connections_own", "db_active", "db_on_cpu", "db_idle", "db_in_transaction", "db_lock_waits")
        found = [Reading(name, self._sums[name] / self._samples, database) for name in names]
        found += [Reading("db_wait", number / self._samples, event) for event, number in self._waits.most_common()]
        found.append(Reading("db_oldest_query", self._oldest_query_s, database))
        found.append(Reading("db_oldest_transaction", self._oldest_transaction_s, database))
        return found

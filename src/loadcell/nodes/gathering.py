"""Which seconds are complete, when several report each second on their own; pure."""

from __future__ import annotations

from loadcell.merge import merge
from loadcell.messages import Interval

PATIENCE_S = 1.5


class Gathering:
    """Keeps a second's intervals until all have delivered it, generators or nodes, or `patience_s` after it ended."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._delivered: dict[str, int] = {}
        """By generator: the last second it has delivered. A generator delivers seconds in order and may skip some."""
        self._kept: dict[int, list[Interval]] = {}
        self._slowest = ""
        """One that had delivered least when it was looked at."""

    def join(self, generator: str, second: int = 0) -> None:
        """Expect the intervals of this generator from `second` on."""
        self._delivered.setdefault(generator, second - 1)

    def leave(self, generator: str) -> None:
        """Expect no more intervals of this generator; those it has delivered stay."""
        self._delivered.pop(generator, None)

    def add(self, generator: str, interval: Interval) -> None:
        """Take one generator's interval; it is expected to go on delivering."""
        self._kept.setdefault(interval.second, []).append(interval)
        self._delivered[generator] = max(interval.second, self._delivered.get(generator, 0))

    def take(self, elapsed_s: float) -> list[Interval]:
        """The seconds, merged, that are complete or overdue `elapsed_s` after the start; what is late comes apart."""
        if self._is_waiting(elapsed_s):
            return []
        self._slowest = min(self._delivered, key=self._delivered.__getitem__, default="")
        complete = self._delivered.get(self._slowest)
        overdue = elapsed_s - 1 - self._patience_s
        due = sorted(second for second in self._kept if complete is None or second <= complete or second <= overdue)
        return [merge(self._kept.pop(second)) for second in due]

    def _is_waiting(self, elapsed_s: float) -> bool:
        """Whether nothing can be due: of a thousand, each asks, and only the last one's answer needs a look at all."""
        first = min(self._kept, default=None)
        if first is None:
            return True
        behind = self._delivered.get(self._slowest)
        return behind is not None and behind < first and elapsed_s - 1 - self._patience_s < first

"""Counters that only grow, turned into what was added since the last look."""

from __future__ import annotations

from collections.abc import Hashable


class Rates:
    """The last value of each counter, and when it was read."""

    def __init__(self) -> None:
        self._last: dict[Hashable, tuple[float, float]] = {}

    def per_second(self, counter: Hashable, total: float, now: float) -> float | None:
        """What was added per second since the last time; None the first time, and after a counter began anew."""
        before = self._last.get(counter)
        self._last[counter] = (total, now)
        if before is None or total < before[0] or now <= before[1]:
            return None
        return (total - before[0]) / (now - before[1])

"""Counters that only grow, turned into what was added since the last look."""

from __future__ import annotations

from collections import deque
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


class LongRates:
    """As Rates, over a longer time than one look to the next: for counters that are brought up to date in leaps."""

    def __init__(self, over_s: float, least_s: float) -> None:
        """Rates are over `over_s`, and over less, but at least `least_s`, in the beginning."""
        self._over_s = over_s
        self._least_s = least_s
        self._seen: dict[Hashable, deque[tuple[float, float]]] = {}

    def per_second(self, counter: Hashable, total: float, now: float) -> float | None:
        """What was added per second; None until there is enough time to say, and after a counter began anew."""
        seen = self._seen.setdefault(counter, deque())
        if seen and total < seen[-1][1]:
            seen.clear()
        seen.append((now, total))
        while len(seen) > 2 and seen[1][0] <= now - self._over_s:
            seen.popleft()
        began, first = seen[0]
        return (total - first) / (now - began) if now - began >= self._least_s else None

"""The largest value of each of the last seconds: a maximum that several readers may read without resetting it."""

from __future__ import annotations

from collections import deque

SECONDS = 15


class Recent:
    """Keeps one maximum for each second in which there was a value."""

    def __init__(self) -> None:
        self._seconds: deque[list[int]] = deque(maxlen=SECONDS)

    def add(self, now: int, value: int) -> None:
        """Note a value (ns) at a monotonic time (ns)."""
        second = now // 1_000_000_000
        if self._seconds and self._seconds[-1][0] == second:
            if value > self._seconds[-1][1]:
                self._seconds[-1][1] = value
        else:
            self._seconds.append([second, value])

    def figures(self) -> list[list[int]]:
        """Return [monotonic second, largest value] pairs, oldest first."""
        return [list(pair) for pair in self._seconds.copy()]

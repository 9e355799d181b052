"""Rows of a table that only lists its heaviest, turned into what each has grown by over the last seconds; pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

Figures = tuple[int, ...]


class GrowingRows:
    """Tables, read one after the other. A row's first figure is its weight, which only grows."""

    def __init__(self, over_s: float, listed: int) -> None:
        """Growth is over `over_s`; a table with as many rows as `listed` may have left lighter ones out."""
        self._over_s = over_s
        self._listed = listed
        self._last: Mapping[str, Figures] | None = None
        self._grown: deque[tuple[float, float, dict[str, Figures]]] = deque()
        self._at = 0.0

    @property
    def seconds(self) -> float:
        """The time that the growth is over; 0 until there were two tables."""
        return self._grown[-1][1] - self._grown[0][0] if self._grown else 0.0

    def add(self, rows: Mapping[str, Figures], at: float) -> None:
        """Take in the table as it is at `at` (s)."""
        if self._last is not None and at > self._at:
            self._grown.append((self._at, at, dict(self._differences(self._last, rows))))
            while self._grown[0][1] <= at - self._over_s:
                self._grown.popleft()
        self._last, self._at = rows, at

    def most(self, count: int, weight: Callable[[Figures], int]) -> list[tuple[str, Figures]]:
        """The rows that have grown most, the first one most, with what each figure has grown by."""
        total: dict[str, Figures] = {}
        for _, _, grown in self._grown:
            for key, figures in grown.items():
                total[key] = tuple(map(sum, zip(total[key], figures, strict=True))) if key in total else figures
        order = sorted(total.items(), key=lambda item: (-weight(item[1]), item[0]))
        return [item for item in order[:count] if weight(item[1]) > 0]

    def _differences(self, before: Mapping[str, Figures], after: Mapping[str, Figures]) -> list[tuple[str, Figures]]:
        found = []
        for key, figures in after.items():
            earlier = before.get(key)
            if earlier is None and len(before) >= self._listed:
                continue  # it may have been there, too light to be listed
            if earlier is None or figures[0] < earlier[0]:
                grown = figures  # new, or dropped by the probe and begun anew
            else:
                grown = tuple(new - old for new, old in zip(figures, earlier, strict=True))
            if grown[0] > 0:
                found.append((key, grown))
        return found

"""A table of bounded size that keeps the rows which weigh most."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any


class Table:
    """Rows of integers by key, of which the first is the weight. Holds at most `limit` rows.

    A full table drops the lighter half, so a row may come back with figures that begin anew.
    """

    def __init__(self, width: int, limit: int) -> None:
        self._empty = [0] * width
        self._limit = limit
        self._rows: dict[Any, list[int]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, key: Hashable) -> list[int]:
        """Return the row of a key, to be added to; made when it is missing."""
        row = self._rows.get(key)
        if row is None:
            if len(self._rows) >= self._limit:
                self._rows = dict(self.heaviest(self._limit // 2))
            row = self._rows.setdefault(key, list(self._empty))
        return row

    def heaviest(self, count: int) -> list[tuple[Any, list[int]]]:
        """Return the rows of most weight, the heaviest first."""
        return sorted(self._rows.copy().items(), key=lambda item: -item[1][0])[:count]

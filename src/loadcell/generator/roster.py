"""Which user of this process is due next: the plan's starts for the parts that it carries. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator

from loadcell.plan import Part, Plan


class Roster:
    """The starts still to come, in order of time."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._peak = plan.peak
        self._heads: list[tuple[float, int, Iterator[tuple[float, int]]]] = []

    def add(self, part: Part) -> None:
        """Carry a part from its beginning."""
        self._push(self._starts(part, self._plan.start_of))

    def take_over(self, part: Part, lost: Part, lost_at: float) -> None:
        """Carry a part whose users were lost `lost_at` seconds after the start with the rest of `lost`."""
        self._push(self._starts(part, lambda n: self._plan.restart_of(n, lost_at, lost)))

    def next_due(self) -> float | None:
        """When the next user starts, in seconds after the run's start; None when all have."""
        return self._heads[0][0] if self._heads else None

    def pop(self) -> int:
        """Take the user who is due next off the roster; its number in the whole population."""
        _, n, rest = self._heads[0]
        following = next(rest, None)
        if following is None:
            heapq.heappop(self._heads)
        else:
            heapq.heapreplace(self._heads, (*following, rest))
        return n

    def _push(self, starts: Iterator[tuple[float, int]]) -> None:
        first = next(starts, None)
        if first is not None:
            heapq.heappush(self._heads, (*first, starts))

    def _starts(self, part: Part, due_of: Callable[[int], float | None]) -> Iterator[tuple[float, int]]:
        for n in part.slots():
            due = due_of(n) if n < self._peak else None
            if due is None:
                return
            yield due, n

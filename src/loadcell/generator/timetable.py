"""Which arrival of this process is due next: those of the plan that belong to the parts it carries. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count

from loadcell.plan import Arrivals, Part


class Timetable:
    """The arrivals still to come, in order. A change of the plan moves them in time, and adds or leaves out none."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._curve = arrivals.curve()
        self._heads: list[tuple[float, int, int, Iterator[tuple[float, int]]]] = []
        self._order = count()
        self.next_due: float | None = None
        """When the next one is due, in seconds after the run's start; None when there is none."""

    def add(self, part: Part) -> None:
        """Carry a part from its beginning."""
        self._push(self._arrivals.places(part))

    def take_over(self, part: Part, lost_at: float, now: float) -> int:
        """Carry a part that another process carried until `lost_at` s after the start; how many were due since then.

        Nobody was there for those: they are not among what is still to come.
        """
        places = self._arrivals.places(part, self._curve.place_at(lost_at))
        gone = self._curve.place_at(now)
        for missed, (place, n) in enumerate(places):
            if place >= gone:
                self._push(_before(place, n, places))
                return missed
        raise AssertionError("places have no end")

    def change(self, arrivals: Arrivals) -> None:
        """Go by another plan, whose arrivals have the same places."""
        self._arrivals = arrivals
        self._curve = arrivals.curve()
        self._look()

    def pop(self) -> tuple[float, int]:
        """Take the next arrival off: (seconds after the start, its number). There must be one."""
        assert self.next_due is not None
        due_s = self.next_due
        _, n, order, rest = self._heads[0]
        following = next(rest)
        heapq.heapreplace(self._heads, (*following, order, rest))
        self._look()
        return due_s, n

    def _push(self, places: Iterator[tuple[float, int]]) -> None:
        heapq.heappush(self._heads, (*next(places), next(self._order), places))
        self._look()

    def _look(self) -> None:
        self.next_due = self._curve.time_of(self._heads[0][0]) if self._heads else None


def _before(place: float, n: int, rest: Iterator[tuple[float, int]]) -> Iterator[tuple[float, int]]:
    yield place, n
    yield from rest

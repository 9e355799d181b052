"""Which user of this process is due next, to start or to stop: the plan's turns for the parts that it carries. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import count
from typing import NamedTuple

from loadcell.plan import Part, Plan


class Turn(NamedTuple):
    """A user starts or stops, `due_s` seconds after the run's start."""

    due_s: float
    user: int
    starts: bool
    again: bool = False
    """Whether it was lost with its process: it only starts if the plan still wants it by then."""


class Roster:
    """The turns still to come, in order of time."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._parts: list[Part] = []
        self._heads: list[tuple[Turn, int, Iterator[Turn]]] = []
        self._order = count()

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self._plan

    def add(self, part: Part) -> None:
        """Carry a part from its beginning."""
        self._parts.append(part)
        self._push(Turn(*turn) for turn in self._plan.turns(part))

    def take_over(self, part: Part, lost: Part, lost_at: float) -> None:
        """Carry a part whose users were lost `lost_at` seconds after the start with the rest of `lost`."""
        self._parts.append(part)
        self._push(self._restarts(part, lost, lost_at))
        self._push(Turn(*turn) for turn in self._plan.turns(part) if turn[0] > lost_at)

    def change(self, plan: Plan, at_s: float) -> None:
        """Go by another plan from `at_s` on. What was due before and what was lost stays to be done."""
        overdue = []
        while self._heads and self._heads[0][0].due_s <= at_s:
            overdue.append(self.pop())
        again = [(turn, rest) for turn, _, rest in self._heads if turn.again]
        self._heads.clear()
        self._plan = plan
        self._push(overdue)
        for turn, rest in again:
            heapq.heappush(self._heads, (turn, next(self._order), rest))
        for part in self._parts:
            self._push(Turn(*turn) for turn in plan.turns(part, at_s))

    def next_due(self) -> float | None:
        """When the next user has its turn, in seconds after the run's start; None when there is none."""
        return self._heads[0][0].due_s if self._heads else None

    def pop(self) -> Turn:
        """Take the next turn off the roster."""
        turn, _, rest = self._heads[0]
        following = next(rest, None)
        if following is None:
            heapq.heappop(self._heads)
        else:
            heapq.heapreplace(self._heads, (following, next(self._order), rest))
        return turn

    def _push(self, turns: Iterable[Turn]) -> None:
        rest = iter(turns)
        first = next(rest, None)
        if first is not None:
            heapq.heappush(self._heads, (first, next(self._order), rest))

    def _restarts(self, part: Part, lost: Part, lost_at: float) -> Iterator[Turn]:
        for n in range(part.index, self._plan.peak, part.count):
            first = self._plan.start_of(n)
            if first is not None and first <= lost_at:
                yield Turn(self._plan.restart_of(n, lost_at, lost), n, starts=True, again=True)

"""Which seconds of a run to compare: a low load, and the loads at which it may have been at its limit; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loadcell.store import StoredStage

LOW_USERS = 2
"""Where no baseline was made, the first seconds with at most so many users are the low load."""
SHORTEST_S = 3
"""So much of a load must have been held, its first second left out, to be judged."""
LAST_S = 10
"""Of a load that only rises, so much of its end is looked at."""
_NOT_HELD = ("ramp", "recovery")


@dataclass(frozen=True, slots=True)
class Window:
    """The seconds `first` … `last`-1 of the run, at one load."""

    phase: str
    first: int
    last: int
    users: float | None = None
    rate: float | None = None

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.last - self.first

    @property
    def load(self) -> float:
        """Users, or iterations/s."""
        return (self.rate if self.rate is not None else self.users) or 0.0

    def latest(self, seconds: int) -> Window:
        """The end of it, at most so long."""
        return Window(self.phase, max(self.first, self.last - seconds), self.last, self.users, self.rate)

    def halves(self) -> list[Window]:
        """The two halves of it."""
        middle = self.first + self.seconds // 2
        return [
            Window(self.phase, self.first, middle, self.users, self.rate),
            Window(self.phase, middle, self.last, self.users, self.rate),
        ]


@dataclass(frozen=True, slots=True)
class Windows:
    """What there is to compare."""

    low: Window | None
    highs: tuple[Window, ...]
    """In the order in which they should be judged: the first that shows something tells the cause. Empty: too short."""
    held: tuple[Window, ...] = ()
    """Every load that was held, low ones too, in the order of time."""


def windows_of(
    stages: Sequence[StoredStage], users: Mapping[int, int], *, end_s: float, capacity: float | None = None
) -> Windows:
    """The windows of a run that kept these stages, had so many users in each second, and load until `end_s`.

    `capacity` is the load, in users or iterations/s, that an assessment found.
    """
    end = int(end_s + 0.1)
    if not stages:
        return _plain(users, end)
    held = [stage for stage in stages if stage.phase not in _NOT_HELD]
    baselines = [stage for stage in held if stage.phase == "baseline"]
    low = _window(baselines[0], settle=False) if baselines else _first_seconds(users)
    loads = [stage for stage in held if stage.phase != "baseline" and _load(stage) > 0]
    above = sorted((stage for stage in loads if capacity is not None and _load(stage) > capacity), key=_load)
    if any(stage.phase == "stress" for stage in above):
        # The stress lasts seconds where it breaks the service at once; a load step above the capacity may have shown more.
        chosen = [stage for stage in above if stage.phase == "stress"]
        chosen += [stage for stage in above if stage.phase != "stress"][-1:]
    elif loads:
        most = max(_load(stage) for stage in loads)
        chosen = [stage for stage in reversed(loads) if _load(stage) >= 0.99 * most][:1]
    else:
        chosen = []
    highs = [window for stage in chosen if (window := _window(stage, settle=True)).seconds >= SHORTEST_S]
    if not highs:
        last = stages[-1].end_s if not loads else max(loads, key=_load).end_s
        highs = _rising(users, int(last + 0.1))
    every = [_window(stage, settle=False) for stage in held if _load(stage) > 0]
    return Windows(None if low is not None and low.seconds < 1 else low, tuple(highs), tuple(every))


def _plain(users: Mapping[int, int], end: int) -> Windows:
    """A run without stages: its highest load is what it held, and else how it ended."""
    known = {second: count for second, count in users.items() if second < end}
    most = max(known.values(), default=0)
    if not most:
        return Windows(None, ())
    first = min(second for second, count in known.items() if count == most)
    held = [second for second in range(first + 1, end) if known.get(second, 0) == most]
    low = _first_seconds(known)
    at_most = (Window("load", held[0], held[-1] + 1, most),) if len(held) >= SHORTEST_S else ()
    if low is not None and most <= LOW_USERS:
        low = None  # the whole run is as low
    return Windows(low, at_most or tuple(_rising(known, end)), at_most)


def _rising(users: Mapping[int, int], end: int) -> list[Window]:
    first = max(1, end - LAST_S)
    if end - first < SHORTEST_S:
        return []
    return [Window("ramp", first, end, max((users.get(second, 0) for second in range(first, end)), default=0))]


def _first_seconds(users: Mapping[int, int]) -> Window | None:
    last = 0
    while 0 < users.get(last, 0) <= LOW_USERS:
        last += 1
    return Window("first seconds", 0, last, max(users[second] for second in range(last))) if last else None


def _window(stage: StoredStage, *, settle: bool) -> Window:
    first, last = round(stage.start_s), round(stage.end_s)
    if settle and last - first > SHORTEST_S:
        first += 1
    return Window(stage.phase, first, last, stage.users, stage.rate)


def _load(stage: StoredStage) -> float:
    return (stage.rate if stage.rate is not None else stage.users) or 0.0

"""RunReader → where the time of a request goes at each load: which part grows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from loadcell.diagnosis import gathering, names
from loadcell.diagnosis.situation import Level
from loadcell.diagnosis.windows import SHORTEST_S, Window
from loadcell.store import RunReader

MOST_STEPS = 12
"""Of more loads some are left out, so that the rest are evenly far apart."""
_ON_THE_WAY_UP = ("baseline", "load", "search", "stress", "soak", "spike")
_FEW_MS = 0.05


class Part(NamedTuple):
    """A part of a request's time."""

    name: str
    words: str
    short: str


PARTS = (
    Part("before", "before the handler", "before the handler"),
    Part("thread_wait", "waiting for a thread", "thread wait"),
    Part("pool_wait", "waiting for a database connection", "pool wait"),
    Part("db", "database", "database"),
    Part("http_wait", "waiting for an HTTP connection", "HTTP wait"),
    Part("http", "other services", "other services"),
    Part("rest", "the rest: own code, other waits", "the rest"),
)
"""In the order in which a request goes through them. `before`: all that the client waits for and that is not in the service,
its queue and the way there and back."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One load, and a request's mean time at it in ms, by part."""

    load: str
    users: float | None
    rate: float | None
    seconds: int
    total_ms: float
    parts: dict[str, float]


class Grown(msgspec.Struct, frozen=True, kw_only=True):
    """The part that grew most from the lowest load to the highest."""

    part: str
    from_ms: float
    to_ms: float
    share: float
    """Of what the whole has grown by (0 … 1)."""


class Waterfall(msgspec.Struct, frozen=True, kw_only=True):
    """The loads of a run, the lowest first."""

    steps: tuple[Step, ...]
    grew: Grown | None
    """None where a request takes no longer than at the lowest load."""


def waterfall(reader: RunReader) -> Waterfall | None:
    """Where the time goes at each load that was held; None without a probe, or where there was only one."""
    chosen = gathering.windows(reader)
    rest = {round(stage.start_s) for stage in reader.stages() if stage.data.get("rest")}
    windows = [window for window in chosen.held if window.phase in _ON_THE_WAY_UP and window.first - 1 not in rest]
    # Users of the first seconds are no load to set beside rates.
    if chosen.low is not None and chosen.low not in windows and all(window.rate is None for window in windows):
        windows.insert(0, chosen.low)
    loads: dict[float, list[Window]] = {}
    for window in windows:
        if window.seconds >= SHORTEST_S or window is chosen.low:
            loads.setdefault(window.load, []).append(window)
    steps = []
    for load in thinned(sorted(loads), MOST_STEPS):
        # What a load is like on the way up; held again later, stress may have left something behind.
        first = loads[load][0].latest(gathering.LONGEST_S)
        step = _step(gathering.level(reader, first, "high"), first)
        if step is not None:
            steps.append(step)
    return Waterfall(steps=tuple(steps), grew=grew(steps)) if len(steps) > 1 else None


def grew(steps: Sequence[Step]) -> Grown | None:
    """Which part grew most; None where the whole did not by a tenth."""
    first, last = steps[0], steps[-1]
    whole = last.total_ms - first.total_ms
    if whole < max(_FEW_MS, 0.1 * first.total_ms):
        return None
    part = max(last.parts, key=lambda name: last.parts[name] - first.parts[name])
    grown = last.parts[part] - first.parts[part]
    return Grown(part=part, from_ms=first.parts[part], to_ms=last.parts[part], share=min(1.0, grown / whole))


def thinned(loads: Sequence[float], most: int) -> list[float]:
    """At most so many of ascending loads, the first and the last among them, the others about evenly far apart.

    >>> thinned([1, 2, 3, 90, 91, 92, 93, 94, 95, 96, 97, 98, 100], 5)
    [1, 2, 3, 90, 100]
    """
    kept = list(loads)
    while len(kept) > max(2, most):
        # The one that its neighbours say most about goes.
        gaps = {i: math.log(kept[i + 1] / kept[i - 1]) for i in range(1, len(kept) - 1)}
        del kept[min(gaps, key=lambda i: gaps[i])]
    return kept


def _step(level: Level, window: Window) -> Step | None:
    inside, client = level.per_request(names.P_TIME), level.client.mean
    if inside is None or client is None:
        return None

    def spent(*signals: str) -> float:
        return sum(level.per_request(signal) or 0.0 for signal in signals)

    http_wait = spent(names.P_HTTP_WAIT)
    parts = {
        "before": client - inside,
        "thread_wait": spent(names.P_THREAD_WAIT),
        "pool_wait": spent(names.P_POOL_WAIT),
        "db": spent(names.P_DB_CONNECT, names.P_DB),
        "http_wait": http_wait,
        "http": spent(names.P_HTTP) - http_wait,
        "rest": spent(names.P_REST),
    }
    parts = {name: round(max(0.0, ms), 4) for name, ms in parts.items()}
    return Step(
        load=gathering.load_words(window),
        users=window.users if window.rate is None else None,
        rate=window.rate,
        seconds=window.seconds,
        total_ms=round(sum(parts.values()), 4),
        parts=parts,
    )

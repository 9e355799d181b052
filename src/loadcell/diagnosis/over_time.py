"""RunReader → how a load that was held for long changed: response times, and what the workers keep."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from loadcell.diagnosis import gathering, names
from loadcell.diagnosis.growth import BLOCKS, slope_of
from loadcell.diagnosis.memories import LEAK_S, lives, watched_loads
from loadcell.diagnosis.memory import Kept, Kind, Room, kept_of, room_of, worst
from loadcell.diagnosis.windows import Window
from loadcell.store import RunReader

CHANGED = 0.1
"""From this change on, of the level at the beginning, response times count as another."""
CHANGED_MS = 0.5
_WARM_UP = 6
_LONGEST_WARM_UP_S = 60


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """How a percentile of the response times changed while the load stayed the same."""

    kind: Literal["rising", "steady", "falling"]
    from_ms: float
    """At the beginning and at the end: medians of the first third and the last."""
    to_ms: float
    percent_per_minute: float
    """Of the level at the beginning; Theil and Sen's slope with its 95 % interval."""
    low: float
    high: float


class MemoryOverTime(msgspec.Struct, frozen=True, kw_only=True):
    """What the workers keep."""

    kind: Kind
    """Of the worker that is to be told of."""
    worst: str
    """Its pid."""
    workers: tuple[Kept, ...]
    """Each one, and each that took another's place."""
    per_minute_mb: float
    """All together, of those that go on growing."""
    left_mb: float | None
    left_of: str
    """Whose memory that is: the machine's, or the control group's."""
    lasts_s: float | None
    """Until nothing is left, for a leak."""


class OverTime(msgspec.Struct, frozen=True, kw_only=True):
    """A load that was held for long enough to see what changes by itself."""

    load: str
    first_s: float
    last_s: float
    p50: Trend | None
    """None where several loads were held, one after another."""
    p95: Trend | None
    memory: MemoryOverTime | None
    """None where nobody watched the workers."""


def over_time(reader: RunReader, until_s: float | None = None) -> OverTime | None:
    """What changed while the load did not, up to a second of the run; None where no load was held for long enough."""
    chosen = gathering.windows(reader, until_s)
    windows = watched_loads(reader, chosen)
    if not windows:
        return None
    single = windows[0] if len(windows) == 1 and windows[0].seconds >= LEAK_S else None
    trends = _trends(reader, single) if single is not None else (None, None)
    kept = [one for life in lives(reader, chosen) if (one := kept_of(life)) is not None]
    return OverTime(
        load=gathering.load_text(single) if single else f"{len(windows)} loads, one after another",
        first_s=windows[0].first,
        last_s=windows[-1].last,
        p50=trends[0],
        p95=trends[1],
        memory=_memory(kept, _room(reader, windows[-1].last)),
    )


def trend_of(points: Sequence[tuple[float, float]]) -> Trend | None:
    """The trend of (minutes, ms); None where there are too few of them."""
    slope = slope_of([points])
    third = len(points) // 3
    if slope is None or third < 2:
        return None
    first = statistics.median(ms for _, ms in points[:third])
    last = statistics.median(ms for _, ms in points[-third:])
    if first <= 0:
        return None
    large = abs(last - first) >= max(CHANGED * first, CHANGED_MS)
    rises, falls = slope.low > 0 and last > first, slope.high < 0 and last < first
    return Trend(
        kind="rising" if large and rises else "falling" if large and falls else "steady",
        from_ms=first,
        to_ms=last,
        percent_per_minute=100 * slope.value / first,
        low=100 * slope.low / first,
        high=100 * slope.high / first,
    )


def _trends(reader: RunReader, window: Window) -> tuple[Trend | None, Trend | None]:
    """Of p50 and p95 of the successes, in blocks of whole seconds after a warm-up."""
    first = window.first + min(_LONGEST_WARM_UP_S, window.seconds // _WARM_UP)
    size = (window.last - first) / BLOCKS
    borders = [first + round(number * size) for number in range(BLOCKS + 1)]
    found: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for begin, end in pairwise(borders):
        for points, us in zip(found, reader.total(begin, end).ok.percentiles((50, 95)), strict=True):
            if us is not None:
                points.append(((begin + end) / 120, us / 1000))
    return trend_of(found[0]), trend_of(found[1])


def _memory(kept: Sequence[Kept], room: Room | None) -> MemoryOverTime | None:
    found = worst(kept)
    if found is None:
        return None
    per_minute = sum(one.per_minute_mb for one in kept if one.kind == "leak")
    return MemoryOverTime(
        kind=found.kind,
        worst=found.pid,
        workers=tuple(kept),
        per_minute_mb=per_minute,
        left_mb=room.left_mb if room else None,
        left_of=room.of if room else "",
        lasts_s=room.lasts_s(per_minute) if room else None,
    )


def _room(reader: RunReader, last: int) -> Room | None:
    values = {}
    for signal in (names.HOST_MEMORY_AVAILABLE, names.MEMORY_USED, names.MEMORY_LIMIT):
        found = reader.readings(signal, until_s=last + 0.5)
        values[signal] = found[-1].value if found else None
    return room_of(
        available=values[names.HOST_MEMORY_AVAILABLE], used=values[names.MEMORY_USED], limit=values[names.MEMORY_LIMIT]
    )

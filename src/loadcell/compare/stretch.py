"""Which seconds of the runs are compared: those at the same load; pure but for what it reads of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from loadcell.controller.search import warm_up_of
from loadcell.diagnosis import Window, windows
from loadcell.store import RunReader

LONG_S = 30
"""So long a load must be held for its figures to be told, however much of it was warm-up."""
SAME = 0.02
"""Loads that differ by no more than this share are the same."""
_POINTS = 2000
_SHORTEST_S = 3
_COMPARED = ("baseline", "load", "search", "soak", "spike")


def common(readers: Sequence[RunReader], load: float | None = None) -> list[Window] | None:
    """For each run the seconds at the highest load that all have held, or at `load`; None where there is none.

    A load that all have held for `LONG_S` goes before a higher one that was held for a moment; one that a run has held for
    a moment only, beside others that it held long, is its beginning, and compares nothing unless it is asked for. Of
    assessments only loads up to every capacity count: above, figures depend on how long the load was held.
    """
    best: list[Window] | None = None
    held = [_held(reader) for reader in readers]
    most = min((reader.capacity.load for reader in readers if reader.capacity is not None), default=None)
    for wanted in sorted({window.load for window in held[0]}, reverse=True):
        if load is not None and not same(wanted, load):
            continue
        if load is None and most is not None and wanted > most:
            continue
        found = [[window for window in windows if same(window.load, wanted)] for windows in held]
        if not all(found):
            continue
        longest = [max(windows, key=lambda window: window.seconds) for windows in found]
        if min(window.seconds for window in longest) >= LONG_S:
            return longest
        if load is not None or all(map(_is_a_part, longest, held)):
            best = best or longest
    return best


def _is_a_part(window: Window, held: Sequence[Window]) -> bool:
    """Whether it is no mere moment of what a run has held."""
    return 2 * window.seconds >= max(min(one.seconds, LONG_S) for one in held)


def loads(reader: RunReader) -> list[float]:
    """The loads that a run has held, ascending: users, or iterations/s."""
    return sorted({window.load for window in _held(reader)})


def same(one: float, other: float) -> bool:
    """Whether two loads are the same."""
    return abs(one - other) <= SAME * max(one, other)


def settled(reader: RunReader, window: Window) -> tuple[Window, bool]:
    """The window without what came before the figures were steady; False where they never were: then its later part."""
    inside = [point for point in reader.timeline(max_points=_POINTS) if window.first <= point.start_s < window.last]
    series = [[point.p50_ms or 0.0 for point in inside], [point.rps or 0.0 for point in inside]]
    cut = warm_up_of(series)
    if cut is None:
        return window.latest(max(LONG_S, window.seconds // 2)), len(inside) < 4
    return window.latest(max(LONG_S, window.seconds - cut * reader.step_s(_POINTS))), True


def _held(reader: RunReader) -> list[Window]:
    held = list(windows(reader).held) if reader.stages() else list(_plateaus(reader))
    counted = [window for window in held if window.phase in _COMPARED]
    return [window for window in counted if window.load and window.first >= reader.counted_from and window.seconds > 0]


def _plateaus(reader: RunReader) -> Iterator[Window]:
    """Of a run without stages, each stretch of seconds with the same number of users, the first second left out."""
    end = min((event.at_s for event in reader.events() if event.kind == "stopping"), default=reader.duration_s)
    users = {second: count for second, count in reader.users().items() if second < int(end + 0.1)}
    for count, run in groupby(sorted(users), key=users.__getitem__):
        seconds = list(run)
        if count and len(seconds) > _SHORTEST_S:
            yield Window("load", seconds[1], seconds[-1] + 1, count)

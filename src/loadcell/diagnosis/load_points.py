"""RunReader → throughput and requests in the service at each load that was held."""

from __future__ import annotations

from collections.abc import Sequence

from loadcell.diagnosis.scaling import FEWEST, LoadPoint, Scaling, scaling_of
from loadcell.histogram import Histogram
from loadcell.store import RunReader

FAILING = 0.05
"""With more failures than this share, a load tells of what fails, not of what is carried."""
_UP = ("baseline", "load", "search", "stress", "soak", "spike")


def scaling(reader: RunReader) -> Scaling | None:
    """The curves through the loads of a run; None for fewer than six."""
    return scaling_of(load_points(reader))


def load_points(reader: RunReader) -> list[LoadPoint]:
    """One point for each load on the way up, all stages of it together; not what was held to rest, nor what failed."""
    stages: dict[float, list[tuple[int, int]]] = {}
    for stage in reader.stages():
        load = stage.rate if stage.users is None else stage.users
        first, last = round(stage.start_s), round(stage.end_s)
        if load and last > first and stage.phase in _UP and not stage.data.get("rest"):
            stages.setdefault(load, []).append((first, last))
    if len(stages) < FEWEST:
        return []
    return [point for load, held in sorted(stages.items()) if (point := _point(reader, load, held)) is not None]


def _point(reader: RunReader, load: float, held: Sequence[tuple[int, int]]) -> LoadPoint | None:
    totals = [reader.total(first, last) for first, last in held]
    requests, failures = sum(total.requests for total in totals), sum(total.failures for total in totals)
    ok = Histogram()
    for total in totals:
        ok.merge(total.ok)
    if failures > FAILING * requests or not ok.total:
        return None
    x = (requests - failures) / sum(last - first for first, last in held)
    mean_s = sum(us * count for us, count in ok.buckets()) / ok.total / 1e6
    return LoadPoint(n=x * mean_s, x=x, load=load)

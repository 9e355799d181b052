"""RunReader → throughput and requests in the service at each load that was held."""

from __future__ import annotations

from loadcell.diagnosis.scaling import LoadPoint, Scaling, scaling_of
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
    seconds: dict[float, set[int]] = {}
    for stage in reader.stages():
        load = stage.rate if stage.users is None else stage.users
        if load and stage.phase in _UP and not stage.data.get("rest"):
            seconds.setdefault(load, set()).update(range(round(stage.start_s), round(stage.end_s)))
    found = []
    for load, held in sorted(seconds.items()):
        totals = [reader.total(second, second + 1) for second in held]
        requests, failures = sum(total.requests for total in totals), sum(total.failures for total in totals)
        ok = Histogram()
        for total in totals:
            ok.merge(total.ok)
        if requests and failures <= FAILING * requests and ok.total:
            x = (requests - failures) / len(held)
            mean_s = sum(us * count for us, count in ok.buckets()) / ok.total / 1e6
            found.append(LoadPoint(n=x * mean_s, x=x, load=load))
    return found

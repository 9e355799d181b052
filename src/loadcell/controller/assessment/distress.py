"""The signs of distress that a service showed above its capacity; pure."""

from __future__ import annotations

from loadcell.controller.assessment import readings
from loadcell.controller.assessment.findings import Findings
from loadcell.controller.search import Capacity
from loadcell.controller.search.signs import GRAVEST, Sign, Signs


def signs_above(found: Findings, capacity: Capacity, window_s: int) -> list[Sign]:
    """From the lowest load on, at each load the gravest first; not what showed at a load that was carried already."""
    watch = Signs(found.distress_p95_ms, found.allowed_error_rate, window_s=window_s)
    stages = [stage for stage in found.stages if stage.phase in ("load", "search", "stress")]
    carried = [stage for stage in stages if stage.level <= capacity.load]
    above = sorted((stage for stage in stages if stage.level > capacity.load), key=lambda s: (s.level, s.start_s))
    top = max((stage.level for stage in carried), default=0.0)
    for stage in [stage for stage in carried if stage.level == top][-1:]:
        for second in readings.seconds_of(stage):
            watch.add(second)
    known = {sign.kind for sign in watch.found}
    shown: list[Sign] = []
    for stage in above:
        for second in readings.seconds_of(stage):
            shown += watch.add(second)
    shown = [sign for sign in shown if sign.kind not in known]
    collapse = readings.collapse([*carried, *above])
    if collapse is not None:
        shown.append(Sign("throughput_collapse", collapse.level, round(collapse.start_s)))
    return sorted(shown, key=lambda sign: (sign.load, GRAVEST.index(sign.kind)))

"""How long an assessment will take yet; pure."""

from __future__ import annotations

from loadcell.controller.assessment.findings import Findings
from loadcell.controller.assessment.schedule import Schedule

TYPICAL_STEPS = 6


def left_s(schedule: Schedule, found: Findings, spent_s: float) -> float:
    """About how many seconds, `spent_s` after its phase began."""
    parts = {
        "baseline": schedule.settle_s + schedule.baseline_s + 5,
        "load": TYPICAL_STEPS * (schedule.step_s + schedule.settle_s + 2),
        "search": schedule.search_s,
        "reference": schedule.reference_s + schedule.settle_s + 2,
        "stress": 4 * (schedule.stress_s + 3),
        "recovery": 4 * schedule.window_s,
        "again": schedule.settle_s + schedule.baseline_s + 2,
    }
    if not schedule.stress_s:
        parts = {name: seconds for name, seconds in parts.items() if name in ("baseline", "load", "search")}
    now = "again" if found.phase == "baseline" and found.reference is not None else found.phase
    if now == "load" and found.capacity is not None and "reference" in parts:
        now = "reference"
    names = list(parts)
    return max(0.0, parts[now] - spent_s) + sum(parts[name] for name in names[names.index(now) + 1 :])

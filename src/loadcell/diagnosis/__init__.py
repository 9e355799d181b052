"""Why a service carries no more: rules over a run file, computed when it is read, nothing stored."""

from __future__ import annotations

from loadcell.diagnosis import gathering
from loadcell.diagnosis.finding import Evidence, Finding, Scope
from loadcell.diagnosis.gathering import load_words, windows
from loadcell.diagnosis.load_points import scaling
from loadcell.diagnosis.order import judge
from loadcell.diagnosis.over_time import OverTime, over_time
from loadcell.diagnosis.scaling import LoadPoint, Scaling, cap_at, scaling_of, usl_at
from loadcell.diagnosis.scope import scope_of
from loadcell.diagnosis.waterfall import Waterfall, waterfall
from loadcell.diagnosis.windows import Window
from loadcell.store import RunReader

__all__ = [
    "Evidence",
    "Finding",
    "LoadPoint",
    "OverTime",
    "Scaling",
    "Scope",
    "Waterfall",
    "Window",
    "cap_at",
    "diagnose",
    "examine",
    "load_words",
    "over_time",
    "scaling",
    "scaling_of",
    "seen_from",
    "usl_at",
    "waterfall",
    "windows",
]


def diagnose(reader: RunReader) -> list[Finding]:
    """What limits the service, the cause first; empty where nothing was seen up to the load of this run.

    Of an assessment the first load above the capacity that shows something is judged. A run that nobody watched, or too
    short a one, has at most what the client alone can tell.
    """
    return examine(reader)[0]


def seen_from(reader: RunReader) -> Scope:
    """What the diagnosis rests on: which loads were compared, who was watching, and what nobody saw."""
    return examine(reader)[1]


def examine(reader: RunReader) -> tuple[list[Finding], Scope]:
    """Both at once."""
    scope = scope_of(None)
    for number, (situation, halves) in enumerate(gathering.situations(reader, gathering.windows(reader))):
        found = judge(situation, halves)
        if found or not number:
            scope = scope_of(situation)
        if found:
            return found, scope
    return [], scope

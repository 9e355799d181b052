"""What a diagnosis could see, and how more could be seen; pure."""

from __future__ import annotations

from loadcell.diagnosis import names
from loadcell.diagnosis.finding import Scope
from loadcell.diagnosis.situation import Level, Situation

NOT_WATCHED = (
    "Nobody watched the service: run Loadcell on its machine, without --no-monitors, or loadcell agent there and --agent "
    "here, and its workers, sockets and cores are read."
)
NO_PROBE = (
    "The diagnosis is reduced, for the service was seen from outside only: app = loadcell_probe.install(app) at the end "
    "of its "
    "module and LOADCELL_PROBE_DIR show lines, pools, statements and other services (docs/probe.md). Without it, "
    "loadcell[pyspy] names the line that computes or blocks."
)
TOO_SHORT = "The load was held too short to be judged: 20 s are enough."
NO_LOW = "There was no low load to compare with: start with one or two users (-r 1), or use loadcell assess."


def scope_of(situation: Situation | None) -> Scope:
    """What was seen in the situation that was judged; None where there was none."""
    if situation is None:
        return Scope(sources=(), reduced=True, compared="", unseen=(TOO_SHORT,))
    low, high = situation.low, situation.high
    sources = ["client"] + [name for name, known in _watched(high).items() if known]
    unseen = []
    if "outside" not in sources:
        unseen.append(NOT_WATCHED)
    elif "probe" not in sources:
        unseen.append(NO_PROBE)
    if low is None:
        unseen.append(NO_LOW)
    compared = high.load if low is None else f"{high.load} with {low.load}"
    return Scope(
        sources=tuple(sources),
        reduced="probe" not in sources,
        compared=compared,
        low_s=low.span if low else None,
        high_s=high.span,
        unseen=tuple(unseen),
    )


def _watched(level: Level) -> dict[str, bool]:
    return {
        "outside": bool(level.of(names.LOOP_CPU)),
        "database": bool(level.of(names.DB_ACTIVE)),
        "probe": bool(level.of(names.P_BUSY) or level.of(names.P_FINISHED)),
    }

"""Plans by name: the usual shapes of load, from the level at the peak and the time they take."""

from __future__ import annotations

from collections.abc import Callable

from loadcell.plan.course import Course, CourseStage, Model, Phase

# Each gives shares: (phase, share of the level at the end, share of the time), the level before being that of the end
# before, 0 at first. A share of the time of 0 is a jump.
_Shares = tuple[tuple[Phase, float, float], ...]

_LOW = 0.1
"""What is low load, as a share of the peak."""


def _steps(phase: Phase, levels: tuple[float, ...]) -> _Shares:
    """Equal steps, each reached in a tenth of its time."""
    share = 1 / len(levels)
    found: list[tuple[Phase, float, float]] = []
    for level in levels:
        found += [("ramp", level, share / 10), (phase, level, share * 9 / 10)]
    return tuple(found)


_SHARES: dict[str, _Shares] = {
    "smoke": (("baseline", 1.0, 0.0), ("baseline", 1.0, 1.0)),
    "baseline": (("baseline", _LOW, 0.0), ("baseline", _LOW, 1.0)),
    "load": (("ramp", 1.0, 0.15), ("load", 1.0, 0.75), ("ramp", 0.0, 0.1)),
    "stress": _steps("stress", (0.5, 1.0, 1.5, 2.0)),
    "soak": (("ramp", 1.0, 0.05), ("soak", 1.0, 0.95)),
    "spike": (
        ("baseline", _LOW, 0.0),
        ("baseline", _LOW, 0.3),
        ("ramp", 1.0, 0.02),
        ("spike", 1.0, 0.28),
        ("ramp", _LOW, 0.02),
        ("recovery", _LOW, 0.38),
    ),
    "breakpoint": (("stress", 1.0, 1.0),),
}
_USUAL_S = {
    "smoke": 30.0,
    "baseline": 60.0,
    "load": 300.0,
    "stress": 480.0,
    "soak": 3600.0,
    "spike": 180.0,
    "breakpoint": 600.0,
}
"""How long each takes where nobody says."""

NAMES = tuple(_SHARES)
WITHOUT_LEVEL = frozenset(("smoke",))
"""Those that need not be told how much load: they take one user, or one arrival a second."""
ABOUT = {
    "smoke": "does it work at all",
    "baseline": "a tenth of the load",
    "load": "up, at the load, down again",
    "stress": "steps of half, once, one and a half times and twice the load",
    "soak": "the load for long",
    "spike": "from a tenth to the load at once, and back",
    "breakpoint": "a straight line from nothing to the load",
}


def named(name: str, level: float, model: Model, duration_s: float | None = None) -> Course:
    """The course of that name, with `level` users or arrivals/s as its load; of its usual duration where none is given."""
    seconds = duration_s or _USUAL_S[name]
    fit: Callable[[float], float] = _whole_users if model == "closed" else float
    stages = []
    before = 0.0
    for phase, share, part in _SHARES[name]:
        after = fit(share * level) if share else 0.0
        if part:
            stages.append(CourseStage(phase, before, after, part * seconds))
        before = after
    return Course(tuple(stages), model)


def _whole_users(level: float) -> float:
    return float(max(1, round(level)))

"""How long each part of an assessment lasts: a quick look, the usual one, and one in earnest; pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Times in seconds, those of single stages in whole ones."""

    quick: bool
    """Whether the time is too short for trials that follow slow queues."""
    baseline_s: int
    """How long the baseline is measured, before the load and again after it."""
    settle_s: int
    """What is cut off after each change of the load, before its effect is measured."""
    step_s: int
    """How long each load step is measured."""
    factor: float
    """How far apart load steps may be while the service shows no strain."""
    leap: bool
    """Whether the first load step may leap to what no service minds that answers as fast as at the baseline."""
    trial_s: int
    """How long one trial of the search for the capacity is measured."""
    search_s: float
    """The time the search may take in all."""
    width: float
    """How wide the interval of the capacity should become, as a share of it."""
    stress_s: int
    """How long each stress step lasts; 0: the assessment ends with the capacity."""
    stress_factor: float
    """How far apart stress steps are."""
    window_s: int
    """The windows in which recovery is looked for."""
    reference_s: int
    """How long half the capacity is measured on the way up: what recovery is held against."""
    recovery_s: int
    """How long recovery is waited for, under half the capacity, before the load is taken away."""


QUICK = Schedule(
    quick=True,
    baseline_s=6,
    settle_s=2,
    step_s=4,
    factor=5.0,
    leap=True,
    trial_s=3,
    search_s=50.0,
    width=0.08,
    stress_s=4,
    stress_factor=2.0,
    window_s=2,
    reference_s=6,
    recovery_s=20,
)
"""Two to three minutes: the interval of the capacity says how much that is worth."""

SHORT = Schedule(
    quick=True,
    baseline_s=4,
    settle_s=2,
    step_s=4,
    factor=5.0,
    leap=True,
    trial_s=3,
    search_s=30.0,
    width=0.06,
    stress_s=0,
    stress_factor=2.0,
    window_s=2,
    reference_s=0,
    recovery_s=0,
)
"""About a minute: the capacity only, for one of many settings."""

USUAL = Schedule(
    quick=False,
    baseline_s=20,
    settle_s=4,
    step_s=15,
    factor=2.5,
    leap=True,
    trial_s=5,
    search_s=270.0,
    width=0.06,
    stress_s=8,
    stress_factor=1.5,
    window_s=5,
    reference_s=25,
    recovery_s=60,
)
"""About ten minutes."""

THOROUGH = Schedule(
    quick=False,
    baseline_s=120,
    settle_s=15,
    step_s=300,
    factor=2.5,
    leap=False,
    trial_s=15,
    search_s=900.0,
    width=0.05,
    stress_s=30,
    stress_factor=1.25,
    window_s=5,
    reference_s=60,
    recovery_s=300,
)
"""Load steps of five minutes, in which leaks and slow decline show."""

_SERIES = (1.0, 2.0, 5.0)
_A_LITTLE_MORE = 1 + 1e-9


def next_step(level: float, factor: float) -> float:
    """The next load step above `level`: of the series 1, 2, 5, 10 …, as far up as `factor` allows, at least one.

    >>> next_step(10, 2.5), next_step(10, 5), next_step(7, 1)
    (20.0, 50.0, 10.0)
    """
    steps = [round(digit * 10.0**power, 9) for power in range(-3, 9) for digit in _SERIES]
    above = [step for step in steps if step > level * _A_LITTLE_MORE]
    near = [step for step in above if step <= level * factor * _A_LITTLE_MORE]
    return max(near, default=min(above, default=level * 2))

"""In which order settings are tried, and which are tried again; pure."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from statistics import fmean, variance

from loadcell.compare import student
from loadcell.compare.estimate import UNSEEN_SPREAD, Difference
from loadcell.sweep.axes import Cell
from loadcell.sweep.trial import Trial

CONFIDENCE = 0.95
_MANY = 60.0
"""Degrees of freedom of a spread that is not computed from repeated trials."""


def order(cells: Sequence[Cell], round_: int) -> list[Cell]:
    """The cells of a round: every round in another order, so that what drifts meanwhile favours none."""
    found = list(cells)
    random.Random(round_).shuffle(found)
    return found


def contenders(trials: Mapping[Cell, Sequence[Trial]]) -> list[Cell]:
    """The cells that may be the best yet: all but those that are clearly worse than the one that looks best."""
    known = {cell: logs for cell, found in trials.items() if (logs := _logs(found))}
    if not known:
        return []
    best = max(known, key=lambda cell: fmean(known[cell]))
    spread, freedom = spread_of(trials)
    found = []
    for cell, logs in known.items():
        away = difference(known[best], logs, spread, freedom)
        if cell == best or away.high >= 0 or any(trial.at_least for trial in trials[cell]):
            found.append(cell)
    return found


def difference(best: Sequence[float], other: Sequence[float], spread: float, freedom: float) -> Difference:
    """By how much the logarithm of a capacity lies above the best one's."""
    value = fmean(other) - fmean(best)
    reach = student.quantile(0.5 + CONFIDENCE / 2, freedom) * spread * math.sqrt(1 / len(best) + 1 / len(other))
    return Difference(value, value - reach, value + reach)


def spread_of(trials: Mapping[Cell, Sequence[Trial]]) -> tuple[float, float]:
    """By what trials of one cell differ, and with how many degrees of freedom that is known.

    It is taken to be the same for all. Where cells were tried once only, it is what a search itself is unsure by, and what
    runs differ by as a rule.
    """
    flat = [trial for found in trials.values() for trial in found if trial.capacity]
    within = fmean([trial.variance for trial in flat]) if flat else 0.0
    repeated = [logs for found in trials.values() if len(logs := _logs(found)) > 1]
    freedom = sum(len(logs) - 1 for logs in repeated)
    between = sum(variance(logs) * (len(logs) - 1) for logs in repeated) / freedom if freedom else 0.0
    least = within + UNSEEN_SPREAD**2
    return (math.sqrt(between), float(freedom)) if between > least and freedom > 1 else (math.sqrt(least), _MANY)


def _logs(found: Sequence[Trial]) -> list[float]:
    return [math.log(trial.capacity) for trial in found if trial.capacity]

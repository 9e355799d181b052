"""What a sweep has found: the capacity of every setting, and which one to take; pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from statistics import fmean, median

import msgspec

from loadcell.compare import student
from loadcell.diagnosis import Finding, LoadPoint, Scaling, scaling_of
from loadcell.sweep.axes import WORKERS, Axis, Cell, shown, value_of
from loadcell.sweep.rounds import CONFIDENCE, contenders, difference, spread_of
from loadcell.sweep.trial import Trial

SAME = 0.05
"""A setting that carries less by no more than this share may be taken, if it costs less."""
FEWEST_SETTINGS = 4
FEWEST_TRIALS = 6
"""Of which a curve is drawn through an axis."""
_NO_SIZE = re.compile(
    r"(?:^|_)(?:timeout|recycle|lifetime|age|wait|idle|ping|interval|ttl|seconds|m?s|threads?|process|http)(?:_|$)",
    re.IGNORECASE,
)
"""In the names of settings of pools that tell no number of database connections."""


class CellFound(msgspec.Struct, frozen=True, kw_only=True):
    """One setting."""

    setting: dict[str, str]
    trials: tuple[Trial, ...]
    capacity: float | None = None
    low: float | None = None
    high: float | None = None
    rps: float | None = None
    memory_mb: float | None = None
    at_least: bool = False
    contends: bool = False
    """Whether it may be the best, as far as is known."""
    cause: Finding | None = None
    """What limits it."""
    problem: str = ""

    @property
    def name(self) -> str:
        """In words."""
        return shown(tuple(self.setting.items()))


class AxisFound(msgspec.Struct, frozen=True, kw_only=True):
    """What an axis does, all others being as recommended."""

    name: str
    curve: Scaling | None
    """Through throughput by its value; None for fewer than four values or six trials, or where they are no numbers."""


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """The answer."""

    schema: int = 1
    unit: str
    """Of capacities: users, or /s."""
    objectives: tuple[str, ...]
    cells: tuple[CellFound, ...]
    recommended: int | None
    """Which of the cells; None where none carried anything."""
    best: int | None
    """The cell with the highest capacity: another one than recommended where that carries as much and costs less."""
    axes: tuple[AxisFound, ...]
    remarks: tuple[str, ...]


def answer(
    axes: Sequence[Axis], trials: Mapping[Cell, Sequence[Trial]], objectives: Sequence[str], cores: int | None
) -> Sweep:
    """What to take. `cores` are those that the service may use, where that is known."""
    contending = contenders(trials)
    spread, freedom = spread_of(trials)
    found = [_cell(cell, trials[cell], spread, freedom, cell in contending) for cell in trials]
    logs = {cell: [math.log(trial.capacity) for trial in trials[cell] if trial.capacity] for cell in trials}
    known = [cell for cell in trials if logs[cell]]
    best = max(known, key=lambda cell: fmean(logs[cell]), default=None)
    taken = None
    if best is not None:
        # As good as the best, and not clearly worse than that.
        alike = [
            cell
            for cell in contending
            if logs[cell] and difference(logs[best], logs[cell], spread, freedom).value >= math.log(1 - SAME)
        ]
        memory = {cell: one.memory_mb for cell, one in zip(trials, found, strict=True) if cell in alike}
        taken = min(alike, key=lambda cell: _cost(cell, memory if all(memory.values()) else {}, axes))
    order = list(trials)
    return Sweep(
        unit=next((trial.unit for one in trials.values() for trial in one if trial.capacity), "users"),
        objectives=tuple(objectives),
        cells=tuple(found),
        recommended=None if taken is None else order.index(taken),
        best=None if best is None else order.index(best),
        axes=tuple(AxisFound(name=one.name, curve=_curve(one, trials, taken)) for one in axes),
        remarks=tuple(_remarks(trials, taken, found, cores)),
    )


def _cell(cell: Cell, trials: Sequence[Trial], spread: float, freedom: float, contends: bool) -> CellFound:
    logs = [math.log(trial.capacity) for trial in trials if trial.capacity]
    found = CellFound(
        setting=dict(cell),
        trials=tuple(trials),
        memory_mb=max((trial.memory_mb for trial in trials if trial.memory_mb is not None), default=None),
        cause=next((trial.cause for trial in trials if trial.cause is not None), None),
        contends=contends,
    )
    if not logs:
        problem = next((trial.problem for trial in trials if trial.problem), "it carried no load within the objectives")
        return msgspec.structs.replace(found, problem=problem)
    reach = student.quantile(0.5 + CONFIDENCE / 2, freedom) * spread / math.sqrt(len(logs))
    middle = fmean(logs)
    at_least = any(trial.at_least for trial in trials)
    failed = [trial.problem for trial in trials if trial.problem]
    return msgspec.structs.replace(
        found,
        capacity=round(math.exp(middle), 3),
        low=round(math.exp(middle - reach), 3),
        high=None if at_least else round(math.exp(middle + reach), 3),
        rps=median(rates) if (rates := [trial.rps for trial in trials if trial.rps is not None]) else None,
        at_least=at_least,
        problem=f"{len(failed)} of {len(trials)} trials failed: {failed[0]}" if failed else "",
    )


def _cost(cell: Cell, memory_mb: Mapping[Cell, float | None], axes: Sequence[Axis]) -> tuple[float, ...]:
    """What a setting costs: memory, where it is known of all, in steps that matter, then what the axes' values say."""
    known = memory_mb.get(cell)
    memory = round(math.log(known) / math.log(1.1)) if known else 0.0
    return (memory, *(_place(one, value_of(cell, one.name)) for one in axes))


def _place(one: Axis, value: str) -> float:
    return float(value) if one.numbers is not None else float(one.values.index(value))


def _curve(one: Axis, trials: Mapping[Cell, Sequence[Trial]], taken: Cell | None) -> Scaling | None:
    if taken is None or one.numbers is None or min(one.numbers) <= 0:
        return None
    others = {name: value for name, value in taken if name != one.name}
    points = [
        LoadPoint(n=float(value_of(cell, one.name)), x=trial.rps)
        for cell, found in trials.items()
        if all(value_of(cell, name) == value for name, value in others.items())
        for trial in found
        if trial.rps
    ]
    if len(points) < FEWEST_TRIALS:
        return None
    return scaling_of(points, fewest=FEWEST_SETTINGS)


def _remarks(
    trials: Mapping[Cell, Sequence[Trial]], taken: Cell | None, found: Sequence[CellFound], cores: int | None
) -> list[str]:
    remarks = []
    workers = {int(value) for cell in trials for name, value in cell if name == WORKERS}
    if cores and (many := sorted(number for number in workers if number > cores)):
        told = ", ".join(map(str, many))
        remarks.append(
            f"{told} workers are more than the {cores} cores that there are: they take turns, and cost memory. More can "
            "help where workers wait without giving way (blocking code); where it does, that code is what to mend."
        )
    for cell, one in trials.items():
        limits = [trial.db_limit for trial in one if trial.db_limit]
        wanted = _connections(cell)
        if limits and wanted is not None and wanted > min(limits):
            remarks.append(
                f"{shown(cell)} may open {wanted:g} database connections, and the database takes {min(limits):g}: under "
                "load it will be refused some. Make the pools smaller, or put a pooler in between."
            )
    remarks += [f"{one.name}: {one.problem}." for one in found if one.problem and one.capacity is not None]
    causes = [trial.cause.code if trial.cause else "" for one in trials.values() for trial in one]
    if disturbed := causes.count("noisy_neighbour"):
        remarks.append(
            f"In {disturbed} of {len(causes)} trials other programs took the cores from the service, so settings differ by "
            "more than what they are set to: sweep again on a machine that does nothing else."
        )
    if any(one.at_least for one in found):
        remarks.append("Some settings carried all that was tried: with a higher -u (or --rate) they could be told apart.")
    contending = [one for one in found if one.contends]
    if taken is not None and len(contending) > 1 and not any(one.at_least for one in contending):
        names = ", ".join(one.name for one in contending)
        remarks.append(f"These can't be told apart yet: {names}. More --repeat or a longer --search-time would.")
    return remarks


def _is_size_of_pool(axis: str) -> bool:
    """Whether an axis such as DB_POOL_SIZE is how many connections a database pool has, and not how long it keeps them."""
    return "POOL" in axis.upper() and not _NO_SIZE.search(axis)


def _connections(cell: Cell) -> float | None:
    """How many connections all workers' pools have together; None where no axis is a pool."""
    values = dict(cell)
    pools = [float(value) for name, value in values.items() if _is_size_of_pool(name) and value.isdecimal()]
    return pools[0] * float(values.get(WORKERS, 1)) if len(pools) == 1 else None

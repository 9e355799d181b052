"""Two runs, or two sets of runs: every figure with its effect, an interval, and one of four verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loadcell.compare import grounds
from loadcell.compare.capacities import capacities, capacity_of
from loadcell.compare.cases import CONFIDENCE, Case, cases, judged, keys
from loadcell.compare.causes import shift
from loadcell.compare.figures import Figure, figures
from loadcell.compare.measured import TOTAL, Key, Measured, asked_often, measured
from loadcell.compare.result import Comparison, Side, overall
from loadcell.compare.stretch import common, loads, same, settled
from loadcell.diagnosis import Window, load_words
from loadcell.store import RunReader

FLOOR = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be compared, and how."""

    figures: tuple[Figure, ...] = figures(())
    entries: tuple[str, ...] = ()
    """Only these, by name or by method and name; empty: all."""
    floor: float = FLOOR
    """The least difference that matters, as a share."""
    load: float | None = None
    """At which load, in users or iterations/s; None: the highest that all runs have held."""
    model: str | None = None
    """Of which model that load is, open or closed, if its unit said so."""
    looks: int = 1
    """How often the question may be asked in all, with more runs each time."""
    only_after: bool = False
    """Whether further runs can be made of the second side only."""


def compare(before: Sequence[RunReader], after: Sequence[RunReader], question: Question | None = None) -> Comparison:
    """Compare two runs, or two sets of them. Incomparable if they can't be."""
    question = question or Question()
    runs = [*before, *after]
    grounds.check_runs(runs)
    remarks: list[str] = []
    sides: list[list[Measured]] = [[], []]
    compared: list[Case] = []
    if question.model not in (None, runs[0].facts.model):
        unit = "iterations/s (write 50/s)" if question.model == "closed" else "users (write 50 users)"
        raise grounds.Incomparable(f"The load of these runs is counted in {unit}.")
    windows = _windows(runs, question.load)
    if windows is None:
        remarks.append("The runs have held no load in common up to their capacities, so only the capacities are compared.")
    else:
        found = [_measured(reader, window, remarks) for reader, window in zip(runs, windows, strict=True)]
        sides = [found[: len(before)], found[len(before) :]]
        often = set[Key]().union(*(asked_often(reader) for reader in runs))
        remarks += grounds.check_mix(sides[0], sides[1], often)
        compared = cases(sides[0], sides[1], question.figures, question.floor, _keys(found, question.entries))
    searched = [] if question.entries else capacities(before, after, question.floor)
    declared, entries = judged([*searched, *compared], question.looks, only_after=question.only_after)
    is_single = len(runs) == 2
    differing, within = grounds.environments(before, after)
    if within:
        remarks.append(f"Runs of one side were not made on the same: {'; '.join(within)}.")
    if crashed := [reader.facts.id for reader in runs if reader.state == "crashed"]:
        remarks.append(f"Not written to its end: {', '.join(crashed)}.")
    if is_single:
        remarks.append(
            "There is one run of each side, and how runs differ among themselves is not known: the intervals allow for 2 %, "
            "as is usual on a machine that does nothing else. Several runs of each would tell."
        )
    with_capacity = [row for row in declared if row.figure == "capacity"]
    return Comparison(
        verdict=overall(declared, entries),
        before=_side(before, sides[0]),
        after=_side(after, sides[1]),
        unit="batches" if is_single else "runs",
        confidence=CONFIDENCE,
        floor=question.floor,
        capacity=with_capacity[0] if with_capacity else None,
        rows=(*(row for row in declared if row.figure != "capacity"), *entries),
        bottleneck=shift(before, after),
        environment=tuple(differing),
        remarks=tuple(dict.fromkeys(remarks)),
    )


def _windows(runs: Sequence[RunReader], load: float | None) -> list[Window] | None:
    """Which seconds of each run; None where assessments can be compared by their capacities alone."""
    found = common(runs, load)
    if found is not None:
        return found
    if load is None and all(capacity_of(reader) for reader in runs):
        return None
    first = check_load(runs[0])
    for reader in runs:
        name, known = reader.facts.id, check_load(reader)
        if load is not None and not any(same(load, one) for one in known):
            raise grounds.Incomparable(f"The run {name} has not held a load of {load:g}, but {_listed(known)}.")
        if common([runs[0], reader], load) is None:
            both = [one for one in first if any(same(one, another) for another in known)]
            raise grounds.Incomparable(
                f"The load differs: {runs[0].facts.id} has held {_listed(first)}, and {name} {_listed(known)}.",
                f"{both[-1]:g} was held for a moment only; compared all the same with --at {both[-1]:g}."
                if both
                else "Runs can be compared at loads that are at most 2 % apart.",
            )
    raise grounds.Incomparable("There is no load that all of these runs have held.", "Compare fewer of them at a time.")


def check_load(reader: RunReader) -> list[float]:
    """The loads that a run has held. Incomparable if there are none."""
    known = loads(reader)
    if not known:
        raise grounds.Incomparable(
            f"The run {reader.facts.id} has held no load long enough to be compared.",
            "Let it run for a minute at full load.",
        )
    return known


def _listed(known: Sequence[float]) -> str:
    shown = [f"{load:g}" for load in known[-6:]]
    return ("… " if len(known) > len(shown) else "") + ", ".join(shown)


def _measured(reader: RunReader, window: Window, remarks: list[str]) -> Measured:
    steady, is_steady = settled(reader, window)
    if not is_steady:
        remarks.append(f"{reader.facts.id} never came to a steady state at this load: its later part was compared.")
    return measured(reader, steady)


def _keys(runs: Sequence[Measured], wanted: Sequence[str]) -> list[tuple[str, str]]:
    try:
        return keys(runs, wanted)
    except KeyError as error:
        names = sorted(" ".join(key) for key in runs[0].whole if key != TOTAL)
        raise grounds.Incomparable(
            f"There is no entry “{error.args[0]}” in these runs.", f"They have {', '.join(names[:8])}."
        ) from None


def _side(readers: Sequence[RunReader], runs: Sequence[Measured]) -> Side:
    facts = readers[0].facts
    return Side(
        runs=tuple(reader.facts.id for reader in readers),
        scenario=facts.scenario,
        host=facts.host,
        load=load_words(runs[0].window) if runs else "",
        seconds=min((run.window.seconds for run in runs), default=0),
        spans=tuple((run.window.first, run.window.last) for run in runs),
    )

"""Whether runs can be compared at all, and what to bear in mind where they can."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from loadcell.compare.measured import TOTAL, Key, Measured
from loadcell.environment import differences
from loadcell.errors import EXIT_INVALID, UsageError
from loadcell.store import RunReader

MIX = 0.05
"""Which share of the requests may be of other entries, beyond what chance explains."""


class Incomparable(UsageError):
    """The runs can't be compared: whatever differed between them would have another cause."""


class InvalidRun(Incomparable):
    """One of the runs is none of the service: its generator was the limit."""

    exit_code = EXIT_INVALID


def check_runs(readers: Sequence[RunReader]) -> None:
    """Incomparable if one of the runs says nothing of a service, is there twice, or is of the other model."""
    names = [reader.facts.id for reader in readers]
    for name in names:
        if names.count(name) > 1:
            raise Incomparable(
                f"The run {name} can't be compared with itself.", "Name two runs: `loadcell runs` lists them."
            )
    for reader in readers:
        name = reader.facts.id
        if reader.state == "running":
            raise Incomparable(f"The run {name} is still running.", "Compare it when it has ended.")
        if reader.verdict == "invalid":
            why = f" ({reader.reasons[0]})" if reader.reasons else ""
            raise InvalidRun(f"The run {name} is invalid, so its figures are not the service's{why}.",
                             "Measure it again with more processes or machines.")  # fmt: skip
        if not reader.request_counts()[0]:
            raise Incomparable(f"The run {name} has no requests.", "`loadcell show` says what became of it.")
    models = {reader.facts.model: reader.facts.id for reader in readers}
    if len(models) > 1:
        raise Incomparable(
            f"{models['open']} is of the open model and {models['closed']} of the closed one: the same service shows other "
            "response times in each.",
            "Measure both with --rate, or both with --users.",
        )


def check_mix(before: Sequence[Measured], after: Sequence[Measured]) -> None:
    """Incomparable if other things were asked for."""
    one, other = _shares(before), _shares(after)
    apart = {key: other.get(key, 0.0) - one.get(key, 0.0) for key in {*one, *other}}
    requests = min(sum(run.requests(TOTAL) for run in side) for side in (before, after))
    chance = math.sqrt(len(apart) / max(1, requests))
    if sum(map(abs, apart.values())) / 2 > MIX + chance:
        key = max(apart, key=lambda key: abs(apart[key]))
        raise Incomparable(
            f"The mix of requests differs: “{' '.join(key)}” has {one.get(key, 0.0):.0%} of them before and "
            f"{other.get(key, 0.0):.0%} after.",
            "Compare runs of the same scenario; requests whose URLs hold ids need a name of their own.",
        )


def _shares(side: Sequence[Measured]) -> Mapping[Key, float]:
    counts: dict[Key, int] = {}
    for run in side:
        for key in run.whole:
            if key != TOTAL:
                counts[key] = counts.get(key, 0) + run.requests(key)
    total = sum(counts.values())
    return {key: count / total for key, count in counts.items()} if total else {}


def environments(before: Sequence[RunReader], after: Sequence[RunReader]) -> tuple[list[str], list[str]]:
    """In what the sides' first runs differ, and in what runs of the same side do, a clause each."""
    within = []
    for side, name in ((before, "before"), (after, "after")):
        for reader in side[1:]:
            within += [f"{name}, {clause}" for clause in differences(side[0].environment, reader.environment)]
    return differences(before[0].environment, after[0].environment), list(dict.fromkeys(within))

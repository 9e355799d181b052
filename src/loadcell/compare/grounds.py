"""Whether runs can be compared at all, and what to bear in mind where they can."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

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


def check_mix(before: Sequence[Measured], after: Sequence[Measured], often: Collection[Key]) -> list[str]:
    """What to bear in mind of what was asked for; Incomparable if that was something else.

    `often` is what users ask for more than once. What they ask for once, like a login, has a greater share of the requests
    to a service that got slower, though nothing else is asked for.
    """
    requests = min(sum(run.requests(TOTAL) for run in side) for side in (before, after))
    if (differs := _difference(_shares(before), _shares(after), requests)) is None:
        return []
    one, other = _shares(before, often), _shares(after, often)
    if not one or not other or _difference(one, other, requests) is not None:
        raise Incomparable(
            f"The mix of requests differs: {differs}.",
            "Compare runs of the same scenario; requests whose URLs hold ids need a name of their own.",
        )
    return [f"The mix differs by what each user asks for once: {differs}. Entries tell more than all requests together."]


def _difference(one: Mapping[Key, float], other: Mapping[Key, float], requests: int) -> str | None:
    """The entry whose share differs most, where shares of so many requests do; None where they are alike."""
    apart = {key: other.get(key, 0.0) - one.get(key, 0.0) for key in {*one, *other}}
    chance = math.sqrt(len(apart) / max(1, requests))
    if sum(map(abs, apart.values())) / 2 <= MIX + chance:
        return None
    key = max(apart, key=lambda key: abs(apart[key]))
    return f"“{' '.join(key)}” has {one.get(key, 0.0):.0%} of them before and {other.get(key, 0.0):.0%} after"


def _shares(side: Sequence[Measured], of: Collection[Key] | None = None) -> Mapping[Key, float]:
    counts: dict[Key, int] = {}
    for run in side:
        for key in run.whole:
            if key != TOTAL and (of is None or key in of):
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

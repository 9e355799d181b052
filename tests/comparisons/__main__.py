"""`python -m tests.comparisons`: thousands of comparisons whose answer is known; goes on where it was interrupted."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loadcell.compare.figures import figures
from tests import tables
from tests.comparisons.simulated import Service, compared
from tests.tables import ROOT, commit, state_of

KEPT = ROOT / ".make" / "comparisons"
UTILISATIONS = (0.3, 0.45, 0.6, 0.75, 0.9)
NOISES = (0.0, 0.005, 0.01, 0.02)
PAIRS = 100
SLOWER = 1.1
MOST_ASKED = 3
"""How often a comparison is given the runs that it asks for."""
RUNS = 5
STEADY = 0.95
"""Up to this utilisation a queue is steady within a minute."""
HEAD = (
    "| utilisation | noise | runs a side | pairs | called different | a slower one found | … with so many runs a side | "
    "intervals that hold, p50, p95 | commit |\n|---|---|---|---|---|---|---|---|---|"
)


@dataclass(slots=True)
class Tally:
    """What became of the pairs of one kind."""

    pairs: int = 0
    different: int = 0
    """Of two that are alike."""
    found: int = 0
    """Of two of which one is slower."""
    runs: list[int] | None = None
    """With how many runs of each side that was."""
    held: dict[str, list[int]] | None = None
    """Of the intervals of each figure: how many there were, and how many held the truth."""


def tally(service: Service, pairs: int, rng: np.random.Generator) -> Tally:
    """Compare pairs of the service with itself and with one that is slower."""
    found = Tally(runs=[], held={})
    assert found.runs is not None
    slower = Service(service.utilisation, service.noise, SLOWER, service.failing)
    first = RUNS if service.noise else 1
    for _ in range(pairs):
        found.pairs += 1
        alike = [[service.run(rng) for _ in range(first)] for _ in range(2)]
        verdict, cases, _ = compared(*alike)
        found.different += verdict in ("regressed", "improved")
        _hold(found, cases, service, service)
        before, after = ([one.run(rng) for _ in range(first)] for one in (service, slower))
        verdict, cases, rows = compared(before, after)
        _hold(found, cases, service, slower)
        for _ in range(MOST_ASKED):
            asked = max((row.runs_needed or 0 for row in rows), default=0)
            if verdict == "regressed" or not asked:
                break
            for side, one in ((before, service), (after, slower)):
                side += [one.run(rng) for _ in range(max(1, asked - len(side)))]
            verdict, _, rows = compared(before, after)
        found.found += verdict == "regressed"
        found.runs.append(len(before))
    return found


def _hold(found: Tally, cases: list, before: Service, after: Service) -> None:
    assert found.held is not None
    for case, figure in zip(cases, figures(()), strict=True):
        # Beside saturation, two minutes are not the end of a queue's growing, and the truth is no figure of the run.
        if case.interval is None or figure.unit != "ms" or after.utilisation * after.slower > STEADY:
            continue
        inside = case.interval(0.95)
        truth = math.log(after.truth(figure) / before.truth(figure))
        counts = found.held.setdefault(figure.name, [0, 0])
        counts[0] += 1
        counts[1] += inside.low <= truth <= inside.high


def kept(service: Service, pairs: int) -> Tally:
    """The tally of a kind; measured now where it is not known."""
    KEPT.mkdir(parents=True, exist_ok=True)
    state = state_of(ROOT / "src" / "loadcell" / "compare", Path(__file__).parent)
    file = KEPT / f"{service.utilisation:g}-{service.noise:g}-{pairs}-{state}.json"
    if not file.exists():
        seed = int(1000 * service.utilisation) * 1000 + int(1000 * service.noise)
        measured = tally(service, pairs, np.random.default_rng(seed))
        file.write_text(json.dumps({name: getattr(measured, name) for name in Tally.__slots__}))
    return Tally(**json.loads(file.read_text()))


def row(kind: str, noise: str, runs: str, found: Tally) -> str:
    """One line of the table."""
    held = ", ".join(f"{100 * good / all_:.1f} %" for all_, good in (found.held or {}).values())
    needed = sorted(found.runs or [0])
    middle, most = needed[len(needed) // 2], needed[-1]
    return (
        f"| {kind} | {noise} | {runs} | {found.pairs} | {100 * found.different / found.pairs:.1f} % | "
        f"{100 * found.found / found.pairs:.1f} % | {middle}, at most {most} | {held} | {commit()} |"
    )


def together(tallies: list[Tally]) -> Tally:
    """All of them as one."""
    total = Tally(runs=[], held={})
    assert total.runs is not None
    assert total.held is not None
    for one in tallies:
        total.pairs += one.pairs
        total.different += one.different
        total.found += one.found
        total.runs += one.runs or []
        for name, (all_, good) in (one.held or {}).items():
            counts = total.held.setdefault(name, [0, 0])
            counts[0] += all_
            counts[1] += good
    return total


def kinds() -> Iterator[Service]:
    """Every kind of service."""
    for utilisation in UTILISATIONS:
        for noise in NOISES:
            yield Service(utilisation, noise)


def is_as_it_must_be(found: Tally) -> bool:
    """Whether the figures of all pairs together keep what is promised."""
    right = all(0.92 <= good / all_ <= 0.98 for all_, good in (found.held or {}).values())
    return right and found.different <= 0.05 * found.pairs and found.found >= 0.9 * found.pairs


def main() -> int:
    """Print a table; exit code 1 if the whole is not as it must be."""
    parser = tables.parser("tests.comparisons", __doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS, help="of each kind")
    given = parser.parse_args()
    table, tallies = tables.Table(HEAD), []
    for service in kinds():
        found = kept(service, given.pairs)
        tallies.append(found)
        runs = str(RUNS if service.noise else 1)
        table.add(row(f"{service.utilisation:g}", f"{100 * service.noise:g} %", runs, found))
    total = together(tallies)
    table.add(row("all", "", "", total))
    table.close(given.table)
    return 0 if is_as_it_must_be(total) else 1


if __name__ == "__main__":
    raise SystemExit(main())

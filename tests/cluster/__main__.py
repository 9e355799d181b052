"""`python -m tests.cluster`: each fault ten times, and what became of the run; goes on where it was interrupted."""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from tests import tables
from tests.cluster.faults import CASES, NEED_NETWORK
from tests.cluster.network import why_no_network
from tests.tables import ROOT, commit, state_of

KEPT = ROOT / ".make" / "cluster"
ABOUT = {
    "moved_s": "users moved after, s",
    "alone_s": "last request of the lost users after, s",
    "missing_s": "figures missing, s",
    "ended_s": "run ended after, s",
    "outlived_s": "generators outlived the run by, s",
}
HEAD = f"| what happens | times | {' | '.join(ABOUT.values())} | commit | |\n|---|---|{'---|' * len(ABOUT)}---|---|"


def outcomes(name: str, times: int) -> list[dict[str, Any]]:
    """What was measured each time; measured now where it is not known."""
    found = []
    KEPT.mkdir(parents=True, exist_ok=True)
    source = ROOT / "src" / "loadcell"
    state = state_of(Path(__file__).with_name("faults.py"), source / "nodes", source / "controller" / "state")
    for number in range(times):
        file = KEPT / f"{name}-{state}-{number + 1}.json"
        if not file.exists():
            with tempfile.TemporaryDirectory() as folder:
                try:
                    run = CASES[name](Path(folder))
                    outcome = {"notes": run.notes, "problems": run.problems, "commit": commit()}
                except AssertionError as error:
                    outcome = {"notes": {}, "problems": [str(error)[-300:]], "commit": commit()}
            file.write_text(json.dumps(outcome))
        found.append(json.loads(file.read_text()))
    return found


def row(name: str, found: list[dict[str, Any]]) -> str:
    """One line of the table: medians and the worst."""
    cells = []
    for note in ABOUT:
        values = [one["notes"][note] for one in found if note in one["notes"]]
        cells.append(f"{statistics.median(values):.2f}, at most {max(values):.2f}" if values else "–")
    problems = sorted({problem for one in found for problem in one["problems"]})
    bad = sum(bool(one["problems"]) for one in found)
    words = f"{bad} of {len(found)}: {'; '.join(problems)}" if bad else "pass"
    return f"| {name.replace('_', ' ')} | {len(found)} | {' | '.join(cells)} | {found[-1]['commit']} | {words} |"


def main() -> int:
    """Try them all and print a table; exit code 1 if something is not as it must be."""
    parser = tables.parser("tests.cluster", __doc__)
    parser.add_argument("names", nargs="*", help="only the cases whose names begin so")
    parser.add_argument("--times", type=int, default=10)
    given = parser.parse_args()
    table = tables.Table(HEAD)
    for name in CASES:
        if given.names and not name.startswith(tuple(given.names)):
            continue
        if name in NEED_NETWORK and (why := why_no_network()):
            print(f"{name}: left out, {why}", flush=True)  # noqa: T201
            continue
        table.add(row(name, outcomes(name, given.times)))
    return table.close(given.table)


if __name__ == "__main__":
    raise SystemExit(main())

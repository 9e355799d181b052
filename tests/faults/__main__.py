"""`python -m tests.faults`: each service under its load, and what the diagnosis says; goes on where it was interrupted.

A run is kept as long as the case, its service, the probe and the monitors are as they were. Its diagnosis is worked out anew
each time: a rule that was changed needs no new load.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests import tables
from tests.faults.cases import CASES, Case
from tests.faults.judge import Outcome, problems
from tests.faults.laboratory import Kept, as_json, measure, outcome_of
from tests.faults.surroundings import NotHere
from tests.tables import ROOT, commit, state_of

KEPT = ROOT / ".make" / "faults"
HEAD = "| service | load | found | where | confidence | commit | |\n|---|---|---|---|---|---|---|"


def runs_of(case: Case, *, any_state: bool) -> Path | None:
    """The kept run of a case, if there is one; the newest of any state where that is enough."""
    stem = re.sub(r"[^a-z0-9]+", "-", case.name.lower()).strip("-")
    service = Path(__file__).parent / "services" / f"{case.app.partition(':')[0]}.py"
    places = [service, ROOT / "src" / "loadcell" / "monitors", ROOT / "src" / "loadcell_probe"]
    if "away_ms" in case.size:
        places.append(ROOT / "tests" / "far_database.py")
    state = state_of(*places, of=repr(case))
    own = KEPT / f"{stem}-{state}.loadcell"
    if own.with_suffix(".json").exists() or not any_state:
        return own
    found = [path for path in KEPT.glob(f"{stem}-*.json") if re.fullmatch(r"[0-9a-f]{16}", path.stem[len(stem) + 1 :])]
    return max(found, key=lambda path: path.stat().st_mtime).with_suffix(".loadcell") if found else None


def row(case: Case, outcome: Outcome, kept: Kept) -> str:
    """One line of the table."""
    first = outcome.findings[0] if outcome.findings else None
    codes = ", ".join(one.code for one in outcome.findings) or "–"
    load = case.load if kept.capacity is None else f"{case.load} ({kept.capacity:.0f}/s)"
    where = "`{}`".format(first.where.replace("|", "\\|")) if first and case.where else "–"
    words = "; ".join(problems(case, outcome)) or "pass"
    return f"| {case.name} | {load} | {codes} | {where} | {first.confidence if first else '–'} | {kept.commit} | {words} |"


def main() -> int:
    """Try them all and print a table; exit code 1 if something is not as it must be."""
    parser = tables.parser("tests.faults", __doc__)
    parser.add_argument("names", nargs="*", help="only the services whose names begin so")
    parser.add_argument("--judge", action="store_true", help="only judge the runs that are there, whatever they are of")
    given = parser.parse_args()
    table = tables.Table(HEAD)
    for case in CASES:
        if given.names and not case.name.startswith(tuple(given.names)):
            continue
        file = runs_of(case, any_state=given.judge)
        if file is None:
            continue
        facts = file.with_suffix(".json")
        try:
            if not facts.exists():
                facts.parent.mkdir(parents=True, exist_ok=True)
                facts.write_text(as_json(measure(case, file, commit())))
            kept = Kept(**json.loads(facts.read_text()))
            outcome = outcome_of(file, kept)
            table.add(row(case, outcome, kept))
        except NotHere as reason:
            table.note(f"| {case.name} | {case.load} | – | – | – | – | not tried: {reason} |")
    return table.close(given.table)


if __name__ == "__main__":
    raise SystemExit(main())

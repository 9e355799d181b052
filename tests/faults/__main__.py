"""`python -m tests.faults`: each service under its load, and what the diagnosis says; goes on where it was interrupted.

A run is kept as long as the case, its service, the probe and the monitors are as they were. Its diagnosis is worked out anew
each time: a rule that was changed needs no new load.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

from tests.faults.cases import CASES, Case
from tests.faults.judge import Outcome, problems
from tests.faults.laboratory import Kept, as_json, measure, outcome_of
from tests.faults.surroundings import NotHere

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".make" / "faults"
HEAD = "| service | load | found | where | confidence | commit | |\n|---|---|---|---|---|---|---|"


def state_of(case: Case) -> str:
    """Changes whenever the case, its service, or what watches it does."""
    digest = hashlib.sha256(repr(case).encode())
    service = Path(__file__).parent / "services" / f"{case.app.partition(':')[0]}.py"
    folders = (ROOT / "src" / "loadcell" / "monitors", ROOT / "src" / "loadcell_probe")
    for path in (service, *sorted(path for folder in folders for path in folder.rglob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def commit() -> str:
    """What the code is at, with a plus where it has been changed since."""
    shown = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return shown.stdout.strip() or "–"


def runs_of(case: Case, *, any_state: bool) -> Path | None:
    """The kept run of a case, if there is one; the newest of any state where that is enough."""
    stem = re.sub(r"[^a-z0-9]+", "-", case.name.lower()).strip("-")
    own = KEPT / f"{stem}-{state_of(case)}.loadcell"
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
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", help="only the services whose names begin so")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write the table as Markdown")
    parser.add_argument("--judge", action="store_true", help="only judge the runs that are there, whatever they are of")
    given = parser.parse_args()
    lines, bad = [HEAD], 0
    print(HEAD, flush=True)  # noqa: T201
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
            bad += bool(problems(case, outcome))
            lines.append(row(case, outcome, kept))
        except NotHere as reason:
            lines.append(f"| {case.name} | {case.load} | – | – | – | – | not tried: {reason} |")
        print(lines[-1], flush=True)  # noqa: T201
    if given.table:
        given.table.parent.mkdir(parents=True, exist_ok=True)
        given.table.write_text("\n".join(lines) + "\n")
    print(f"{len(lines) - 1} services, {bad} not as they must be")  # noqa: T201
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.parity`: every file with both tools, in one process and in two; goes on where it was interrupted."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import tables
from tests.parity.harness import Case, cases, differences, locust_command, run
from tests.tables import ROOT, state_of

KEPT = ROOT / ".make" / "parity"


def compare(case: Case, processes: int, locust: str, state: str) -> list[str]:
    """The differences, from an earlier run if nothing has changed since."""
    kept = KEPT / f"{case.name}-{processes}-{state_of(case.path)}-{state}.json"
    if kept.exists():
        found: list[str] = json.loads(kept.read_text())
        return found
    folder = Path(tempfile.mkdtemp(prefix="parity-"))
    try:
        theirs = run(case, locust, processes, folder / "theirs", ours=False)
        ours = run(case, locust, processes, folder / "ours", ours=True)
        found = differences(case, theirs, ours)
    except subprocess.TimeoutExpired as error:
        return [f"did not end within {error.timeout:.0f} s: {' '.join(map(str, error.cmd[:3]))}"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(found))
    return found


def main() -> int:
    """Compare and print a table; exit code 1 if something differs that is not on the list."""
    parser = tables.parser("tests.parity", __doc__)
    parser.add_argument("names", nargs="*", help="only these files")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (2)")
    given = parser.parse_args()
    locust = locust_command()
    if locust is None:
        sys.exit("The real Locust can't be installed here, so there is nothing to compare with.")
    state = state_of(ROOT / "src" / "loadcell", *sorted(Path(__file__).parent.glob("*.py")))
    wanted = [(case, n) for case in cases() if not given.names or case.name in given.names for n in case.processes]
    rows: dict[str, dict[int, list[str]]] = {}
    with ThreadPoolExecutor(given.jobs) as pool:
        asked = [(case, n, pool.submit(compare, case, n, locust, state)) for case, n in wanted]
        for case, n, answer in asked:
            found = answer.result()
            rows.setdefault(case.name, {})[n] = found
            different = [one for one in found if not one.startswith("allowed: ")]
            verdict = "DIFFERENT" if different else "allowed" if found else "same"
            print(f"{verdict:<10} {case.name} in {n}", *(f"    {one}" for one in found), sep="\n", flush=True)  # noqa: T201
    if given.table:
        given.table.write_text(_table(rows))
    bad = sum(any(not one.startswith("allowed: ") for one in found) for by in rows.values() for found in by.values())
    print(f"{len(wanted)} comparisons of {len(rows)} files, {bad} different")  # noqa: T201
    return 1 if bad else 0


def _table(rows: dict[str, dict[int, list[str]]]) -> str:
    lines = ["| file | one process | two processes |", "|---|---|---|"]
    for name, by in rows.items():
        lines.append(f"| {name} | {_cell(by.get(1))} | {_cell(by.get(2))} |")
    return "\n".join(lines) + "\n"


def _cell(found: list[str] | None) -> str:
    if found is None:
        return "–"
    if not found:
        return "same"
    if any(not one.startswith("allowed: ") for one in found):
        return "**different**"
    return "; ".join(dict.fromkeys(one.split(": ")[1] for one in found))


if __name__ == "__main__":
    sys.exit(main())

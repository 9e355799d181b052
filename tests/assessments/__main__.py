"""`python -m tests.assessments`: `loadcell assess --quick` on each service; goes on where it was interrupted."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests import tables
from tests.assessments.cases import CASES, Case
from tests.tables import ROOT, state_of
from tests.target.launch import target_server

KEPT = ROOT / ".make" / "assess"
SCENARIO = """
from loadcell import HttpUser, task

class Visitor(HttpUser):
    @task
    def work(self):
        self.client.get({path!r}, name="/work")
"""
HEAD = (
    "| service | round | truth | found | interval | off | sign | state | time | |\n|---|---|---|---|---|---|---|---|---|---|"
)


def assess(case: Case) -> dict[str, Any]:
    """Assess it once, as a user would; the server on the first core, Loadcell on the second."""
    with tempfile.TemporaryDirectory(prefix="assess-") as name, target_server(*case.server, core=0) as url:
        folder = Path(name)
        (folder / "locustfile.py").write_text(SCENARIO.format(path=case.path))
        model = ["--rate", "5000", "--max-users", "5000"] if case.is_open else ["-u", "2000"]
        words = ["-H", url, "--quick", "--objective", f"p95 < {case.limit_ms:g}ms", "--json", "out.json", *model]
        began = time.monotonic()
        command = ["taskset", "-c", "1", sys.executable, "-m", "loadcell", "assess", *words]
        with (folder / "err").open("w") as err:
            code = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=err, check=False).returncode
        took_s = time.monotonic() - began
        if not (folder / "out.json").exists():
            raise RuntimeError(f"no result: {(folder / 'err').read_text()[-2000:]}")
        document = json.loads((folder / "out.json").read_text())
    return {key: document[key] for key in ("capacity", "breaking_point", "recovery", "reasons", "verdict")} | {
        "exit_code": code,
        "took_s": took_s,
    }


def kept(case: Case, number: int, state: str) -> dict[str, Any]:
    """What came of one round, from an earlier run if nothing has changed since."""
    path = KEPT / f"{re.sub(r'[^a-z0-9]+', '-', case.name)}-{number}-{state}.json"
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text())
        return found
    found = assess(case)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found))
    return found


def problems(case: Case, found: dict[str, Any]) -> list[str]:
    """What is not as it must be."""
    capacity, breaking, recovery = found["capacity"] or {}, found["breaking_point"] or {}, found["recovery"] or {}
    wrong = []
    if not case.within(capacity.get("rate" if case.is_open else "users")):
        wrong.append("capacity off")
    if breaking.get("sign") != case.sign:
        wrong.append(f"sign should be {case.sign}")
    if recovery.get("state") != case.state:
        wrong.append(f"state should be {case.state}")
    return wrong


def row(case: Case, number: int, found: dict[str, Any]) -> str:
    """One line of the table."""
    capacity, breaking, recovery = found["capacity"] or {}, found["breaking_point"] or {}, found["recovery"] or {}
    kind, unit = ("rate", "/s") if case.is_open else ("users", "")
    value, low, high = (capacity.get(key) for key in (kind, f"low_{kind}", f"high_{kind}"))
    figures = ["–", "–", "–"]
    if value is not None:
        interval = "–" if high is None else f"{low:.0f} … {high:.0f}"
        figures = [f"{value:.0f}{unit}", interval, f"{value / case.truth - 1:+.1%}"]
    sign = f"{breaking['sign']} at {breaking[kind]:.0f}{unit}" if breaking else "–"
    seconds = "" if recovery.get("seconds") is None else f", {recovery['seconds']:.0f} s"
    words = "; ".join(problems(case, found)) or "pass"
    cells = [case.name, str(number), f"{case.truth:.0f}{unit}", *figures, sign, f"{recovery.get('state', '–')}{seconds}"]
    return f"| {' | '.join(cells)} | {found['took_s']:.0f} s | {words} |"


def main() -> int:
    """Assess them all and print a table; exit code 1 if something is not as it must be."""
    parser = tables.parser("tests.assessments", __doc__)
    parser.add_argument("names", nargs="*", help="only the services whose names begin so")
    given = parser.parse_args()
    state = state_of(ROOT / "src" / "loadcell", ROOT / "tests" / "target", Path(__file__).parent)
    table = tables.Table(HEAD)
    for case in CASES:
        if given.names and not case.name.startswith(tuple(given.names)):
            continue
        for number in range(1, case.rounds + 1):
            table.add(row(case, number, kept(case, number, state)))
    return table.close(given.table)


if __name__ == "__main__":
    raise SystemExit(main())

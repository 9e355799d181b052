"""`python -m tests.corpus`: every file for ten seconds; goes on where it was interrupted."""

from __future__ import annotations

import json
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests import tables
from tests.corpus.harness import FILES, STORIES, problems, run, summary
from tests.tables import ROOT, state_of

KEPT = ROOT / ".make" / "corpus"
HEAD = "| file | processes | requests | failures | entries | served | |\n|---|---|---|---|---|---|---|"


def check(name: str, seconds: int, state: str) -> dict[str, Any]:
    """What came of one file, from an earlier run if nothing has changed since."""
    kept = KEPT / f"{name}-{seconds}-{state_of(FILES / f'{name}.py')}-{state}.json"
    if kept.exists():
        found: dict[str, Any] = json.loads(kept.read_text())
        return found
    folder = Path(tempfile.mkdtemp(prefix="corpus-"))
    try:
        result = run(name, seconds, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found = summary(result) | {"problems": problems(name, result)}
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(found))
    return found


def main() -> int:
    """Run and print a table; exit code 1 if something is not as it must be."""
    parser = tables.parser("tests.corpus", __doc__)
    parser.add_argument("names", nargs="*", help="only these files")
    parser.add_argument("--seconds", type=int, default=10, help="how long each runs (10)")
    given = parser.parse_args()
    names = given.names or list(STORIES)
    state = state_of(ROOT / "src" / "loadcell", *sorted(Path(__file__).parent.glob("*.py")))
    table = tables.Table(HEAD)
    with ThreadPoolExecutor(2) as pool:
        for name, found in zip(names, pool.map(lambda name: check(name, given.seconds, state), names), strict=True):
            verdict = "; ".join(found["problems"]) or "pass"
            figures = " | ".join(f"{found[key]:,}" for key in ("requests", "failures", "entries", "served"))
            table.add(f"| {name} | {STORIES[name].processes} | {figures} | {verdict} |")
    return table.close(given.table)


if __name__ == "__main__":
    raise SystemExit(main())

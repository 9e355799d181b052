"""`python -m tests.corpus`: every file for ten seconds; goes on where it was interrupted."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.corpus.harness import FILES, STORIES, problems, run, summary

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".make" / "corpus"


def state_of_the_code() -> str:
    """Changes whenever the code or the harness does."""
    digest = hashlib.sha256()
    for path in sorted([*(ROOT / "src" / "loadcell").rglob("*.py"), *Path(__file__).parent.glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def check(name: str, seconds: int, state: str) -> dict[str, Any]:
    """What came of one file, from an earlier run if nothing has changed since."""
    digest = hashlib.sha256((FILES / f"{name}.py").read_bytes()).hexdigest()[:16]
    kept = KEPT / f"{name}-{seconds}-{digest}-{state}.json"
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
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these files")
    parser.add_argument("--seconds", type=int, default=10, help="how long each runs (10)")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write the table as Markdown")
    given = parser.parse_args()
    names = given.names or list(STORIES)
    state = state_of_the_code()
    lines = ["| file | processes | requests | failures | entries | served | |", "|---|---|---|---|---|---|---|"]
    bad = 0
    with ThreadPoolExecutor(2) as pool:
        for name, found in zip(names, pool.map(lambda name: check(name, given.seconds, state), names), strict=True):
            bad += bool(found["problems"])
            verdict = "; ".join(found["problems"]) or "as it must be"
            figures = " | ".join(f"{found[key]:,}" for key in ("requests", "failures", "entries", "served"))
            lines.append(f"| {name} | {STORIES[name].processes} | {figures} | {verdict} |")
            print(lines[-1], flush=True)  # noqa: T201
    if given.table:
        given.table.parent.mkdir(parents=True, exist_ok=True)
        given.table.write_text("\n".join(lines) + "\n")
    print(f"{len(names)} files, {bad} with problems")  # noqa: T201
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

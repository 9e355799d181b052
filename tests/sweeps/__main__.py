"""`python -m tests.sweeps`: the shop swept over workers and pools, and what a long search of every setting finds best.

Goes on where it was interrupted: a sweep that has ended is kept. Three quarters of an hour on two cores.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import loadcell_shop
from loadcell_shop.filled import filled_database
from loadcell_shop.settings import Settings
from tests import tables
from tests.tables import ROOT, commit, state_of

KEPT = ROOT / ".make" / "sweeps"
SCENARIO = Path(loadcell_shop.__file__).with_name("locustfile.py")
AXES = ("--workers", "1,2,4", "--axis", "SHOP_POOL_SIZE=2,5,20")
OBJECTIVES = ("--objective", "p95 < 200ms", "--objective", "error_rate < 1%")
PREPARE = f"{sys.executable} -m tests.sweeps.emptied"
"""Orders pile up during a trial; every one begins without those of others."""
SHORT = ("--repeat", "2")
LONG = ("--repeat", "1", "--search-time", "100s")
"""Of one round nothing is left out."""
HEAD = "| setting | the sweep | trials | memory MB | a long search | commit | |\n|---|---|---|---|---|---|---|"


def swept(name: str, words: tuple[str, ...], database: str) -> dict[str, Any]:
    """The document of a sweep; made now where it is missing."""
    KEPT.mkdir(parents=True, exist_ok=True)
    source = ROOT / "src"
    state = state_of(
        source / "loadcell" / "sweep",
        source / "loadcell" / "controller" / "assessment",
        SCENARIO.parent,
        Path(__file__).with_name("emptied.py"),
        of=f"{AXES} {OBJECTIVES}",
    )
    file = KEPT / f"{name}-{state}.json"
    if not file.exists():
        command = [sys.executable, "-m", "loadcell", "sweep", "-f", str(SCENARIO), "--app", "loadcell_shop.app:app", *AXES,
                   *words, *OBJECTIVES, "--prepare", PREPARE, "--postgres", database, "--runs-dir", str(KEPT / "runs"),
                   "--json", str(file), "--html", str(file.with_suffix(".html"))]  # fmt: skip
        subprocess.run(command, env={**os.environ, "SHOP_DATABASE_URL": database}, cwd=ROOT, check=True)
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def said(cell: dict[str, Any]) -> str:
    """A capacity with its interval."""
    if cell["capacity"] is None:
        return str(cell["problem"])
    high = f"{cell['high']:.0f}" if cell["high"] else "…"
    return f"{cell['capacity']:.0f} ({cell['low']:.0f} … {high})"


def main() -> int:
    """Print a table; exit code 1 if the sweep recommends what is clearly not the best."""
    given = tables.parser("tests.sweeps", __doc__).parse_args()
    with filled_database(Settings.from_environment({}), Path(tempfile.gettempdir()) / "loadcell-sweeps") as database:
        short, long = (swept(name, words, database) for name, words in (("short", SHORT), ("long", LONG)))
    settings = {tuple(cell["setting"].items()): cell for cell in long["cells"]}
    best = max((cell for cell in long["cells"] if cell["capacity"]), key=lambda cell: float(cell["capacity"]))
    table = tables.Table(HEAD)
    for number, cell in enumerate(short["cells"]):
        other = settings[tuple(cell["setting"].items())]
        is_taken = number == short["recommended"]
        # As good as the best: within what the long search is unsure of, or within what may be given away for less cost.
        good = not is_taken or (other["high"] or float("inf")) >= 0.95 * best["low"]
        marks = ", ".join(mark for mark, there in (("**taken**", is_taken), ("best of all", other is best)) if there)
        name = " ".join(f"{axis}={value}" for axis, value in cell["setting"].items())
        words = "pass" if good else "not the best"
        trials = len(cell["trials"])
        memory = f"{cell['memory_mb']:.0f}" if cell["memory_mb"] else "–"
        table.add(f"| {name} {marks} | {said(cell)} | {trials} | {memory} | {said(other)} | {commit()} | {words} |")
    return table.close(given.table)


if __name__ == "__main__":
    raise SystemExit(main())

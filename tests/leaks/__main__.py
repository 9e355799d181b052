"""`python -m tests.leaks`: each service under 300 requests/s for 120 s, judged then and as if it had ended after 60 s.

Several run at a time, since nothing here measures speed. What was measured is kept, and judged anew each time: it goes on
where it was interrupted.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from loadcell.diagnosis import diagnose, over_time
from loadcell.diagnosis.memory import Kept
from loadcell.store import RunReader
from tests import tables
from tests.tables import ROOT, state_of

KEPT = ROOT / ".make" / "leaks"
SECONDS = (60, 120)
RATE = 300
KEPT_UP = 0.95
"""With less of the rate the machine was too busy: caches would not have filled in the time that the truth is about."""
ROUNDS = 3
SCENARIO = """
from loadcell import HttpUser, task

class Visitor(HttpUser):
    @task
    def go(self):
        self.client.get({path!r})
"""
HEAD = "| service | round | requests/s | after 60 s | after 120 s | |\n|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Case:
    """A service, and what may be said of it after 60 s and after 120 s."""

    name: str
    path: str
    kinds: tuple[tuple[str, ...], tuple[str, ...]]


_FLAT = (("flat",), ("flat",))
_LEAK = (("leak",), ("leak",))
CASES = (
    Case("healthy", "/healthy", _FLAT),
    Case("4 KiB kept of each request", "/4-kib", _LEAK),
    Case("a small dict of each request", "/small-dict", _LEAK),
    Case("1 KiB of every 10th request", "/every-10th", _LEAK),
    # Full for longer than it filled, it is as good as flat.
    Case("LRU, full after 50 s", "/lru", (("slowing",), ("slowing", "flat"))),
    Case("cache of random keys, τ = 67 s", "/random-keys", (("slowing",), ("slowing",))),
    Case("buffers that come and go", "/churn", (("flat", "fragmentation"), ("flat", "fragmentation"))),
    Case("garbage in cycles", "/cycles", _FLAT),
)


@cache
def kept(case: Case, number: int) -> Path:
    """Where the run file of one round is, or will be; another one once the service or what watches it has changed."""
    state = state_of(
        ROOT / "src" / "loadcell_probe", ROOT / "src" / "loadcell" / "monitors", Path(__file__).with_name("service.py")
    )
    return KEPT / f"{case.path[1:]}-{number}-{state}.loadcell"


def measure(case: Case, number: int) -> None:
    """Run it once."""
    path = kept(case, number)
    with tempfile.TemporaryDirectory(prefix="leaks-") as name:
        folder = Path(name)
        (folder / "locustfile.py").write_text(SCENARIO.format(path=case.path))
        shutil.copy(Path(__file__).with_name("service.py"), folder / "growing.py")
        words = ["--app", "growing:app", "--rate", f"{RATE}", "--max-users", "100", "-t", f"{SECONDS[-1]}s", "--headless"]
        with (folder / "err").open("w") as err:
            subprocess.run(
                [sys.executable, "-m", "loadcell", "run", *words],
                cwd=folder,
                stdout=err,
                stderr=err,
                timeout=300,
                check=False,
            )
        found = list((folder / ".loadcell" / "runs").glob("*.loadcell"))
        if len(found) != 1:
            raise RuntimeError(f"no run: {(folder / 'err').read_text()[-2000:]}")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(found[0], path)


def judged(reader: RunReader, seconds: int) -> Kept | None:
    """What is said of the only worker as of so many seconds."""
    found = over_time(reader, float(seconds))
    return found.memory.workers[0] if found is not None and found.memory is not None else None


def row(case: Case, number: int, path: Path) -> str:
    """A line of the table."""
    cells, wrong = [], []
    with RunReader.open(path) as reader:
        for seconds, kinds in zip(SECONDS, case.kinds, strict=True):
            kept = judged(reader, seconds)
            kind = kept.kind if kept else "not judged"
            cells.append(kind if kept is None else f"{kind} {_figures(kept)}")
            if kind not in kinds:
                wrong.append(f"after {seconds} s it should be {' or '.join(kinds)}")
        # Services that run at the same time are each other's noisy neighbours.
        if ("memory_leak" in {one.code for one in diagnose(reader)}) != (case.kinds is _LEAK):
            wrong.append("no finding" if case.kinds is _LEAK else "found a leak")
        rate = reader.request_counts()[0] / reader.duration_s
    if rate < KEPT_UP * RATE:
        wrong = ["the machine was too busy: not kept, run it again"]
        path.unlink()
    words = "; ".join(wrong) or "pass"
    return f"| {case.name} | {number} | {rate:.0f} | {' | '.join(cells)} | {words} |"


def _figures(kept: Kept) -> str:
    figures = f"{kept.bytes.value:,.0f} [{kept.bytes.low:,.0f}, {kept.bytes.high:,.0f}] B"
    if kept.kind == "slowing":
        figures += f", ratio {kept.ratio:.2f}" + (f", → {kept.plateau_mb:.0f} MB" if kept.plateau_mb else "")
    return figures


def main() -> int:
    """Run them all and print a table; exit code 1 if something is not as it must be."""
    parser = tables.parser("tests.leaks", __doc__)
    parser.add_argument("names", nargs="*", help="only the services whose paths begin so")
    parser.add_argument("--at-once", type=int, default=4, metavar="N", help="how many run at a time (4)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help=f"how often each is run ({ROUNDS})")
    parser.add_argument("--most", type=int, default=10_000, metavar="N", help="run at most so many now, the others later")
    given = parser.parse_args()
    chosen = [case for case in CASES if not given.names or case.path[1:].startswith(tuple(given.names))]
    rounds = [(case, number) for number in range(1, given.rounds + 1) for case in chosen]
    missing = [one for one in rounds if not kept(*one).exists()]
    with ThreadPoolExecutor(given.at_once) as pool:
        list(pool.map(lambda one: measure(*one), missing[: given.most]))
    table = tables.Table(HEAD)
    for case, number in sorted(set(rounds) - set(missing[given.most :]), key=lambda one: (chosen.index(one[0]), one[1])):
        table.add(row(case, number, kept(case, number)))
    # Runs that are left for later are no success yet.
    return table.close(given.table) or int(len(missing) > given.most)


if __name__ == "__main__":
    raise SystemExit(main())

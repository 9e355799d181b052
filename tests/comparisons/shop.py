"""`python -m tests.comparisons.shop`: the example shop compared with itself, and with shops that something was done to.

Goes on where it was interrupted. Half an hour on two cores.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psycopg

import loadcell_shop
from loadcell.compare import Comparison, compare
from loadcell.store import RunReader, list_runs
from loadcell_shop.filled import filled_database
from loadcell_shop.settings import Settings
from tests import tables
from tests.far_database import far_database
from tests.tables import ROOT, commit, state_of

KEPT = ROOT / ".make" / "comparisons" / "shop"
SCENARIO = Path(loadcell_shop.__file__).with_name("locustfile.py")
ALIKE = 10
RUNS = 3
LINES = 400_000
GROWN = """INSERT INTO order_lines (order_id, item_id, quantity)
    SELECT 5000 * mod(n, 5) + 5000, 1 + mod(n, 1000), 1 FROM generate_series(1, %s) n"""
"""Makes a table in which an index matters; these are orders of `test_user`, as whom nobody logs in here."""
HEAD = "| before | after | runs a side | verdict | figures | bottleneck | commit | |\n|---|---|---|---|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Kind:
    """A shop at a load."""

    name: str
    users: int
    app: str = "loadcell_shop.app:app"
    settings: tuple[tuple[str, str], ...] = ()
    is_far: bool = False
    """Whether its database is."""


QUIET = Kind("the shop, 300 users", 300)
FULL = Kind("the shop, 1,500 users", 1500)
"""More than its one worker can carry."""
CHANGED = (
    Kind("without an index", 1500, settings=(("SHOP_ORDER_INDEX", "0"),)),
    Kind("with a blocking call", 1500, app="tests.comparisons.blocking:app"),
    Kind("with a pool of 5, not 10", 1500, settings=(("SHOP_POOL_SIZE", "5"),), is_far=True),
)
FINISHED = (0, 1)
"""Exit codes of runs that went to their end; 1: requests failed."""
FAR = Kind("the shop far from its database, 1,500 users", 1500, is_far=True)
BEFORE = {"with a pool of 5, not 10": FAR}
DELAY_S = 0.001
"""On the way to a database that is far, and on the way back. Of one that is near half the pool is enough."""


@dataclass(frozen=True, slots=True)
class Database:
    """The URLs of the shop's database."""

    near: str
    far: str


def runs(kind: Kind, count: int, database: Database) -> list[Path]:
    """The files of so many runs; made now where they are missing."""
    state = state_of(Path(__file__), ROOT / "tests" / "far_database.py", SCENARIO.parent)
    folder = KEPT / state / kind.name.replace(" ", "-").replace(",", "")
    folder.mkdir(parents=True, exist_ok=True)
    while len(found := [run.path for run in list_runs(folder) if run.state == "finished"]) < count:
        url = database.far if kind.is_far else database.near
        environment = {**os.environ, **dict(kind.settings), "SHOP_DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "loadcell", "run", "-f", str(SCENARIO), "--app", kind.app,
                   "--postgres", database.near, "-u", str(kind.users), "-r", "100", "-t", f"{kind.users / 100 + 55:.0f}s",
                   "--headless", "--only-summary", "--runs-dir", str(folder)]  # fmt: skip
        ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=180)
        if ended.returncode not in FINISHED:
            raise RuntimeError(f"{kind.name} ended with exit code {ended.returncode}: {ended.stderr[-2000:]}")
    return sorted(found)[:count]


def grow(database: str) -> None:
    """Have so many order lines in the shop."""
    with psycopg.connect(database, autocommit=True) as connection:
        (count,) = connection.execute("SELECT count(*) FROM order_lines").fetchone() or (0,)
        if count < LINES:
            connection.execute(GROWN, (LINES - count,))
            connection.execute("VACUUM ANALYZE order_lines")


def compared(before: Sequence[Path], after: Sequence[Path]) -> Comparison:
    """The two sides, compared."""
    with ExitStack() as stack:
        sides = [[stack.enter_context(RunReader.open(path)) for path in side] for side in (before, after)]
        return compare(*sides)


def row(before: str, after: str, runs_a_side: int, found: Comparison, good: bool) -> str:
    """One line of the table."""
    told = [
        f"`{one.figure}` {_effect(one.figure, one.effect)} {one.verdict}"
        for one in found.rows
        if not one.method and one.effect is not None
    ]
    shift = found.bottleneck
    causes = " → ".join(one.code if one else "none" for one in (shift.before, shift.after))
    words = "pass" if good else "not as it should be"
    cells = (before, after, runs_a_side, found.verdict, ", ".join(told), f"{shift.change}: {causes}", commit(), words)
    return f"| {' | '.join(map(str, cells))} |"


def _effect(figure: str, effect: float) -> str:
    return f"{100 * effect:+.2f} points" if figure == "error_rate" else f"{effect:+.1%}"


def main() -> int:
    """Print a table; exit code 1 if something is not as it must be."""
    parser = tables.parser("tests.comparisons.shop", __doc__)
    parser.add_argument("names", nargs="*", help="only those whose names begin so, after what was done to them")
    given = parser.parse_args()
    names = tuple(given.names) or ("",)
    table = tables.Table(HEAD)
    # Where PostgreSQL's account can get to.
    data = Path(tempfile.gettempdir()) / "loadcell-comparisons"
    with filled_database(Settings.from_environment({}), data) as near, far_database(near, DELAY_S) as far:
        database = Database(near, far)
        grow(near)
        for before, after in pairwise(runs(QUIET, ALIKE + 1, database)) if QUIET.name.startswith(names) else ():
            found = compared([before], [after])
            good = not {one.verdict for one in found.judged} & {"regressed", "improved"}
            table.add(row(QUIET.name, "itself", 1, found, good))
        for kind in (one for one in CHANGED if one.name.startswith(names)):
            base = BEFORE.get(kind.name, FULL)
            found = compared(runs(base, RUNS, database), runs(kind, RUNS, database))
            good = found.verdict == "regressed" and found.bottleneck.change == "moved"
            table.add(row(base.name, kind.name, RUNS, found, good))
    return table.close(given.table)


if __name__ == "__main__":
    raise SystemExit(main())

"""The probe's pure parts: statements without literals, moments in headers, ledgers, bounded tables."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from loadcell_probe.counters import STATEMENTS_KEPT, Counters, Requests, without_literals
from loadcell_probe.ledger import DB_EXEC, DB_WAIT, EMPTY, FIRST, HTTP, HTTP_WAIT, STATUS, closed, opened
from loadcell_probe.middleware import since_sent
from loadcell_probe.recent import SECONDS, Recent
from loadcell_probe.table import Table
from loadcell_probe.watchdog import INTERVAL, INTERVAL_WHEN_BLOCKED, INTERVAL_WHEN_COMPUTING, next_interval

SOURCE = Path(__file__).parents[2] / "src" / "loadcell_probe"


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("SELECT *\n  FROM items\tWHERE id = $1", "SELECT * FROM items WHERE id = $1"),
        ("SELECT 1 FROM t2 WHERE a='it''s' AND b=4.5", "SELECT ? FROM t2 WHERE a=? AND b=?"),
        ("SELECT $tag$it's a secret$tag$", "SELECT ?"),
        ("SELECT 'cut off in the mid", "SELECT ?"),
        ("SELECT :name, %(name_1)s, col1", "SELECT :name, %(name_1)s, col1"),
        ("SELECT $1::VARCHAR, E'\\\\x41' ", "SELECT $1::VARCHAR, E?"),
    ],
)
def test_statements_lose_their_literals(statement: str, shown: str) -> None:
    assert without_literals(statement) == shown


def test_statements_are_bounded_in_number_and_length() -> None:
    counters = Counters()
    for number in range(5 * STATEMENTS_KEPT):
        counters.statement("driver", f"SELECT column_{number} {'x' * 10_000}", 1)
    assert len(counters.statements) <= STATEMENTS_KEPT
    assert all(len(statement) <= 1000 for (_, statement), _ in counters.statements.heaviest(1000))


MONOTONIC, WALL = 5_000_000_000_000, 1_800_000_000_000_000_000


@pytest.mark.parametrize(
    ("header", "ago"),
    [
        (b"t=4999000000000", 1_000_000_000),  # monotonic ns
        (b"4999000000000", 1_000_000_000),
        (b"t=1799999999.5", 500_000_000),  # seconds
        (b"t=1799999999", 1_000_000_000),
        (b"1799999999750", 250_000_000),  # ms
        (b"t=1799999999999000", 1_000_000),  # µs
        (b"1799999999999999000", 1_000),  # ns
        (b"t=1800000000.5", None),  # to come
        (b"t=1", None),
        (b"t=", None),
        (b"yesterday", None),
        (b"t=1.2.3", None),
    ],
)
def test_when_a_request_was_sent(header: bytes, ago: int | None) -> None:
    assert since_sent(header, MONOTONIC, lambda: WALL) == ago


def test_intervals_at_the_same_time_count_once() -> None:
    ledger = EMPTY.copy()
    opened(ledger, HTTP, 100)
    opened(ledger, HTTP, 110)
    closed(ledger, HTTP, 150)
    closed(ledger, HTTP, 200)
    closed(ledger, HTTP, 300)  # of one that was never opened
    assert ledger[HTTP] == 100


def not_seen(what: str, error: object) -> None:
    raise AssertionError(f"{what}: {error}")


def test_a_request_is_added_up() -> None:
    requests = Requests(not_seen)
    ledger = EMPTY.copy()
    ledger[STATUS] = 404
    for kind, begin, end in ((DB_WAIT, 10, 30), (DB_EXEC, 30, 35), (HTTP, 40, 60), (HTTP_WAIT, 40, 50)):
        opened(ledger, kind, begin)
        closed(ledger, kind, end)
    requests.finish(ledger, 0, 100)
    assert requests.time == 100
    assert requests.rest == 100 - 20 - 5 - 20
    assert requests.kinds[HTTP_WAIT - FIRST] == 10
    assert requests.statuses(1) == [0, 0, 0, 0, 1, 0]


def test_what_is_open_at_the_end_counts_up_to_it() -> None:
    requests = Requests(not_seen)
    ledger = EMPTY.copy()
    opened(ledger, HTTP, 40)
    requests.finish(ledger, 0, 100)
    assert requests.kinds[HTTP - FIRST] == 60
    assert requests.rest == 40


def test_a_full_table_keeps_what_weighs_most() -> None:
    table = Table(2, 10)
    for key in range(100):
        table.row(key)[0] += 1000 if key == 3 else key
        assert len(table) <= 10
    assert table.heaviest(2) == [(3, [1000, 0]), (99, [99, 0])]


def test_maxima_are_kept_by_the_second() -> None:
    recent = Recent()
    for now, value in ((1.1, 5), (1.9, 3), (2.0, 7)):
        recent.add(int(now * 1e9), value)
    assert recent.figures() == [[1, 5], [2, 7]]
    for second in range(100):
        recent.add(second * 10**9, 1)
    assert len(recent.figures()) == SECONDS


@pytest.mark.parametrize(
    ("late_ms", "cpu_share", "interval"),
    [
        (0, 0.0, INTERVAL),
        (100, 0.1, INTERVAL_WHEN_BLOCKED),
        (100, 0.9, INTERVAL_WHEN_COMPUTING),
        (0, 1.0, INTERVAL_WHEN_COMPUTING),
    ],
)
def test_the_loop_is_looked_at_often_where_that_costs_it_nothing(late_ms: int, cpu_share: float, interval: float) -> None:
    assert next_interval(late_ms * 1_000_000, cpu_share) == interval


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_it_needs_python_3_9_and_its_library_only(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 9))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names | {"loadcell_probe"}


def test_its_names_are_a_short_list() -> None:
    program = "import loadcell_probe as p; print(sorted(p.__all__))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "['DIRECTORY_VARIABLE', 'install']\n"

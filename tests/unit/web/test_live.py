"""What there is to see of a run: totals, points over time, failures, signals that come late."""

from __future__ import annotations

import pytest

from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, ErrorCount, ExceptionCount, Health, Interval
from loadcell.web import locust_figures
from loadcell.web.live import SIGNALS, SPARSE_S, Live
from loadcell.web.pages.tables import entry_columns, entry_rows


def interval(second: int, *entries: EntryCounts, users: int = 5, **more: object) -> Interval:
    return Interval(second, second, second + 1.0, users, {"Visitor": users}, list(entries), **more)  # type: ignore[arg-type]


def entry(name: str, times_ms: list[int], failures: int = 0) -> EntryCounts:
    ok, failed = Histogram(), Histogram()
    for number, ms in enumerate(times_ms):
        (failed if number < failures else ok).record(1000 * ms)
    counts = {"requests": len(times_ms), "failures": failures, "received": 10 * len(times_ms)}
    times = {"total_us": 1000 * sum(times_ms), "min_us": 1000 * min(times_ms), "max_us": 1000 * max(times_ms)}
    return EntryCounts("GET", name, **counts, **times, ok=ok.to_bytes(), failed=failed.to_bytes())


def test_a_second_with_many_requests_has_percentiles_of_its_own_and_others_look_back() -> None:
    live = Live()
    live.measured(interval(0, entry("/a", [100] * 200)))
    live.measured(interval(1, entry("/a", [1] * 200)))
    live.measured(interval(2, entry("/a", [1] * 4)))
    assert live.points[1].p95 == pytest.approx(1, rel=0.001)
    assert live.points[2].p95 == pytest.approx(100, rel=0.001)
    for second in range(3, 3 + SPARSE_S):
        live.measured(interval(second, entry("/a", [2])))
    assert live.points[-1].p99 == pytest.approx(2, rel=0.001)


def test_a_second_without_requests_has_no_times() -> None:
    live = Live()
    live.measured(interval(0, entry("/a", [1])))
    live.measured(interval(1))
    assert (live.points[1].rps, live.points[1].p50) == (0.0, None)


def test_signals_find_their_second() -> None:
    live = Live()
    for second in range(3):
        live.measured(interval(second))
    live.felt(1, {"cpu": 40.0, "memory": 80.0, "what else": 1.0})
    assert live.points[1].signals == tuple({"cpu": 40.0, "memory": 80.0}.get(name) for name in SIGNALS)
    assert live.points[2].signals == ()


def test_failures_and_exceptions_are_counted_by_what_they_are() -> None:
    live = Live()
    for second in range(2):
        error = ErrorCount("GET", "/a", "404", 3, second + 0.1, second + 0.9)
        raised = ExceptionCount("KeyError", "Traceback", 2)
        live.measured(interval(second, entry("/a", [1] * 3, failures=3), errors=[error], exceptions=[raised]))
    (failure,) = live.failures.values()
    assert (failure.occurrences, failure.first_s, failure.last_s) == (6, 0.1, 1.9)
    assert [one.occurrences for one in live.exceptions.values()] == [4]


def test_a_reset_counts_anew_and_keeps_what_is_drawn() -> None:
    live = Live()
    live.measured(interval(0, entry("/a", [1] * 10)))
    live.reset()
    live.measured(interval(1, entry("/a", [1] * 4)))
    assert live.total().requests == 4
    assert [point.second for point in live.points] == [0, 1]


def test_locusts_answer_has_locusts_keys_and_our_figures() -> None:
    live = Live()
    live.measured(interval(0, entry("/a", [10] * 99 + [50]), entry("/b", [1] * 10, failures=10)))
    found = locust_figures.requests(live, "starting", 1000.0)
    a, b, total = found["stats"]
    assert (a["name"], a["num_requests"], a["median_response_time"]) == ("/a", 100, pytest.approx(10, rel=0.001))
    assert (b["num_failures"], b["current_fail_per_sec"], b["avg_content_length"]) == (10, 10.0, 10.0)
    assert (total["name"], total["num_requests"], total["max_response_time"]) == ("Aggregated", 110, 50)
    assert found["fail_ratio"] == pytest.approx(10 / 110)
    assert (found["state"], "workers" in found) == ("spawning", False)
    assert set(a) == {
        "method", "name", "num_requests", "num_failures", "min_response_time", "max_response_time", "current_rps",
        "current_fail_per_sec", "avg_response_time", "median_response_time", "total_rps", "total_fail_per_sec",
        "response_time_percentile_0.95", "response_time_percentile_0.99", "avg_content_length",
    }  # fmt: skip


def test_processes_that_carry_users_are_locusts_workers() -> None:
    live = Live()
    live.measured(interval(0, health={"1": Health(50.0, 1.0, 60.0, 0, 3), "2": Health(users=2), "lead": Health()}))
    found = locust_figures.requests(live, "running", 0.0)
    assert found["worker_count"] == 2
    assert found["workers"][0] == {
        "id": "1", "state": "running", "user_count": 3, "cpu_usage": 50.0, "memory_usage": 60e6,
    }  # fmt: skip


def test_the_table_has_a_row_an_entry_and_the_percentiles_that_are_wanted() -> None:
    live = Live()
    for second in range(3):
        live.measured(interval(second, entry("/a", [10] * 8), entry("<b>", [1] * 2, failures=1)))
    rows = entry_rows(live, [50.0, 99.9])
    assert [(row["name"], row["requests"], row["failures"]) for row in rows] == [
        ("/a", 24, 0), ("<b>", 6, 3), ("Aggregated", 30, 3),
    ]  # fmt: skip
    assert rows[0]["p99.9"] == pytest.approx(10, rel=0.01)
    assert rows[0]["spark"].count(",") == 3
    assert {"p50", "p99.9"} < {column["name"] for column in entry_columns([50.0, 99.9])}

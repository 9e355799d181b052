"""What an assessment found out, in words: what stress has left behind in the service."""

from __future__ import annotations

from typing import Any

from loadcell.report import assessment


def afterwards(before: dict[str, Any], after: dict[str, Any]) -> str:
    """The line about what remains."""
    usual = {"p95_ms": 5.0, "error_rate": 0.0}
    recovery = {
        "recovered": True, "seconds": 3.0, "state": "recovered", "load": 20,
        "baselines": {"before": usual | before, "after": usual | after},
    }  # fmt: skip
    lines = assessment.lines({"capacity": None, "breaking_point": None, "recovery": recovery})
    (found,) = (line.detail for line in lines if line.label == "Afterwards")
    return found


def test_memory_that_was_not_given_back_is_told() -> None:
    assert "memory 90 MB, where it was 50 MB" in afterwards({"memory": 50.0}, {"memory": 90.0})


def test_a_little_more_is_not() -> None:
    assert "memory" not in afterwards({"memory": 50.0}, {"memory": 54.0})
    assert "memory" not in afterwards({"memory": 500.0}, {"memory": 540.0})


def test_connections_and_workers_that_are_lost_are_told() -> None:
    found = afterwards({"db_connections": 3.0, "workers": 4.0}, {"db_connections": 12.0, "workers": 3.0})
    assert "12 database connections, where it had 3" in found
    assert "3 workers, where it had 4" in found


def test_what_nobody_watched_is_not_spoken_of() -> None:
    assert afterwards({}, {}) == "at the load of the baseline, where it was 5 ms"

"""The CSV files that a script has written."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gevent
import pytest

from loadcell.compat.figures import RequestStats
from loadcell.compat.locust import stats as module
from loadcell.compat.stats_csv import StatsCSVFileWriter


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Any:
    now = [1_700_000_000.0]
    monkeypatch.setattr("loadcell.compat.figures.time.time", lambda: now[0])
    stats = RequestStats()
    stats.log_request("GET", "/a", 10, 4)
    stats.log_request("GET", "/a", 30, 4)
    stats.log_error("GET", "/a", "no, never")
    now[0] += 1
    stats.log_request("GET", "/untimed", None, 0)
    row = {"count": 2, "msg": "m", "traceback": "t", "nodes": {"b", "a"}}
    return SimpleNamespace(stats=stats, runner=SimpleNamespace(user_count=3, exceptions={1: row}))


def rows(prefix: Path, name: str) -> list[list[str]]:
    with open(f"{prefix}_{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_files_hold_the_tables(environment: Any, tmp_path: Path) -> None:
    writer = StatsCSVFileWriter(environment, [0.5, 1.0], str(tmp_path / "x"))
    writer.close_files()
    head, a, untimed, total = rows(tmp_path / "x", "stats")
    assert head[:4] == ["Type", "Name", "Request Count", "Failure Count"]
    assert head[9:] == ["Requests/s", "Failures/s", "50%", "100%"]
    assert a[:4] == ["GET", "/a", "2", "1"]
    assert [float(cell) for cell in a[5:]] == [20, 10, 30, 4, 2, 1, pytest.approx(10, rel=0.001), 30]
    assert untimed[:3] == ["GET", "/untimed", "1"]
    assert total[:4] == ["", "Aggregated", "3", "1"]
    seen = "2023-11-14T22:13:20Z"
    assert rows(tmp_path / "x", "failures")[1:] == [["GET", "/a", "no, never", "1", seen, seen]]
    assert rows(tmp_path / "x", "exceptions")[1:] == [["2", "m", "t", "a, b"]]
    assert len(rows(Path(writer.base_filepath), "stats_history")) == 2
    assert writer.stats_history_file_name() == f"{tmp_path / 'x'}_stats_history.csv"


def test_history_tells_every_entry_if_wanted(environment: Any, tmp_path: Path) -> None:
    StatsCSVFileWriter(environment, [0.5], str(tmp_path / "x"), full_history=True).close_files()
    assert [row[1:4] for row in rows(tmp_path / "x", "stats_history")[1:]] == [
        ["3", "GET", "/a"],
        ["3", "GET", "/untimed"],
        ["3", "", "Aggregated"],
    ]


def test_entry_without_requests_has_no_percentiles(environment: Any, tmp_path: Path) -> None:
    environment.stats.clear_all()
    StatsCSVFileWriter(environment, [0.5, 1.0], str(tmp_path / "x")).close_files()
    assert rows(tmp_path / "x", "stats")[1][-2:] == ["N/A", "N/A"]


def test_what_came_last_is_written_when_the_greenlet_is_killed(
    environment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locust's files miss it."""
    monkeypatch.setattr(module, "CSV_STATS_INTERVAL_SEC", 60)
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "x"))
    writing = gevent.spawn(writer)
    gevent.sleep(0)
    environment.stats.log_request("GET", "/a", 20, 4)
    writing.kill()
    found = rows(tmp_path / "x", "stats")
    writer.close_files()
    assert (
        len(rows(tmp_path / "x", "stats_history")) == 3
    )  # The heading, the first second and the last, which is there once.
    assert found[1][:3] == ["GET", "/a", "3"]

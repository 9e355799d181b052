"""Locust's tables to the letter: the lines are those that Locust 2.47 makes of the same calls."""

from __future__ import annotations

import logging

import pytest

from loadcell.compat.figures import RequestStats
from loadcell.compat.locust import stats as module


@pytest.fixture
def stats(monkeypatch: pytest.MonkeyPatch) -> RequestStats:
    now = [1_700_000_000.0]
    monkeypatch.setattr("loadcell.compat.figures.time.time", lambda: now[0])
    monkeypatch.setattr(module, "STATS_NAME_WIDTH", 20)
    found = RequestStats()
    for ms in (10, 42, 90):
        found.log_request("GET", "/a", ms, 5)
    found.log_request("POST", "/b", 5.9, 5)
    found.log_error("POST", "/b", ValueError("no"))
    now[0] += 2
    found.log_request("POST", "/b", None, 5)
    return found


def test_table_of_entries(stats: RequestStats) -> None:
    assert module.get_stats_summary(stats, False) == [
        "Type     Name              # reqs      # fails |    Avg     Min     Max    Med |   req/s  failures/s",
        "--------|----------------|-------|-------------|-------|-------|-------|-------|--------|-----------",
        "GET      /a                     3     0(0.00%) |     47      10      90     42 |    1.50        0.00",
        "POST     /b                     2    1(50.00%) |      5       5       5      6 |    1.00        0.50",
        "--------|----------------|-------|-------------|-------|-------|-------|-------|--------|-----------",
        "         Aggregated             5    1(20.00%) |     36       5      90     10 |    2.50        0.50",
    ]


def test_table_of_percentiles(stats: RequestStats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PERCENTILES_TO_REPORT", [0.5, 0.999, 1.0])
    assert module.get_percentile_stats_summary(stats) == [
        "Response time percentiles (approximated)",
        "Type     Name                      50%  99.9%   100% # reqs",
        "--------|--------------------|--------|------|------|------",
        "GET      /a                         42     90     90      3",
        "POST     /b                          6      6      6      2",
        "--------|--------------------|--------|------|------|------",
        "         Aggregated                 10     90     90      5",
    ]


def test_table_of_errors(stats: RequestStats) -> None:
    assert [line.rstrip() for line in module.get_error_report_summary(stats)] == [
        "Error report",
        "# occurrences      Error",
        "-" * 18 + "|" + "-" * 81,
        "1                  POST /b: ValueError('no')",
        "-" * 18 + "|" + "-" * 81,
        "",
    ]


def test_percentages_are_written_as_locust_writes_them() -> None:
    shares = [0.5, 0.29, 0.999, 0.9999999, 1.0]
    assert module.get_readable_percentiles(shares) == ["50%", "29.0%", "99.9%", "99.99999%", "100%"]


def test_tables_are_logged(stats: RequestStats, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="locust.stats_logger")
    module.print_stats(stats, False)
    module.print_percentile_stats(stats)
    module.print_error_report(stats)
    lines = [*module.get_stats_summary(stats, False), "", *module.get_percentile_stats_summary(stats), ""]
    assert caplog.messages == [*lines, *module.get_error_report_summary(stats)]


def test_no_errors_no_table(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="locust.stats_logger")
    module.print_error_report(RequestStats())
    assert not caplog.messages

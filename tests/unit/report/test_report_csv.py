"""Locust's four CSV files: its columns, its rows, and the last second in them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from loadcell import report
from loadcell.errors import UsageError
from loadcell.store import RunReader

PERCENT = "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def first_line(path: Path) -> str:
    return path.read_text().splitlines()[0]


def test_the_columns_are_locusts(shop: RunReader, tmp_path: Path) -> None:
    report.write_csv(shop, str(tmp_path / "x"), False)
    assert first_line(tmp_path / "x_stats.csv") == (
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
        f"Max Response Time,Average Content Size,Requests/s,Failures/s,{PERCENT}"
    )
    assert first_line(tmp_path / "x_stats_history.csv") == (
        f"Timestamp,User Count,Type,Name,Requests/s,Failures/s,{PERCENT},Total Request Count,Total Failure Count,"
        "Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,"
        "Total Average Content Size"
    )
    assert first_line(tmp_path / "x_failures.csv") == "Method,Name,Error,Occurrences,First Seen,Last Seen"
    assert first_line(tmp_path / "x_exceptions.csv") == "Count,Message,Traceback,Nodes"


def test_the_stats_are_the_documents_figures(shop: RunReader, tmp_path: Path) -> None:
    report.write_csv(shop, str(tmp_path / "x"), False)
    rows = lines(tmp_path / "x_stats.csv")
    total = report.document(shop)["total"]
    assert (rows[-1]["Type"], rows[-1]["Name"]) == ("", "Aggregated")
    assert int(rows[-1]["Request Count"]) == total["requests"]
    assert float(rows[-1]["99%"]) == total["p99_ms"]
    assert float(rows[-1]["100%"]) == total["max_ms"]
    assert float(rows[-1]["Requests/s"]) == pytest.approx(total["rps"])
    names = [(row["Name"], row["Type"]) for row in rows[:-1]]
    assert names == sorted(names)


def test_the_history_has_every_second_the_last_one_included(shop: RunReader, tmp_path: Path) -> None:
    report.write_csv(shop, str(tmp_path / "x"), False)
    rows = lines(tmp_path / "x_stats_history.csv")
    total = report.document(shop)["total"]
    assert len(rows) == 120
    assert {row["Name"] for row in rows} == {"Aggregated"}
    assert int(rows[-1]["Total Request Count"]) == total["requests"]
    assert float(rows[-1]["Total Max Response Time"]) == total["max_ms"]
    assert float(rows[-1]["95%"]) == pytest.approx(total["p95_ms"], rel=1e-3)
    assert int(rows[0]["Timestamp"]) == int(shop.facts.started) + 1
    assert int(rows[-1]["User Count"]) == 100


def test_the_full_history_has_a_row_per_entry_and_percentiles_of_the_last_seconds(shop: RunReader, tmp_path: Path) -> None:
    report.write_csv(shop, str(tmp_path / "x"), True)
    rows = lines(tmp_path / "x_stats_history.csv")
    assert len(rows) == 120 * 6
    orders = [row for row in rows if row["Name"] == "/api/v1/orders"]
    slow, later = float(orders[76]["50%"]), float(orders[92]["50%"])
    assert slow > 2 * later, "the slow spell has left the window"


def test_a_prefix_that_can_not_be_written_is_told(shop: RunReader, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't be written"):
        report.write_csv(shop, str(tmp_path / "file" / "x"), False)

"""What every result says of a run in the open model."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from loadcell import report
from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, Interval, Starts
from loadcell.report.document import document
from loadcell.store import RunFacts, RunReader, RunWriter, StoredStage


def histogram(*times_ms: float) -> bytes:
    found = Histogram()
    found.record_all([round(ms * 1000) for ms in times_ms])
    return found.to_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Four seconds: two at 2/s, one of them late by 900 ms, and two at 4/s, of which half is dropped."""
    run = RunWriter.create(tmp_path, RunFacts(id="open", started=100.0, scenario="x.py", model="open"))
    for second in range(4):
        late = 900 if second == 1 else 0.5
        counts = EntryCounts(
            "GET", "/", requests=2, total_us=20_000, min_us=10_000, max_us=10_000,
            ok=histogram(10, 10), intended=histogram(10.5, 10 + late),
        )  # fmt: skip
        due = 2 if second < 2 else 4
        starts = Starts(due, 2, due - 2, int(second == 1), histogram(0.5, late))
        run.interval(Interval(second, second, second + 1.0, 1, {"User": 1}, [counts], starts=starts))
    run.stage(StoredStage(phase="baseline", rate=2, start_s=0, end_s=2))
    run.stage(StoredStage(phase="load", rate=4, start_s=2, end_s=4))
    run.finish(0, [])
    return run.path


def test_the_document_says_how_iterations_started(path: Path) -> None:
    with RunReader.open(path) as reader:
        found = document(reader)
    assert found["run"]["model"] == "open"
    starts = found["starts"]
    assert (starts["due"], starts["started"], starts["dropped"], starts["late"]) == (12, 8, 4, 1)
    assert starts["per_s"] == 2
    assert starts["late_max_ms"] == pytest.approx(900, rel=1e-3)
    assert found["generator"]["dropped"] == 4
    assert found["generator"]["late_p99_ms"] == pytest.approx(900, rel=1e-3)
    intended = found["entries"][0]["from_intended"]
    assert intended["p50_ms"] == pytest.approx(10.5, rel=1e-3)
    assert intended["p99_ms"] == pytest.approx(910, rel=1e-3)
    assert found["entries"][0]["p99_ms"] == 10
    assert [(stage["phase"], stage["rate"], stage["requests"]) for stage in found["stages"]] == [
        ("baseline", 2, 4), ("load", 4, 4),
    ]  # fmt: skip
    assert found["stages"][0]["from_intended"]["p99_ms"] == pytest.approx(910, rel=1e-3)


def test_the_closed_model_has_neither(shop: RunReader) -> None:
    found = document(shop)
    assert found["starts"] is found["total"]["from_intended"] is None
    assert found["generator"]["dropped"] == 0


def test_the_terminal_shows_iterations_stages_and_both_times(path: Path) -> None:
    said = Console(file=StringIO(), width=120)
    with RunReader.open(path) as reader:
        report.print_summary(reader, said)
    shown = said.file.getvalue()  # type: ignore[attr-defined]
    lines = [line.split() for line in shown.splitlines()]
    assert ["12", "8", "4", "2.00", "1", "0.50", "900", "900"] in lines
    assert ["baseline", "2/s", "0.0", "2.0", "4", "0", "10.0", "10.0", "10.0", "2.00"] in lines
    assert "from when the iteration was due" in shown


def test_the_page_and_the_csv_files_show_them_too(path: Path, tmp_path: Path) -> None:
    with RunReader.open(path) as reader:
        report.write_html(reader, tmp_path / "page.html")
        report.write_csv(reader, str(tmp_path / "out"))
    page = (tmp_path / "page.html").read_text()
    assert "Iterations" in page
    assert "4 dropped" in page
    assert "Response times from when the iteration was due" in page
    rows = list(csv.reader((tmp_path / "out_starts.csv").read_text().splitlines()))
    assert rows[1:] == [
        ["101", "2", "2", "0", "0"],
        ["102", "2", "2", "0", "1"],
        ["103", "4", "2", "2", "0"],
        ["104", "4", "2", "2", "0"],
    ]

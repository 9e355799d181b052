"""The verdict and the objectives, as people and programs read them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from loadcell import report
from loadcell.objectives import NOT_JUDGED, TIMED_OUT, Result
from loadcell.report.verdict import headline, rows
from loadcell.store import RunReader
from tests.synthetic import HOSTILE

KEPT = Result(text="p95 < 300ms", stage="load", measured=81.24, passed=True)
MISSED = Result(text="p99 of 'GET /items' < 800ms at 200 users", stage="load", measured=812.0, passed=False)
NEVER = Result(text=f"rps of '{HOSTILE}' >= 5", stage="", passed=False, reason=f"no request of '{HOSTILE}' was made")
UNJUDGED = Result(text="p95 < 1s", stage="", passed=False, reason=f"{NOT_JUDGED}the run ended too early")
UNMEASURED = Result(text="recovery < 30s", stage="", reason="there was no stress to recover from")


@pytest.mark.parametrize(
    ("verdict", "results", "expected"),
    [
        ("pass", [KEPT], ("good", "Passed", "the objective was kept")),
        ("pass", [KEPT, KEPT, UNMEASURED], ("good", "Passed", "the objective was kept; 1 could not be measured")),
        ("fail", [MISSED], ("bad", "Failed", "the objective was missed")),
        ("fail", [UNJUDGED], ("bad", "Failed", "the objective was not judged")),
        ("fail", [KEPT, MISSED, UNJUDGED], ("bad", "Failed", "1 of 3 objectives was missed; 1 was not judged")),
        ("fail", [KEPT, MISSED], ("bad", "Failed", "1 of 2 objectives was missed")),
        (
            "fail",
            [KEPT, MISSED, NEVER, UNMEASURED],
            ("bad", "Failed", "2 of 3 objectives were missed; 1 could not be measured"),
        ),
    ],
)
def test_the_headline_counts_objectives(verdict: str, results: list[Result], expected: tuple[str, str, str]) -> None:
    found = headline(verdict, results)
    assert found is not None
    assert (found.kind, found.word, found.sentence) == expected


def test_a_run_that_nothing_was_demanded_of_has_no_headline() -> None:
    assert headline("none", []) is None
    invalid = headline("invalid", [])
    assert invalid is not None
    assert "nothing is proven" in invalid.sentence


def test_a_row_sets_what_was_measured_beside_the_limit() -> None:
    kept, missed, unjudged, unmeasured = rows([KEPT, MISSED, UNJUDGED, UNMEASURED])
    assert (kept.subject, kept.demand, kept.measured, kept.marked) == ("p95", "< 300ms", "81.2 ms", "✓ passed")
    assert (missed.subject, missed.marked) == ("p99 of 'GET /items' at 200 users", "✗ failed")
    assert (unjudged.marked, unjudged.reason) == ("✗ not judged", "the run ended too early")
    assert (unmeasured.measured, unmeasured.result) == ("–", "not measured")


def test_a_time_out_is_told_as_what_was_measured() -> None:
    (row,) = rows([Result(text="p95 < 300ms", stage="load", passed=False, reason=TIMED_OUT)])
    assert row.measured == "time-out"


def test_an_objective_of_a_newer_grammar_is_shown_as_it_is() -> None:
    (row,) = rows([Result(text="apdex > 0.9", stage="load", measured=0.5, passed=False)])
    assert (row.subject, row.measured, row.result) == ("apdex > 0.9", "0.5", "failed")


@pytest.fixture
def judged(make_run: Callable[..., Path], tmp_path: Path) -> Path:
    """A run that was judged."""
    results = [KEPT, MISSED, NEVER, UNMEASURED]
    return make_run(tmp_path, seconds=10, rps=20, ramp_s=2, verdict="fail", objectives=results)


def test_the_document_has_the_objectives(judged: Path) -> None:
    with RunReader.open(judged) as reader:
        found = report.document(reader)
    assert found["verdict"] == "fail"
    for key in ("text", "stage", "measured", "passed"):
        assert [one[key] for one in found["objectives"]] == [getattr(one, key) for one in (KEPT, MISSED, NEVER, UNMEASURED)]
    assert [(stage["phase"], stage["passed"]) for stage in found["stages"]] == [("ramp", None), ("load", False)]


@pytest.mark.parametrize("terminal", [False, True])
def test_the_terminal_shows_the_verdict_first(judged: Path, terminal: bool) -> None:
    out = io.StringIO()
    with RunReader.open(judged) as reader:
        report.print_summary(reader, Console(file=out, width=100, force_terminal=terminal, color_system=None))
    lines = out.getvalue().splitlines()
    assert lines[0] == "✗ FAILED: 2 of 3 objectives were missed; 1 could not be measured"
    assert lines[2].strip() == "Objectives"
    shown = out.getvalue()
    assert shown.index("812 ms") < shown.index("Requests")
    assert max(len(line) for line in lines) <= 100 or not terminal


def test_the_page_shows_the_verdict_first_and_names_as_text(judged: Path, tmp_path: Path) -> None:
    with RunReader.open(judged) as reader:
        report.write_html(reader, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    body = page[page.index("<main>") :]
    assert body.index("2 of 3 objectives were missed") < body.index("812 ms") < body.index("Throughput")
    assert "✗ failed" in body
    assert HOSTILE not in body

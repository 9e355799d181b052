"""A run in the summary of a job, and as workflow commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from loadcell.compare import compare
from loadcell.objectives import TIMED_OUT, Result
from loadcell.report.annotations import LONGEST, MOST, Annotation, of_comparison, of_run
from loadcell.report.job_summary import MOST_ENTRIES, MOST_OBJECTIVES, job_summary
from loadcell.report.markdown import escaped
from loadcell.store import RunFacts, RunReader, RunWriter
from tests.synthetic import HOSTILE, steady_run, watched_run

KEPT = Result(text="p95 < 300ms", stage="load", measured=81.24, passed=True)
MISSED = Result(text="p99 of 'GET /items' < 800ms", stage="load at 20 users", measured=812.0, passed=False)
LATE = Result(text="p99 < 1s", stage="load", passed=False, reason=TIMED_OUT)
UNMEASURED = Result(text="recovery < 30s", stage="", reason="there was no stress to recover from")


def ended(
    folder: Path, code: int, reasons: list[str], verdict: str = "none", results: list[Result] | None = None
) -> RunReader:
    writer = RunWriter.create(folder, RunFacts(id="20261127-120000-shop", started=1.8e9, scenario="shop.py"))
    writer.finish(code, reasons, verdict, 5.0, results or [])
    return RunReader.open(writer.path)


def test_the_summary_has_verdict_objectives_and_entries(make_run: Callable[..., Path], tmp_path: Path) -> None:
    with RunReader.open(make_run(tmp_path, seconds=30, verdict="fail", objectives=[KEPT, MISSED])) as reader:
        lines = job_summary(reader).splitlines()
    assert lines[0] == "### 🔴 Failed: 1 of 2 objectives was missed"
    assert "| p95 | load | &lt; 300ms | 81.2 ms | 🟢 passed |" in lines
    assert "| p99 of 'GET /items' | load at 20 users | &lt; 800ms | 812 ms | 🔴 failed |" in lines
    assert any(line.startswith("| GET / |") for line in lines)
    assert any(line.startswith("| Aggregated |") for line in lines)
    assert any("503 Server Error" in line for line in lines)
    assert "| KeyError: &lt;id&gt; | 2 |" in lines


def test_the_summary_names_cause_and_capacity(tmp_path: Path) -> None:
    with watched_run(tmp_path, loop_cpu=96.0) as reader:
        text = job_summary(reader)
    assert "- **Cause**: Every event loop is full" in text
    assert "too\\_few\\_workers" in text
    capacity = {"users": 545, "rate": None, "rps": 275.0, "at_least": False, "low_users": 500, "high_users": 595,
                "limited_by": "p95 < 200ms"}  # fmt: skip
    with RunReader.open(steady_run(tmp_path / "assessed", "a", capacity=capacity, seconds=5)) as reader:
        assert "- **Capacity**: 545 users 275 requests/s · 95 % interval 500 … 595" in job_summary(reader)


def test_only_the_entries_that_carry_most_are_listed(tmp_path: Path) -> None:
    entries = tuple(("GET", f"/{number}", 1 / 16) for number in range(14))
    with RunReader.open(steady_run(tmp_path, "many", seconds=5, entries=entries)) as reader:
        text = job_summary(reader)
    assert text.count("| GET /") == MOST_ENTRIES
    assert "… and 4 more entries." in text


def test_of_thousands_of_objectives_those_that_were_missed_are_listed(tmp_path: Path) -> None:
    many = [Result(text=f"p95 < {n}ms", stage="load", measured=900.5, passed=n > 900) for n in range(1, 1200)]
    with ended(tmp_path, 99, [f"reason {n}" for n in range(3000)], "fail", many[::-1]) as reader:
        text = job_summary(reader)
        told = of_run(reader)
    assert text.count("🔴 failed") == MOST_OBJECTIVES
    assert f"\n\n… and {1199 - MOST_OBJECTIVES} more.\n" in text
    assert "- **Reasons**: … and 2980 more.\n" in text
    assert "reason 20" not in text
    assert len(told) == MOST


def test_a_message_is_not_longer_than_is_shown(tmp_path: Path) -> None:
    with ended(tmp_path, 4, ["x" * 100_000]) as reader:
        (told,) = of_run(reader)
    assert len(told.command) < LONGEST + 100


def test_names_are_text_in_markdown(make_run: Callable[..., Path], tmp_path: Path) -> None:
    results = [Result(text=f"rps of '{HOSTILE}' >= 5", stage="load", passed=False, reason=f"no request of '{HOSTILE}'")]
    with RunReader.open(make_run(tmp_path, seconds=20, verdict="fail", objectives=results)) as reader:
        text = job_summary(reader)
    assert "<" not in text
    assert escaped("a|b *c* [d](http://e) `f` @g #1 &lt;\n::error::www.h.example") == (
        "a\\|b \\*c\\* \\[d\\](http:\u200b//e) \\`f\\` @\u200bg \\#1 &amp;lt; ::error::www\u200b.h.example"
    )
    assert escaped("/?$filter=a&$top=5") == "/?<span>$</span>filter=a&amp;<span>$</span>top=5"


@pytest.mark.parametrize(
    ("code", "verdict", "results", "commands"),
    [
        (0, "pass", [KEPT], []),
        (
            99,
            "fail",
            [KEPT, MISSED, LATE, UNMEASURED],
            [
                "::error title=Objective missed::p99 of 'GET /items' < 800ms in load at 20 users: measured 812 ms",
                f"::error title=Objective missed::p99 < 1s in load: measured time-out: {TIMED_OUT}",
                "::warning title=Objective not measured::recovery < 30s: there was no stress to recover from",
            ],
        ),
        (98, "invalid", [UNMEASURED], ["::error title=Load test invalid::nothing is proven: 100%25 CPU"]),
        (1, "none", [], ["::error title=Load test failed::100%25 CPU"]),
    ],
)
def test_what_a_job_is_told_of_a_run(
    tmp_path: Path, code: int, verdict: str, results: list[Result], commands: list[str]
) -> None:
    with ended(tmp_path, code, ["100% CPU"], verdict, results) as reader:
        assert [one.command for one in of_run(reader)] == commands


def test_no_text_becomes_a_command_of_its_own() -> None:
    told = Annotation("error", "50%: a,b\n::warning::x", "1%\r\n::add-mask::x\n##[error]y").command
    assert told == "::error title=50%25%3A a%2Cb %3A%3Awarning%3A%3Ax::1%25 ::add-mask::x ##[error]y"


def test_of_many_annotations_the_last_says_how_many_there_are_more(tmp_path: Path) -> None:
    many = [Result(text=f"p95 < {number}ms", stage="load", measured=1000.0, passed=False) for number in range(1, 16)]
    with ended(tmp_path, 99, [], "fail", many) as reader:
        found = of_run(reader)
    assert len(found) == MOST
    assert found[-1].message == "and 6 more: see the summary of the job"


@pytest.mark.parametrize(("code", "verdict", "title"), [(3, "fail", "failed"), (98, "invalid", "invalid")])
def test_what_explains_the_others_is_shown_before_them(tmp_path: Path, code: int, verdict: str, title: str) -> None:
    many = [Result(text=f"p95 < {number}ms", stage="load", passed=False) for number in range(1, 16)]
    with ended(tmp_path, code, ["no connection ever succeeded"], verdict, many) as reader:
        assert of_run(reader)[0].title == f"Load test {title}"


def test_a_regression_is_an_error_where_it_is_to_fail(tmp_path: Path) -> None:
    with (
        RunReader.open(steady_run(tmp_path, "a", seed=1)) as before,
        RunReader.open(steady_run(tmp_path, "b", seed=2, slower=1.3)) as after,
    ):
        found = compare([before], [after])
    told = of_comparison(found)
    assert {one.level for one in told} == {"warning"}
    assert told[0].command.startswith("::warning title=Regressed::p50 of all requests: ")
    assert {one.level for one in of_comparison(found, ["regressed"])} == {"error"}

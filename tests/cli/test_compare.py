"""`loadcell compare`: two runs beside one another, as a story."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from tests.synthetic import steady_run

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


@pytest.fixture
def two(shell: Shell) -> Shell:
    """Run `a`, and run `b` of the same service, a third slower."""
    runs = shell.folder / ".loadcell/runs"
    steady_run(runs, "a", seed=1)
    steady_run(runs, "b", seed=2, slower=1.3)
    return shell


def test_a_regression_is_told_with_its_interval(two: Shell) -> None:
    done = two.run("compare", "a", "b")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("✗ REGRESSED: p")
    assert "✗ regressed" in done.out
    assert "There is one run of each side" in done.out
    assert done.out == two.run("compare", "last~1", "last").out


def test_a_gate_fails_on_what_regressed_only(two: Shell) -> None:
    assert two.run("compare", "a", "b", "--fail-on", "regressed").code == 99
    assert two.run("compare", "b", "a", "--fail-on", "regressed").code == 0
    assert two.run("compare", "a", "b", "--fail-on", "regressed", "--figure", "ok_rps").code == 0


def test_the_baseline_is_marked_and_compared_with(two: Shell) -> None:
    refused = two.run("compare", "--baseline", "b")
    assert refused.code == 2
    assert "No run in .loadcell/runs is marked as the baseline." in refused.err
    assert "The baseline is now a." in two.run("runs", "--mark-baseline", "a").err
    assert next(line for line in two.run("runs").out.splitlines() if line.startswith("a ")).endswith("· baseline")
    assert [run["id"] for run in json.loads(two.run("runs", "--json").out) if run["baseline"]] == ["a"]
    assert two.run("compare", "--baseline", "last").out.startswith("✗ REGRESSED")
    assert "There is no baseline any more." in two.run("runs", "--mark-baseline", "none").err
    assert two.run("compare", "--baseline", "last").code == 2


def test_a_baseline_that_can_t_be_read_keeps_no_list_from_being_shown(two: Shell) -> None:
    (two.folder / ".loadcell/runs/baseline.json").write_text("?")
    done = two.run("runs")
    assert (done.code, len(done.out.splitlines())) == (0, 3)
    assert "baseline.json is not readable" in done.err


def test_documents(two: Shell) -> None:
    done = two.run("compare", "a", "b", "--json", "c.json", "--markdown", "c.md", "--html", "c.html")
    assert done.code == 0
    assert done.out.startswith("✗ REGRESSED")
    document = json.loads((two.folder / "c.json").read_text())
    assert (document["schema"], document["verdict"], document["unit"]) == (1, "regressed", "batches")
    assert document["rows"][0].keys() >= {"method", "name", "figure", "before", "after", "effect", "low", "high", "verdict"}
    assert (two.folder / "c.md").read_text().startswith("### 🔴 Regressed: ")
    page = (two.folder / "c.html").read_text()
    HTMLParser().feed(page)
    assert "Regressed" in page
    assert json.loads(two.run("compare", "a", "b", "--json").out) == document
    assert two.run("compare", "a", "b", "--markdown").out == (two.folder / "c.md").read_text()


def test_several_runs_of_a_side(two: Shell) -> None:
    runs = two.folder / ".loadcell/runs"
    for number in (3, 4):
        steady_run(runs, f"a{number}", seed=number)
        steady_run(two.folder / "after", f"b{number}", seed=10 + number, slower=1.3)
    steady_run(two.folder / "after", "b5", seed=15, slower=1.3)
    assert "3 runs" in two.run("compare", "a.loadcell,a3,a4", "after").out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "A comparison takes two: before and after; 0 are named."),
        (["a"], "A comparison takes two: before and after; 1 is named."),
        (["a", "a"], "The run a can't be compared with itself."),
        (["a", "nothing"], "There is no run “nothing” in .loadcell/runs."),
        (["a", "last~9"], "There are only 2 runs"),
        (["a", "b", "--figure", "p101"], "'p101' is no figure that can be compared."),
        (["a", "b", "--floor", "0"], "--floor '0' is no share"),
        (["a", "b", "--at", "many"], "--at 'many' is no load"),
        (["a", "b", "--at", "20/s"], "The load of these runs is counted in users"),
        (["a", "b", "--html", "-"], "--html can't go to stdout."),
        (["a", "b", "--at", "50"], "The run a has not held a load of 50, but 20."),
        (["a", "b", "--entry", "/cart"], "There is no entry “/cart” in these runs."),
        (["a", "b", "--html", "/proc/x.html"], "--html '/proc/x.html'"),
        (["a", "b", "--fail-on", "everything"], "invalid choice: 'everything'"),
    ],
)
def test_mistakes(two: Shell, words: list[str], sentence: str) -> None:
    done = two.run("compare", *words)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err
    assert "Traceback" not in done.err


def test_names_are_text_in_every_document(shell: Shell) -> None:
    runs = shell.folder / ".loadcell/runs"
    hostile = (("GET", "/<script>alert(1)</script>|[x](http://evil.example)`@all", 0.5), ("GET", "/", 0.5))
    steady_run(runs, "a", seed=1, entries=hostile)
    steady_run(runs, "b", seed=2, entries=hostile)
    assert shell.run("compare", "a", "b", "--html", "c.html", "--markdown", "c.md").code == 0
    assert "<script>alert" not in (shell.folder / "c.html").read_text()
    text = (shell.folder / "c.md").read_text()
    assert "<script>" not in text
    assert "[x](" not in text.replace(r"\[x\](", "")
    assert "@all" not in text

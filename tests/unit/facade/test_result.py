"""A result: everything that a program asks of a run, read from its file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from junitparser import JUnitXml

import loadcell
from loadcell.errors import RunNotFound, UsageError
from loadcell.facade import Result, compare_runs, open_run
from loadcell.objectives import Result as Judged
from tests.synthetic import HOSTILE, steady_run, synthetic_run

MISSED = Judged(text="p95 < 1ms", stage="load", measured=812.0, passed=False)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("runs")
    return Result(synthetic_run(folder, seconds=30, verdict="fail", objectives=[MISSED], gap=False))


def test_it_answers_with_the_document(result: Result) -> None:
    assert (result.id, result.verdict, result.exit_code, result.passed) == ("20261118-140640-shop", "fail", 1, False)
    assert result.objectives[0]["measured"] == 812.0
    assert result.total["requests"] == sum(entry["requests"] for entry in result.entries)
    assert result.reasons == ["Requests failed."]
    assert repr(result) == "<Result of 20261118-140640-shop: verdict fail, exit code 1>"
    assert str(result).startswith("✗ FAILED: the objective was missed\n")


def test_its_tables_are_text_in_a_notebook_too(result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setattr("builtins.get_ipython", lambda: shell, raising=False)
    assert str(result).startswith("✗ FAILED: the objective was missed\n")


def test_data_frames(result: Result) -> None:
    found = result.to_pandas()
    assert list(found) == ["timeline", "entries", "stages", "errors", "server"]
    timeline = found["timeline"]
    assert list(timeline.index) == list(range(30))
    assert timeline["requests"].sum() == found["entries"]["requests"].sum() == result.total["requests"]
    assert f"{timeline['time'].iloc[0]:%Y-%m-%d %H:%M:%S}" == "2026-11-18 11:06:40"
    assert found["errors"]["occurrences"].sum() == result.total["failures"]
    assert {"name", "p95_ms", "rps"} <= set(found["entries"].columns)


def test_data_frames_of_a_run_without_errors_or_signals_have_their_columns(tmp_path: Path) -> None:
    found = Result(steady_run(tmp_path, "a", seconds=5)).to_pandas()
    assert list(found["errors"].columns)[:3] == ["method", "name", "error"]
    assert found["server"].empty


def test_without_pandas_a_sentence_says_what_is_missing(result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="needs pandas, which is not installed"):
        result.to_pandas()


def test_figures(result: Result) -> None:
    assert {"throughput", "response_times", "users", "errors", "distribution"} <= set(result.figures)
    assert "service_cpu" not in result.figures
    assert result.figure("throughput").layout.title.text == "Throughput"
    with pytest.raises(UsageError, match="There is no figure 'through' of this run; did you mean throughput"):
        result.figure("through")


def test_in_a_notebook_names_are_text(result: Result) -> None:
    shown = result._repr_html_()
    assert "✗ Failed: the objective was missed" in shown
    assert "<td>&lt; 1ms</td>" in shown
    assert HOSTILE not in shown
    assert "&lt;script&gt;" in shown


def test_in_a_notebook_it_says_why_and_what_is_left_out(result: Result, tmp_path: Path) -> None:
    assert "<br>Requests failed.</p>" in result._repr_html_()
    entries = tuple(("GET", f"/{number}", 1 / 16) for number in range(14))
    shown = Result(steady_run(tmp_path, "many", seconds=5, entries=entries))._repr_html_()
    assert shown.count("<td>GET /") == 10
    assert shown.endswith("<p>… and 4 more entries.</p>")


def test_files(result: Result, tmp_path: Path) -> None:
    assert result.html(tmp_path / "r.html").read_text().startswith("<!")
    assert JUnitXml.fromfile(str(result.junit(tmp_path / "r.xml"))).failures == 2
    with pytest.raises(UsageError, match="can't be written"):
        result.html("/proc/r.html")


def test_stored_runs_are_opened_and_compared(tmp_path: Path) -> None:
    steady_run(tmp_path, "a", seed=1)
    steady_run(tmp_path, "b", seed=2, slower=1.3)
    assert open_run(runs_dir=tmp_path).id == "b"
    before, after = open_run("a", runs_dir=tmp_path), open_run("last", runs_dir=tmp_path)
    assert compare_runs(before, after).verdict == "regressed"
    assert compare_runs([before.path], str(after.path), figure=["ok_rps"]).rows[0].figure == "ok_rps"
    (row,) = compare_runs(before, after, figure="p95", entry="GET /items").rows
    assert (row.figure, row.method, row.name) == ("p95", "GET", "/items")
    with pytest.raises(RunNotFound):
        open_run("c", runs_dir=tmp_path)
    with pytest.raises(UsageError, match="There is no run before"):
        compare_runs([], after)
    with pytest.raises(UsageError, match="floor=5 is no share"):
        compare_runs(before, after, floor=5)


def test_the_package_hands_them_out() -> None:
    assert loadcell.open_run is open_run
    assert loadcell.Result is Result
    assert set(loadcell.__all__) >= {"run", "assess", "open_run", "compare_runs", "Result"}
    # Scenarios import the package, in processes that gevent has patched: nothing of this may come along.
    script = (
        "import sys, loadcell\n"
        "from loadcell import HttpUser, task\n"
        "print([name for name in sys.modules if name.startswith(('loadcell.facade', 'loadcell.controller', 'asyncio'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

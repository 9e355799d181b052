"""The stored runs: listed, shown, reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

StoreRun = Callable[..., str]


def test_without_runs_the_list_says_how_to_make_one(shell: Shell) -> None:
    done = shell.run("runs")
    assert (done.code, done.out) == (0, "")
    assert "There is no run in .loadcell/runs yet" in done.err
    assert json.loads(shell.run("runs", "--json").out) == []


def test_runs_are_listed_the_newest_first(shell: Shell, store_run: StoreRun) -> None:
    old, new = store_run(1_700_000_000.0), store_run(1_700_000_060.0, host="http://a-long-name.example:8000", failures=2)
    done = shell.run("runs")
    lines = done.out.splitlines()
    assert done.code == 0
    assert [line.split()[0] for line in lines] == ["run", new, old]
    assert "http://a-long-name.example:8000" in lines[1]
    listed = json.loads(shell.run("runs", "--json").out)
    assert [run["id"] for run in listed] == [new, old]
    wanted = {
        "scenario": "shop.py",
        "users": 3,
        "requests": 20,
        "failures": 2,
        "rps": 20.0,
        "state": "finished",
        "exit_code": 1,
    }
    assert {key: listed[0][key] for key in wanted} == wanted


def test_a_file_that_is_no_run_is_listed_with_its_problem(shell: Shell, store_run: StoreRun) -> None:
    good = store_run(1_700_000_000.0)
    (shell.folder / ".loadcell/runs/broken.loadcell").write_text("this is no database")
    done = shell.run("runs")
    assert done.code == 0
    assert good in done.out
    assert "unreadable" in next(line for line in done.out.splitlines() if line.startswith("broken"))


def test_a_run_is_shown_by_id_beginning_path_and_last(shell: Shell, store_run: StoreRun) -> None:
    run = store_run(1_700_000_000.0)
    for name in (run, run[:8], f".loadcell/runs/{run}.loadcell", "last"):
        done = shell.run("show", name)
        assert done.code == 0
        assert "/items" in done.out
        assert run in done.out


def test_a_run_as_a_document(shell: Shell, store_run: StoreRun) -> None:
    run = store_run(1_700_000_000.0)
    document = json.loads(shell.run("show", "last", "--json").out)
    assert document["schema"] == 1
    assert document["run"]["id"] == run
    assert document["total"]["requests"] == 20


def test_a_report_is_written_where_it_is_wanted(shell: Shell, store_run: StoreRun) -> None:
    run = store_run(1_700_000_000.0)
    assert shell.run("report", run).out == f"{run}.html\n"
    done = shell.run("report", "last", "-o", "reports/r.html")
    assert (done.code, done.out) == (0, "reports/r.html\n")
    assert "/items" in Path(shell.folder / "reports/r.html").read_text()


def test_runs_elsewhere(shell: Shell, store_run: StoreRun) -> None:
    run = store_run(1_700_000_000.0)
    (shell.folder / ".loadcell/runs").rename(shell.folder / "kept")
    assert run in shell.run("runs", "--runs-dir", "kept").out
    assert run in shell.run("runs", LOADCELL_RUNS_DIR="kept").out


def test_the_history_is_there_whatever_else_is_configured(shell: Shell, store_run: StoreRun) -> None:
    run = store_run(1_700_000_000.0)
    shell.write("locust.conf", "tenant = acme\nusers = x\n")
    assert run in shell.run("runs").out


def test_a_run_that_does_not_exist(shell: Shell, store_run: StoreRun) -> None:
    store_run(1_700_000_000.0)
    for words in (("show", "nothing"), ("report", "nothing"), ("show", "run-17000000001")):
        done = shell.run(*words)
        assert (done.code, done.out) == (2, "")
        assert "There is no run" in done.err


def test_a_reader_who_leaves_early_sees_no_traceback(shell: Shell, store_run: StoreRun) -> None:
    for number in range(3):
        store_run(1_700_000_000.0 + number)
    with shell.start("runs", "--json") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        told = process.stderr.read()
    assert told == ""
    assert process.returncode == 141

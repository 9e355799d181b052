"""Objectives as a user meets them: on the command line, in files, in the exit code and in the results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Done, Shell

SCENARIO = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.client.get("/delay?ms=30", name="/slow")
        self.client.get("/ok")
"""
BURNING = """
import time
from locust import HttpUser, task

class Visitor(HttpUser):
    @task
    def look(self):
        self.client.get("/ok")
        until = time.perf_counter() + 0.2
        while time.perf_counter() < until:
            pass
"""
WITHOUT_FILES = """
import resource
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.1)

    def on_start(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    @task
    def look(self):
        self.client.get("/ok")
"""


def objectives(*texts: str) -> list[str]:
    return [word for text in texts for word in ("--objective", text)]


def result(shell: Shell) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shell.folder / "r.json").read_text())
    return found


def refused(done: Done, *pieces: str) -> None:
    assert done.code == 2, done
    assert "Traceback" not in done.err
    for piece in pieces:
        assert piece in done.err


def test_kept_objectives_pass_the_run(shell: Shell, target: str) -> None:
    shell.write("locustfile.py", SCENARIO)
    demands = objectives("p95 < 10s", "error_rate < 1%", "rps >= 1 at 2 users", "p99 of 'GET /slow' < 10s for 1s")
    done = shell.run("-H", target, "-u", "2", "-r", "10", "-t", "3", "--json", "r.json", *demands)
    assert done.code == 0, done
    assert "PASSED: all 4 objectives were kept" in done.err
    found = result(shell)
    assert (found["verdict"], found["run"]["exit_code"]) == ("pass", 0)
    assert [one["text"] for one in found["objectives"]] == [text for text in demands if text != "--objective"]
    assert [(one["stage"], one["passed"]) for one in found["objectives"]] == [("load", True)] * 4
    assert found["objectives"][3]["measured"] >= 30
    assert [stage["passed"] for stage in found["stages"] if stage["phase"] == "load"] == [True]


def test_a_missed_objective_fails_the_run_and_the_others_are_told_too(shell: Shell, target: str) -> None:
    shell.write("locustfile.py", SCENARIO)
    shell.write(
        "loadcell.toml", "objectives = [\"p50 of '/slow' < 20ms\", 'p50 of /slo < 1s', 'recovery < 30s', 'rps >= 1']\n"
    )
    done = shell.run("-H", target, "-t", "3", "--json", "r.json", "--html", "r.html")
    assert done.code == 99, done
    for piece in ("FAILED: 2 of 3 objectives were missed; 1 could not be measured", "did you mean '/slow'?", "not measured"):
        assert piece in done.err
    found = result(shell)
    assert found["verdict"] == "fail"
    assert [one["passed"] for one in found["objectives"]] == [False, False, None, True]
    median_ms = found["objectives"][0]["measured"]
    assert median_ms >= 30
    assert f"p50 of '/slow' < 20ms: it was {median_ms:.3g} ms" in found["reasons"][0]
    assert "2 of 3 objectives were missed" in (shell.folder / "r.html").read_text()
    assert "fail" in shell.run("runs").out
    assert "FAILED" in shell.run("show", "last").out


def test_a_run_is_ended_as_soon_as_an_objective_fails(shell: Shell, target: str) -> None:
    shell.write("locustfile.py", SCENARIO)
    demands = objectives("p50 of '/slow' < 20ms for 2s", "error_rate < 1%")
    done = shell.run("-H", target, "-t", "10m", "--abort-on-fail", "--json", "r.json", *demands)
    assert done.code == 99, done
    assert "error: the run is ended: p50 of '/slow' < 20ms for 2s: " in done.err
    found = result(shell)
    assert found["run"]["duration_s"] < 30
    assert [one["passed"] for one in found["objectives"]] == [False, True]


@pytest.mark.parametrize(
    ("words", "code", "verdict"),
    [((), 0, "none"), (("--fail-on-invalid",), 98, "invalid"), (("--objective", "p95 < 10s"), 98, "invalid")],
)
def test_a_run_whose_generator_was_the_limit_passes_nothing(
    shell: Shell, target: str, words: tuple[str, ...], code: int, verdict: str
) -> None:
    shell.write("locustfile.py", BURNING)
    done = shell.run("-H", target, "-t", "7", "--json", "r.json", *words)
    assert done.code == code, done
    assert ("INVALID: the load was not what was asked for" in done.err) == (code == 98)
    assert "--processes" in done.err
    found = result(shell)
    assert (found["verdict"], found["generator"]["valid"]) == (verdict, False)
    assert [one["passed"] for one in found["objectives"]] == [None] * (len(words) // 2)


def test_a_generator_without_file_descriptors_makes_the_run_invalid(shell: Shell, target: str) -> None:
    shell.write("locustfile.py", WITHOUT_FILES)
    done = shell.run("-H", target, "-t", "3", "--fail-on-invalid", "--json", "r.json")
    assert done.code == 98, done
    assert result(shell)["total"]["failures"] > 5, "its pulse goes on, and nothing is lost"
    assert "Traceback" not in done.err
    assert "had no file descriptors left" in done.err
    assert "ulimit -n" in done.err


def test_mistakes_are_pointed_at(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    done = shell.run(*objectives("p95 300ms", "p99 < 5 parsecs"))
    refused(
        done,
        "error: --objective: at column 5: expected <, <=, > or >= and a limit: p95 < …\n    p95 300ms\n        ^\n",
        "error: --objective: at column 9: 'parsecs' is no unit of p99",
    )
    shell.write("loadcell.toml", "objective = 'p95'\n")
    refused(shell.run(), "in loadcell.toml: objective: at column 4: expected <")
    refused(shell.run(LOADCELL_OBJECTIVES="rps >= 5, p9 < x"), "LOADCELL_OBJECTIVES: at column 6: expected a limit")


def test_contradictions_are_refused(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    done = shell.run(*objectives("p95 < 100ms", "p95 >= 200ms", "rps < 5"))
    refused(done, "error: the objectives 'p95 < 100ms' and 'p95 >= 200ms' contradict each other: nothing can meet both\n")
    assert done.err.count("error:") == 1
    refused(shell.run("--abort-on-fail"), "--abort-on-fail needs an objective")

"""In a job of GitHub Actions: the summary, the annotations, and nothing that the service could say to the runner."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from loadcell.cli.github import MOST_BYTES
from tests.synthetic import steady_run

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

SCENARIO = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.client.get("/delay?ms=30")
        self.environment.events.request.fire(
            request_type="", name="::error::owned <b>|x|</b>", response_time=30, response_length=1, exception=None
        )
"""
BREAKS = """
import pathlib
from locust import events

@events.test_stop.add_listener
def stop(**_):
    pathlib.Path("x.xml").mkdir()
"""


def commands(err: str) -> list[str]:
    """The workflow commands that a runner would carry out, as it reads the lines of a stream."""
    found, token = [], ""
    for line in err.splitlines():
        command = line.strip()
        if token:
            token = "" if command == f"::{token}::" else token
        elif stopped := re.fullmatch(r"::stop-commands::(\w+)", command):
            token = stopped[1]
        elif command.startswith("::") or "##[" in command:
            found.append(command)
    assert not token, "commands are never taken up again"
    return found


def test_a_run_tells_its_job(shell: Shell, target: str) -> None:
    shell.write("locustfile.py", SCENARIO)
    (shell.folder / "summary.md").write_text("Before.\n")
    words = ["-H", target, "-u", "4", "-r", "20", "-t", "2s", "--objective", "p95 < 10ms", "--objective", "rps > 1"]
    done = shell.run("run", *words, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY="summary.md")
    assert done.code == 99
    (missed,) = commands(done.err)
    assert missed.startswith("::error title=Objective missed::p95 < 10ms in load: measured ")
    summary = (shell.folder / "summary.md").read_text()
    assert summary.startswith("Before.\n### 🔴 Failed: 1 of 2 objectives was missed\n")
    assert "| ::error::owned &lt;b&gt;\\|x\\|&lt;/b&gt; |" in summary


def test_a_run_that_could_not_be_made_is_an_error(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    done = shell.run("run", "--app", "nowhere:app", "-t", "1s", GITHUB_ACTIONS="true")
    assert done.code == 2
    (told,) = commands(done.err)
    assert told.startswith("::error title=Load test failed::nowhere:app ended with exit code")


def test_what_a_service_wrote_before_it_failed_is_text(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    shell.write("service.py", "print('::add-mask::e\\n::error::owned')\nraise RuntimeError('no\\n::warning::owned')\n")
    done = shell.run("run", "--app", "service:app", "-t", "1s", GITHUB_ACTIONS="true")
    assert done.code == 2
    assert "    ::warning::owned" in done.err.splitlines()
    assert commands(done.err) == [
        "::error title=Load test failed::service:app ended with exit code 1 before it took a connection: RuntimeError: no"
    ]


def test_a_file_that_could_not_be_written_in_the_end_is_an_error(shell: Shell, target: str) -> None:
    shell.write("locustfile.py", f"{SCENARIO}{BREAKS}")
    words = ["-H", target, "-u", "1", "-t", "1s", "--junit", "x.xml"]
    done = shell.run("run", *words, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY="summary.md")
    assert done.code == 2
    assert commands(done.err) == ["::error title=Load test failed::x.xml can't be written: Is a directory."]
    assert (shell.folder / "summary.md").read_text().startswith("### 🟢 Load test: nothing failed\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "-f", "nowhere.py"], "There is no file nowhere.py."),
        (["-f", "nowhere.py", "--headless"], "There is no file nowhere.py."),
        (["assess", "-f", "nowhere.py"], "There is no file nowhere.py."),
        (["compare", "a", "b"], "There is no run “a” in .loadcell/runs."),
        (["retest", "a"], "There is no run “a” in .loadcell/runs."),
        (["run", "-u", "0", "-r", "0"], "--users '0' must be at least 1; --spawn-rate '0' must be a finite number above 0"),
    ],
)
def test_a_mistake_is_an_error_as_well(shell: Shell, words: list[str], told: str) -> None:
    done = shell.run(*words, GITHUB_ACTIONS="true")
    assert done.code == 2
    assert commands(done.err) == [f"::error title=Load test failed::{told}"]


def test_what_is_run_again_gives_no_command(shell: Shell, target: str) -> None:
    shell.write("locustfile.py", f"{SCENARIO}\nprint('##[error]owned')\n")
    steady_run(shell.folder / ".loadcell/runs", "a", command=f"loadcell run -f locustfile.py -H {target}")
    done = shell.run("retest", "a", "-n", "1", "--", "-u", "1", "-t", "1s", GITHUB_ACTIONS="true")
    assert "##[error]owned" in done.err
    (told,) = commands(done.err)
    assert told.startswith("::error title=Load test failed::")
    assert "owned" not in told


def test_a_comparison_tells_its_job(shell: Shell) -> None:
    runs = shell.folder / ".loadcell/runs"
    steady_run(runs, "a", seed=1)
    steady_run(runs, "b", seed=2, slower=1.3)
    job = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "summary.md"}
    done = shell.run("compare", "a", "b", "--fail-on", "regressed", **job)
    assert done.code == 99
    assert "✗ REGRESSED" in done.out
    assert commands(done.out)[0].startswith("::error title=Regressed::p50 of all requests: ")
    assert (shell.folder / "summary.md").read_text().startswith("### 🔴 Regressed: ")
    document = shell.run("compare", "a", "b", "--json", **job)
    assert document.out.startswith("{")
    assert commands(document.err)[0].startswith("::warning title=Regressed::")


@pytest.mark.parametrize("env", [{"GITHUB_STEP_SUMMARY": "summary.md"}, {"GITHUB_ACTIONS": "false"}])
def test_elsewhere_nothing_is_told(shell: Shell, env: dict[str, str]) -> None:
    runs = shell.folder / ".loadcell/runs"
    steady_run(runs, "a", seed=1)
    steady_run(runs, "b", seed=2, slower=1.3)
    done = shell.run("compare", "a", "b", **env)
    assert "::" not in done.out + done.err
    assert not (shell.folder / "summary.md").exists()


def test_a_summary_that_can_not_be_written_changes_no_exit_code(shell: Shell) -> None:
    runs = shell.folder / ".loadcell/runs"
    steady_run(runs, "a", seed=1)
    steady_run(runs, "b", seed=2)
    done = shell.run("compare", "a", "b", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY="/proc/summary")
    assert done.code == 0
    assert "warning: the summary of the job can't be written to /proc/summary" in done.err
    assert "Traceback" not in done.err


def test_a_summary_ends_where_the_step_has_no_more_room(shell: Shell) -> None:
    runs = shell.folder / ".loadcell/runs"
    steady_run(runs, "a", seed=1)
    steady_run(runs, "b", seed=2)
    before = "x" * (MOST_BYTES - 400) + "\n"
    (shell.folder / "summary.md").write_text(before)
    for _ in range(2):
        done = shell.run("compare", "a", "b", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY="summary.md")
        assert done.code == 0
        written = (shell.folder / "summary.md").read_bytes()
        assert len(written) <= MOST_BYTES
        assert written.decode()[len(before) :].startswith("### ")
    assert written.decode().count("… and more than GitHub shows of one step.") == 1


def test_a_summary_may_go_where_nothing_has_a_length(shell: Shell) -> None:
    runs = shell.folder / ".loadcell/runs"
    steady_run(runs, "a", seed=1)
    steady_run(runs, "b", seed=2)
    done = shell.run("compare", "a", "b", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY="/dev/stderr")
    assert done.err.startswith("### ")

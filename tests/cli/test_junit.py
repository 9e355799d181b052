"""`--junit`: the objectives of a run as test cases, when it is made and afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from junitparser import Failure, JUnitXml

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

SCENARIO = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.client.get("/delay?ms=30", name="/slow")
"""


def test_objectives_become_test_cases(shell: Shell, target: str) -> None:
    shell.write("locustfile.py", SCENARIO)
    demanded = ["--objective", "p95 < 10ms", "--objective", "error_rate < 1%"]
    done = shell.run("run", "-H", target, "-u", "4", "-r", "20", "-t", "2s", *demanded, "--junit", "ci/load.xml")
    assert done.code == 99, done.err
    assert "written: ci/load.xml" in done.err
    (suite,) = JUnitXml.fromfile(str(shell.folder / "ci/load.xml"))
    missed, kept = suite
    assert (missed.name, kept.name, kept.result) == ("p95 < 10ms in load", "error_rate < 1% in load", [])
    assert isinstance(missed.result[0], Failure)
    assert missed.result[0].message.startswith("measured ")

    again = shell.run("report", "last", "--junit", "again.xml")
    assert (again.code, again.out) == (0, "again.xml\n")
    assert (shell.folder / "again.xml").read_text() == (shell.folder / "ci/load.xml").read_text()
    assert not list(shell.folder.glob("*.html"))


def test_the_report_and_the_cases_of_a_stored_run(shell: Shell, store_run: Callable[..., str]) -> None:
    store_run(1.8e9)
    done = shell.run("report", "last", "-o", "r.html", "--junit", "r.xml")
    assert done.out == "r.html\nr.xml\n"
    assert (shell.folder / "r.html").read_text().startswith("<!")
    (suite,) = JUnitXml.fromfile(str(shell.folder / "r.xml"))
    assert [case.name for case in suite] == ["the run"]


def test_a_file_that_can_not_be_written_is_told_before_the_run(shell: Shell, store_run: Callable[..., str]) -> None:
    store_run(1.8e9)
    shell.write("locustfile.py", SCENARIO)
    for words in (["run", "-H", "http://127.0.0.1:9", "-t", "1s"], ["report", "last"]):
        done = shell.run(*words, "--junit", "/proc/r.xml")
        assert (done.code, done.out) == (2, "")
        assert "--junit '/proc/r.xml'" in done.err
        assert "Traceback" not in done.err

"""`--dry-run`: says what a run would do, and does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

SCENARIO = """
from locust import HttpUser, LoadTestShape, TaskSet, between, events, tag, task

@events.init.add_listener
def _(**_):
    print("A HOOK")

class Browse(TaskSet):
    @task(3)
    def list_items(self):
        self.client.get("/items")

    @tag("search")
    @task
    def search(self):
        self.client.get("/search")

class Visitor(HttpUser):
    weight = 3
    tasks = {Browse: 3}

    @task
    def buy(self):
        self.client.post("/orders")

class Admin(HttpUser):
    @task
    def look(self):
        self.client.get("/admin")
"""


def rows(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines()]


def test_what_would_be_done(shell: Shell, target: str) -> None:
    shell.write("locustfile.py", SCENARIO)
    words = ["-H", target.replace("://", "://anna:secret@"), "-u", "40", "-r", "10", "-t", "5m", "--processes", "2"]
    before = shell.truth(target)["connections"]
    done = shell.run(*words, "--read-only", "--dry-run")
    assert (done.code, done.err) == (0, "")
    assert "Dry run: nothing is sent." in done.out
    assert f"{target.replace('://', '://anna:***@')}: 127.0.0.1, this machine or a private network" in done.out
    assert "40 users, 10 started a second, for 5m" in done.out
    assert "2 processes" in done.out
    assert "(--read-only)" in done.out
    assert "A HOOK" not in done.out
    found = rows(done.out)
    assert ["Visitor", "3", "30"] in found
    assert ["Admin", "1", "10"] in found
    for row in (["Browse", "75.0", "%"], ["list_items", "75.0", "%"], ["buy", "25.0", "%"], ["look", "100.0", "%"]):
        assert row in found
    assert shell.truth(target)["connections"] == before + 1, "the one that asks"
    assert not (shell.folder / ".loadcell").exists()


def test_tags_and_classes_count(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    done = shell.run("-H", "http://127.0.0.1:1", "--tags", "search", "--dry-run", "-u", "4", "--", "Visitor")
    found = rows(done.out)
    assert ["search", "100.0", "%"] in found
    assert "list_items" not in done.out
    assert "Admin" not in done.out


def test_an_application_is_not_started(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    done = shell.run("--app", "main:app", "--dry-run")
    assert done.code == 0, done.err
    assert "main:app, started on a free port of 127.0.0.1" in done.out


def test_what_may_not_be_tested_is_told(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    done = shell.run("-H", "http://203.0.113.9", "--dry-run")
    assert done.code == 0
    assert "203.0.113.9 is NOT ALLOWED: the run would end with exit code 2." in done.out
    assert "allowed by --target-owned" in shell.run("-H", "http://203.0.113.9", "--dry-run", "--target-owned").out


def test_rates_and_shapes(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    words = ["-H", "http://127.0.0.1:1", "--dry-run"]
    done = shell.run(*words, "--rate", "50", "--max-users", "20", "-t", "1m")
    assert "50 iterations/s for 1m" in done.out
    assert "at most 20 users" in done.out
    shell.write("locustfile.py", SCENARIO + "\nclass Waves(LoadTestShape):\n    def tick(self):\n        return (1, 1)\n")
    assert "the shape Waves decides" in shell.run(*words).out


@pytest.mark.parametrize("text", ["import nowhere", "x ="])
def test_a_scenario_that_cannot_be_loaded(shell: Shell, text: str) -> None:
    shell.write("locustfile.py", text)
    done = shell.run("-H", "http://127.0.0.1:1", "--dry-run")
    assert done.code == 2
    assert "Traceback" not in done.err

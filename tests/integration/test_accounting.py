"""Every request that was sent is counted, as done or as interrupted: what the server saw is the truth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.loadcell_command import Command, Result, wait_until

HERE = Path(__file__).resolve().parent


@pytest.fixture
def command(tmp_path: Path, url: str) -> Iterator[Command]:
    command = Command(tmp_path, url)
    command.forget()
    yield command
    command.close()


# Each request has a path of its own, and is counted under it.
NUMBERED = """
import itertools, os
from locust import HttpUser, constant, task

numbers = itertools.count()

class Visitor(HttpUser):
    wait_time = constant(0.05)

    def ask(self, ms):
        path = f"/delay/{os.getpid()}/{next(numbers)}"
        self.client.get(f"{path}?ms={ms}", name=path)

    @task
    def short(self):
        self.ask(10)

    @task
    def long(self):
        self.ask(300)
"""


def check_against_the_server(command: Command, result: Result) -> dict[str, tuple[int, int, int]]:
    """Request by request: each done once or interrupted once, as the server saw it; returns the counts by path."""
    counts = result.counts()
    # The server may still be about to answer those that were given up.
    wait_until(lambda: command.truth()["requests"] >= result.sent, "the server has read every request")
    truth = command.truth()
    assert truth["requests"] == result.sent
    answered = {path: figures["count"] for path, figures in truth["paths"].items()}
    for path, (requests, failures, interrupted) in counts.items():
        assert requests + interrupted == 1, path
        assert failures == 0
        if requests:
            assert answered[path] == 1, path
    assert set(answered) <= set(counts)
    return counts


@pytest.mark.parametrize("processes", ["1", "2"])
def test_an_immediate_stop_counts_what_it_interrupts(command: Command, processes: str) -> None:
    result = command.run(NUMBERED, "-u", "8", "-r", "100", "-t", "1.5", "--processes", processes)
    counts = check_against_the_server(command, result)
    assert result.code == 0, result.err
    interrupted = sum(each[2] for each in counts.values())
    assert 1 <= interrupted <= 8
    assert len(counts) - interrupted > 20


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_graceful_stop_interrupts_nothing(command: Command, processes: str) -> None:
    # The time allowed is longer than anyone waits here for the end: it is not used up.
    result = command.run(NUMBERED, "-u", "8", "-r", "100", "-t", "1", "--stop-timeout", "100", "--processes", processes)
    counts = check_against_the_server(command, result)
    assert sum(each[2] for each in counts.values()) == 0


LIVES = """
import time
from locust import HttpUser, TaskSet, constant, task

class Base(HttpUser):
    abstract = True

    def on_stop(self):
        self.client.get("/ok", name=f"{type(self).__name__} on_stop")

class Waiter(Base):
    wait_time = constant(100)

    @task
    def once(self):
        self.client.get("/ok", name="waiter task")

class Worker(Base):
    wait_time = constant(100)

    @task
    class Inner(TaskSet):
        def on_stop(self):
            self.client.get("/ok", name="inner on_stop")

        @task
        def work(self):
            self.client.get("/ok", name="work begins")
            time.sleep(0.5)
            self.client.get("/ok", name="work goes on")
            time.sleep(1)
            self.client.get("/ok", name="work is done")
"""


@pytest.mark.parametrize("patience", ["0", "100"])
def test_what_a_stop_does_to_those_who_wait_and_those_who_work(command: Command, patience: str) -> None:
    result = command.run(LIVES, "-u", "4", "-r", "100", "-t", "0.8", "--stop-timeout", patience)
    assert result.code == 0, result.err
    counts = {name: requests for name, (requests, _, _) in result.counts().items()}
    # on_stop runs in any case, the one of the task set as well; who waits (for 100 s) does not hold up the end.
    always = {
        "waiter task": 2,
        "work begins": 2,
        "work goes on": 2,
        "Waiter on_stop": 2,
        "Worker on_stop": 2,
        "inner on_stop": 2,
    }
    assert counts == (always if patience == "0" else always | {"work is done": 2})
    assert result.events("generator_hung") == []
    assert command.truth()["requests"] == result.sent


def test_tasks_that_outlast_the_stop_timeout_are_ended(command: Command) -> None:
    result = command.run(LIVES, "-u", "4", "-r", "100", "-t", "0.8", "--stop-timeout", "0.2s")
    counts = result.counts()
    assert "work is done" not in counts
    assert counts["Worker on_stop"][0] == counts["Waiter on_stop"][0] == 2


def test_the_on_stops_of_waiting_users_run_side_by_side(command: Command) -> None:
    meet = """
        there.append(self)
        while len(there) < 20:
            time.sleep(0.01)
"""
    scenario = "there = []\n" + LIVES.split("class Worker")[0].replace("def on_stop(self):", f"def on_stop(self):{meet}")
    result = command.run(scenario, "-u", "20", "-r", "100", "-t", "0.8", "--stop-timeout", "10")
    assert result.counts()["Waiter on_stop"] == (20, 0, 0)


def test_ctrl_c_once_stops_and_reports(command: Command) -> None:
    running = command.start(NUMBERED, "-u", "4", "-r", "100", "--stop-timeout", "5", "--json", "out.json")
    wait_until(lambda: command.truth()["total"]["count"] >= 10, "some requests were answered")
    running.interrupt()
    result = running.wait()
    assert result.code == 0, result.err
    counts = check_against_the_server(command, result)
    assert sum(each[2] for each in counts.values()) == 0
    assert "Aggregated" in result.err
    assert (result.folder / "out.json").exists()


@pytest.mark.parametrize("processes", ["1", "2"])
def test_ctrl_c_twice_stops_at_once(command: Command, processes: str) -> None:
    scenario = NUMBERED.replace("self.ask(300)", "self.ask(60_000)")
    scenario += """
    def on_start(self):
        self.ask(10)

from locust import events

@events.test_stopping.add_listener
def _(**kw):
    print("stopping", flush=True)

@events.test_stop.add_listener
def _(**kw):
    print("stopped", flush=True)
"""
    running = command.start(scenario, "-u", "4", "-r", "100", "--stop-timeout", "100", "--processes", processes)
    wait_until(lambda: command.truth()["requests"] >= 8, "all are at their tasks")
    running.interrupt()
    running.wait_for_output("stopping")
    running.interrupt()
    result = running.wait()
    assert result.code == 0, result.err
    check_against_the_server(command, result)
    everyone = 1 if processes == "1" else 3
    assert (result.out.count("stopping"), result.out.count("stopped")) == (everyone, everyone)
    assert result.events("generator_hung") == []


def test_figures_of_requests_are_those_of_the_server(command: Command) -> None:
    scenario = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.01)

    @task
    def look(self):
        self.client.get("/delay?ms=50", name="/delay")
        self.client.get("/status/500", name="/status/500")
        self.client.get("/redirect/2", name="/redirect")
        self.client.get("/early-close", name="/early-close")
"""
    result = command.run(scenario, "-u", "3", "-r", "100", "-t", "1", "--stop-timeout", "5")
    assert result.code == 1
    truth = command.truth()["paths"]
    counts = result.counts()
    for name in ("/delay", "/status/500", "/early-close"):
        assert counts[name][0] == truth[name]["count"], name
    assert counts["/redirect"] == (truth["/redirect/2"]["count"], 0, 0)
    assert truth["/ok"]["count"] == counts["/redirect"][0]
    assert counts["/status/500"][0] == counts["/status/500"][1]
    assert counts["/early-close"][0] == counts["/early-close"][1]
    with result.reader() as reader:
        (slow,) = [entry for entry in reader.entries() if entry.name == "/delay"]
        assert slow.min_us is not None
        assert slow.min_us >= 50_000
        assert sum(row.requests for *_, row in reader.seconds_per_entry()) == sum(each[0] for each in counts.values())

"""The open model: iterations start when they are due, each is counted, and slowness shows."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from loadcell.histogram import Histogram
from tests.integration.loadcell_command import Command, Result, wait_until


def starts(result: Result) -> tuple[int, int, int]:
    """Iterations due, started and dropped."""
    with result.reader() as reader:
        found = reader.starts()
        assert found is not None
        assert found.lateness.total == found.started
        return found.due, found.started, found.dropped


PLAIN = """
from locust import HttpUser, between, task

class Customer(HttpUser):
    wait_time = between(100, 200)

    @task
    def ok(self):
        self.client.get("/ok")
"""


@pytest.mark.parametrize("processes", ["1", "2"])
def test_every_iteration_that_is_due_starts_and_wait_times_have_no_meaning(command: Command, processes: str) -> None:
    command.forget()
    result = command.run(PLAIN, "--rate", "150", "-t", "3", "--processes", processes, "-s", "5")
    assert result.code == 0, result.err
    assert starts(result) == (450, 450, 0)
    assert result.counts() == {"/ok": (450, 0, 0)}
    assert command.truth()["requests"] == 450
    with result.reader() as reader:
        assert reader.facts.model == "open"
        (entry,) = reader.entries()
        assert entry.intended.total == 450


def test_arrivals_at_random_are_as_many_in_every_run(url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    words = ("--rate", "100", "--arrivals", "poisson", "-t", "2")
    folders = {processes: tmp_path_factory.mktemp("random") for processes in ("1", "2")}

    def run(processes: str) -> tuple[int, int, int]:
        return starts(Command(folders[processes], url).run(PLAIN, *words, "--processes", processes))

    with ThreadPoolExecutor(2) as pool:
        first, again = pool.map(run, folders)
    assert again[0] == first[0]
    assert first[0] == first[1] + first[2]
    assert first[0] != 200
    assert 150 < first[0] < 250


STAGES = """
from locust import HttpUser, task

class Buyer(HttpUser):
    weight = 3

    def on_start(self):
        self.client.get("/ok", name="log in")

    @task
    def buy(self):
        self.client.get("/ok", name="buy")

class Reader(HttpUser):
    @task
    def read(self):
        self.client.get("/ok", name="read")
        self.client.get("/ok", name="read on")
"""


def test_stages_of_rates_and_users_who_are_there_before(command: Command, tmp_path: Path) -> None:
    result = command.run(
        STAGES, "--stages", "1s:80/s, soak 2s:80/s, 1s:0/s", "-u", "8", "-r", "8", "--json", "out.json", "-s", "5"
    )
    assert result.code == 0, result.err
    assert starts(result) == (240, 240, 0)
    counts = {name: requests for name, (requests, _, _) in result.counts().items()}
    # Shared out by weight exactly, however quick each is.
    assert (counts["buy"], counts["read"], counts["read on"]) == (180, 60, 60)
    found = json.loads((tmp_path / "out.json").read_text())
    assert [(stage["phase"], stage["rate"], stage["start_s"], stage["duration_s"]) for stage in found["stages"]] == [
        ("ramp", 0.0, 0.0, 1.0), ("ramp", 80.0, 1.0, 1.0), ("soak", 80.0, 2.0, 2.0), ("ramp", 80.0, 4.0, 1.0),
    ]  # fmt: skip
    assert found["stages"][2]["requests"] == 200
    assert found["starts"]["due"] == 240
    assert found["generator"]["late_p99_ms"] is not None
    assert found["run"]["model"] == "open"


NESTED = """
from locust import HttpUser, SequentialTaskSet, TaskSet, events, task

entered = left = 0

class Customer(HttpUser):
    @task
    class Shop(SequentialTaskSet):
        def on_start(self):
            global entered
            entered += 1

        @task
        def look(self):
            self.client.get("/ok", name="1 look")

        @task
        class Basket(TaskSet):
            @task
            def fill(self):
                self.client.get("/ok", name="2 fill")
                self.interrupt()

        @task
        def pay(self):
            self.client.get("/ok", name="3 pay")
            self.interrupt(reschedule=False)

@events.test_stop.add_listener
def stopped(environment):
    print("heard:", entered, flush=True)
"""


def test_a_nested_set_keeps_its_place_and_entering_it_is_no_iteration(command: Command) -> None:
    result = command.run(NESTED, "--rate", "60", "--max-users", "1", "-t", "2", "-s", "5")
    assert starts(result)[1:] == (120, 0)
    assert {name: count for name, (count, _, _) in result.counts().items()} == {"1 look": 40, "2 fill": 40, "3 pay": 40}
    # The user is in the shop for three iterations, so it entered once for each three.
    assert int(result.heard()[-1]) == 40


STOPPING = """
from locust import HttpUser, task
from locust.exception import StopUser

class Once(HttpUser):
    @task
    def once(self):
        self.client.get("/ok")
        raise StopUser
"""


def test_users_that_end_make_room_for_others(command: Command) -> None:
    result = command.run(STOPPING, "--rate", "50", "--max-users", "5", "-t", "2", "-s", "5")
    due, started, dropped = starts(result)
    assert (due, started, dropped) == (100, 100, 0)
    assert result.counts()["/ok"][0] == 100


SLOW = """
from locust import HttpUser, task

class Slow(HttpUser):
    @task
    def slow(self):
        self.client.get("/delay?ms=400", name="slow")
"""


def test_what_finds_no_user_is_dropped_and_said(command: Command) -> None:
    command.forget()
    result = command.run(SLOW, "--rate", "50", "--max-users", "4", "-t", "3", "-s", "5")
    due, started, dropped = starts(result)
    assert due == 150
    assert due == started + dropped
    # Four users with 0.4 s each can start 10 a second.
    assert 24 <= started <= 36
    assert result.counts()["slow"][0] == started == command.truth()["requests"]
    assert f"{dropped}" in result.err


STALLING = """
import gevent
import requests  # Here: while it is imported nothing else runs, which must not look like the stall.
from locust import HttpUser, task, events

class Customer(HttpUser):
    @task
    def ok(self):
        self.client.get("/ok", name="ok")

@events.test_start.add_listener
def begin(environment):
    def stall():
        gevent.sleep(2.0)
        requests.get(environment.host + "/stall?ms=1000")
    gevent.spawn(stall)
"""


def late_share(histogram: Histogram, low_ms: float, high_ms: float) -> int:
    return sum(count for us, count in histogram.buckets() if low_ms * 1000 <= us < high_ms * 1000)


@pytest.mark.parametrize("most", ["500", "10"])
def test_a_stall_shows_in_the_times_from_the_intended_start(command: Command, most: str) -> None:
    result = command.run(STALLING, "--rate", "100", "--max-users", most, "-u", "10", "-r", "100", "-t", "5", "-s", "5")
    due, started, dropped = starts(result)
    assert due == started + dropped
    with result.reader() as reader:
        (entry,) = (each for each in reader.entries() if each.name == "ok")
        assert entry.intended.total == entry.latency.total == started
        if most == "500":
            # Those due during the stall waited uniformly from 0 to 1 s, and nobody was dropped: 10 in each tenth.
            assert dropped == 0
            for tenth in range(2, 9):
                assert abs(late_share(entry.intended, tenth * 100, (tenth + 1) * 100) - 10) <= 3
        else:
            # Ten users wait in the stall, from its first tenth on; those due after them find nobody.
            assert 70 <= dropped <= 100
            assert 8 <= late_share(entry.intended, 500, 2000) <= 11


LOST = """
import os
from locust import HttpUser, events, task

class Customer(HttpUser):
    @task
    def ok(self):
        self.client.get("/ok")

@events.test_start.add_listener
def begin(environment):
    print("pid", os.getpid(), "users" if environment.runner.__class__.__name__ == "WorkerRunner" else "lead", flush=True)
"""


def test_the_arrivals_of_a_lost_generator_go_on_elsewhere(command: Command) -> None:
    running = command.start(LOST, "--rate", "100", "--processes", "2", "-t", "6", "-s", "5")
    running.wait_for_output("pid", 3)
    wait_until(lambda: "requests" in running.err, "the first figures")
    next(process for name, process in running.generators().items() if name.startswith("users")).kill()
    result = running.wait()
    assert result.events("generator_lost")
    due, started, dropped = starts(result)
    assert due == started + dropped
    with result.reader() as reader:
        per_second = [figures[0] for figures in reader.starts_per_second().values()]
    # What the lost one did since its last report is lost with it; afterwards all arrivals are there again.
    assert per_second[-1] <= 100
    assert [count for count in per_second if count != 100] <= [100] * 3
    assert per_second[3:6].count(100) >= 2
    assert 500 <= due <= 600


KILLED_ALONE = LOST.replace('"users" if environment.runner.__class__.__name__ == "WorkerRunner" else "lead"', '"users"')


def test_a_replaced_generator_goes_on_and_what_nobody_could_start_is_dropped(command: Command) -> None:
    running = command.start(KILLED_ALONE, "--rate", "100", "-t", "6", "-s", "5")
    running.wait_for_output("pid", 1)
    wait_until(lambda: "requests" in running.err, "the first figures")
    next(iter(running.generators().values())).kill()
    result = running.wait()
    assert result.events("generator_replaced")
    due, started, dropped = starts(result)
    assert due == started + dropped
    assert dropped > 0
    assert started > 200


def test_the_scenario_does_not_decide_on_the_load(command: Command) -> None:
    scenario = (
        PLAIN
        + """
from locust import events

@events.spawning_complete.add_listener
def more(user_count, **_):
    from gevent import spawn_later
    spawn_later(0.5, lambda: environment_of.runner.start(50, 50))

@events.init.add_listener
def keep(environment, **_):
    global environment_of
    environment_of = environment
"""
    )
    result = command.run(scenario, "--rate", "20", "-t", "2", "-s", "5")
    assert starts(result) == (40, 40, 0)
    (event,) = result.events("users_unchanged")
    assert event.level == "warning"


def test_a_shape_and_a_rate_are_too_many(command: Command) -> None:
    scenario = (
        PLAIN
        + """
from locust import LoadTestShape

class Stairs(LoadTestShape):
    def tick(self):
        return 1, 1
"""
    )
    result = command.run(scenario, "--rate", "20", "-t", "2")
    assert result.code == 2
    assert "Stairs" in result.err
    assert "Traceback" not in result.err


OWN_RATE = """
from locust import HttpUser, events, task

@events.init_command_line_parser.add_listener
def add(parser):
    parser.add_argument("--rate", type=float, default=1.0)

class Customer(HttpUser):
    @task
    def ok(self):
        self.client.get("/ok")
        print("heard:", self.environment.parsed_options.rate, flush=True)
        self.environment.runner.quit()
"""


def test_an_option_of_the_scenario_with_our_name_is_the_scenarios(command: Command) -> None:
    result = command.run(OWN_RATE, "--rate", "7.5", "-u", "1")
    assert result.code == 0, result.err
    assert result.heard()[0] == "7.5"
    with result.reader() as reader:
        assert reader.facts.model == "closed"


COURSES = {
    "spike": (("--plan", "spike", "-u", "10", "-t", "5"), ["baseline", "ramp", "spike", "ramp", "recovery"]),
    "smoke": (("--plan", "smoke", "--rate", "5", "-t", "2"), ["baseline"]),
    "stages": (("--stages", "1s:3, load 2s:3, 1s:0"), ["ramp", "load", "ramp"]),
}


@pytest.fixture(scope="module")
def planned(url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """The courses side by side: when a stage is over, the course says, and not how busy the machine is."""
    scenario = PLAIN.replace("between(100, 200)", "between(0.1, 0.2)")
    commands = {name: Command(tmp_path_factory.mktemp(name), url) for name in COURSES}
    with ThreadPoolExecutor(len(COURSES)) as pool:
        found = pool.map(lambda name: commands[name].run(scenario, *COURSES[name][0], "-s", "5"), COURSES)
        return dict(zip(COURSES, found, strict=True))


@pytest.mark.parametrize("name", COURSES)
def test_a_plan_tells_its_stages(planned: dict[str, Result], name: str) -> None:
    result, (_, phases) = planned[name], COURSES[name]
    assert result.code == 0, result.err
    with result.reader() as reader:
        stages: list[Any] = reader.stages()
    assert [stage.phase for stage in stages] == phases
    assert all(before.end_s == after.start_s for before, after in pairwise(stages))

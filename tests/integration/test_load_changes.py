"""A load that the scenario itself decides on, and what its processes say to one another."""

from __future__ import annotations

import pytest

from tests.integration.loadcell_command import Command

SHAPE = """
import time
from locust import HttpUser, LoadTestShape, constant, events, task

def heard(what):
    print("heard:", what, flush=True)

class Buyer(HttpUser):
    wait_time = constant(0.1)

    @task
    def buy(self):
        self.client.get("/ok", name="buy")

class Reader(HttpUser):
    wait_time = constant(0.1)

    @task
    def read(self):
        self.client.get("/ok", name="read")

class Stairs(LoadTestShape):
    def tick(self):
        at = self.get_run_time()
        heard(f"tick {at:.1f}")
        if at < 2.5:
            return 4, 2.5, [Buyer]
        if at < 3.5:
            return 6, 100, [Reader]
        return (1, 100) if at < 4.5 else None

events.spawning_complete.add_listener(lambda user_count: heard(f"complete {user_count}"))
events.test_start.add_listener(lambda environment: heard("begin"))
"""


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_shape_is_asked_every_second_also_while_users_are_being_started(command: Command, processes: str) -> None:
    result = command.run(SHAPE, "--processes", processes, "-t", "1")
    assert result.code == 0, result.err
    ticks = [float(line.split()[1]) for line in result.heard() if line.startswith("tick")]
    # Starting 4 users takes 1.2 s; the run time of the command line has no meaning.
    assert [round(tick) for tick in ticks] == [0, 1, 2, 3, 4, 5]
    counts = [int(line.split()[1]) for line in result.heard() if line.startswith("complete")]
    each = 1 if processes == "1" else 3
    assert counts == [4] * each + [6] * each + [1] * each
    by_class = result.users_by_class()
    assert {"Buyer": 4} in by_class
    assert {"Buyer": 4, "Reader": 2} in by_class
    assert max(sum(users.values()) for users in by_class) == 6
    (end,) = result.events("quit_requested")
    assert "Stairs" in end.text


CHANGES = """
import gevent
from locust import User, constant, events, task

class Idle(User):
    wait_time = constant(0.1)

    @task
    def nothing(self):
        self.environment.events.request.fire(request_type="X", name="x", response_time=1, response_length=0)

@events.test_start.add_listener
def begin(environment, **kwargs):
    gevent.spawn_later(1.5, environment.runner.start, 5, 50) if type(environment.runner).__name__ != "WorkerRunner" else None
"""


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_scenario_may_ask_for_another_number_of_users(command: Command, processes: str) -> None:
    result = command.run(CHANGES, "-u", "2", "-r", "10", "-t", "3", "--processes", processes)
    assert result.code == 0, result.err
    users = [sum(by_class.values()) for by_class in result.users_by_class()]
    assert users[0] == 2
    assert max(users) == 5
    (change,) = result.events("load_changed")
    assert change.data == {"users": 5, "spawn_rate": 50.0}


LONG_GOODBYE = """
import gevent
from locust import User, constant, task

class Guest(User):
    wait_time = constant(0.1)

    @task
    def nothing(self):
        self.environment.events.request.fire(request_type="X", name="x", response_time=1, response_length=0)

    def on_stop(self):
        try:
            gevent.sleep(1.5)
            print("heard: gone", flush=True)
        except BaseException:
            print("heard: cut short", flush=True)
            raise
"""


def test_what_users_do_at_their_end_is_not_cut_short_by_the_end_of_the_run(command: Command) -> None:
    result = command.run(LONG_GOODBYE, "--stages", "1s:3, 1s:3, 1s:0")
    assert result.heard() == ["gone"] * 3, result.err


GENERATIONS = """
import gc, weakref
from locust import HttpUser, LoadTestShape, constant, task

SEEN = weakref.WeakSet()

class Passer(HttpUser):
    wait_time = constant(0.1)

    def on_start(self):
        SEEN.add(self)

    @task
    def read(self):
        self.client.get("/ok")

class Waves(LoadTestShape):
    def tick(self):
        at = int(self.get_run_time())
        if at == 5:
            print("heard:", len(SEEN), flush=True)
            return None
        return (0, 1000) if at % 2 else (150, 1000)
"""


def test_users_that_are_gone_are_not_kept(command: Command) -> None:
    (kept,) = command.run(GENERATIONS, "--processes", "1").heard()
    assert int(kept) <= 200, "of three times 150"


MESSAGES = """
from locust import User, constant, events, task
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

def heard(what):
    print("heard:", what, flush=True)

@events.init.add_listener
def register(environment, **kwargs):
    if not isinstance(environment.runner, MasterRunner):
        environment.runner.register_message("orders", orders)
    if not isinstance(environment.runner, WorkerRunner):
        environment.runner.register_message("taken", taken)

def orders(environment, msg, **kwargs):
    environment.taken = msg.data
    environment.runner.send_message("taken", {"by": environment.runner.worker_index, "orders": msg.data})

def taken(environment, msg, **kwargs):
    known = isinstance(environment.runner, LocalRunner) or msg.node_id in environment.runner.clients
    heard(f"taken {msg.data['by']} {msg.data['orders']} {known}")

@events.test_start.add_listener
def share_out(environment, **kwargs):
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        for client_id in runner.clients:
            runner.send_message("orders", [runner.get_worker_index(client_id)], client_id)
    elif isinstance(runner, LocalRunner):
        runner.send_message("orders", [0])
    else:
        heard(f"ready with {environment.taken}")

@events.report_to_master.add_listener
def add(client_id, data):
    data["secret"] = 7

@events.worker_report.add_listener
def note(client_id, data):
    heard(f"report {data['secret']} {data['user_count']}")

class Idle(User):
    wait_time = constant(0.1)

    @task
    def nothing(self):
        self.environment.events.request.fire(request_type="X", name="x", response_time=1, response_length=0)
"""


def test_processes_say_things_to_one_another(command: Command) -> None:
    result = command.run(MESSAGES, "-u", "2", "-t", "1", "--processes", "2")
    assert result.code == 0, result.err
    heard = result.heard()
    assert {line for line in heard if line.startswith("taken")} == {"taken 0 [0] True", "taken 1 [1] True"}
    # What the lead says in test_start is there before the others start.
    assert {line for line in heard if line.startswith("ready")} == {"ready with [0]", "ready with [1]"}
    assert [line for line in heard if line.startswith("report 7")]


def test_a_process_that_is_alone_hears_itself(command: Command) -> None:
    result = command.run(MESSAGES, "-t", "0.5")
    assert result.code == 0, result.err
    assert result.heard() == ["taken 0 [0] True"]


STATS = """
from locust import HttpUser, constant, events, task
from locust.runners import WorkerRunner

class Buyer(HttpUser):
    wait_time = constant(0.05)

    @task
    def buy(self):
        self.client.get("/ok")
        self.client.get("/status/404", name="lost")

@events.quitting.add_listener
def judge(environment, **kwargs):
    if not isinstance(environment.runner, WorkerRunner):
        total, lost = environment.stats.total, environment.stats.get("lost", "GET")
        print("heard:", total.num_requests, total.num_failures, lost.num_requests, lost.fail_ratio, flush=True)
        environment.process_exit_code = 7 if total.fail_ratio > 0.4 else 0
"""


@pytest.mark.parametrize("processes", ["1", "2"])
def test_the_scenario_judges_by_the_figures_of_all_processes(command: Command, processes: str) -> None:
    result = command.run(STATS, "-u", "4", "-r", "100", "-t", "1.5", "--processes", processes)
    assert result.code == 7
    counts = result.counts()
    requests = sum(one[0] for one in counts.values())
    (line,) = result.heard()
    assert line.split() == [str(requests), str(counts["lost"][1]), str(counts["lost"][0]), "1.0"]


def test_the_statistics_may_begin_anew_when_all_users_are_there(command: Command) -> None:
    result = command.run(STATS, "-u", "4", "-r", "2", "-t", "4", "--reset-stats")
    (reset,) = result.events("stats_reset")
    assert 1.4 < reset.at_s < 2
    with result.reader() as reader:
        assert reader.counted_from == 2
        everything = reader.total(0).requests
        assert 0 < reader.total().requests < everything
        assert sum(reader.request_counts()) < everything * 2

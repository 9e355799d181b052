"""What a listener sees of the run, and what a script makes of it."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import gevent
import pytest

from loadcell.compat.locust.env import Environment
from loadcell.compat.locust.runners import RUNNERS, DistributedRunner, LocalRunner, MasterRunner, Runner, WorkerRunner
from loadcell.http.failures import CatchResponseError
from loadcell.messages import EntryCounts, Health, Interval
from loadcell.scenario import TaskSet, User, tag, task
from loadcell.scenario.events import Events, Unhandled
from loadcell.scenario.exceptions import RPCError, RunnerAlreadyExistsError
from loadcell.scenario.shape import LoadTestShape


class Shopper(User):
    @tag("a")
    @task(3)
    def buy(self) -> None: ...

    @task
    class Nested(TaskSet):
        @task(2)
        def look(self) -> None: ...


class FakeEngine:
    users = 3

    def settle(self) -> None: ...

    def users_by_class(self) -> dict[str, int]:
        return {"Shopper": 3}


class FakeConductor:
    """Writes down what the runner asks for."""

    def __init__(self) -> None:
        self.engine: Any = FakeEngine()
        self.asked: list[Any] = []

    def prepare(self) -> Any:
        return self.engine

    def begin(self) -> None: ...

    def change(self, users: int, spawn_rate: float, user_classes: Any) -> None:
        self.asked.append((users, spawn_rate, user_classes))
        gevent.spawn(self.complete)

    def complete(self) -> None: ...

    def stop(self, reason: str) -> None:
        self.asked.append(reason)

    def say(self, kind: str, data: Any, to: str) -> None:
        self.asked.append((kind, data, to))


def environment(**settings: Any) -> Environment:
    return Environment(user_classes=[Shopper], events=Events(Unhandled()), locustfile="shop.py", **settings)


def runner_of(role: str) -> tuple[Any, FakeConductor]:
    conductor = FakeConductor()
    return RUNNERS[role](environment(), conductor), conductor


def test_an_environment_says_what_is_run() -> None:
    found = environment(host="http://127.0.0.1", parsed_options=Namespace(stop_timeout=2.5))
    assert found.user_classes == [Shopper]
    assert found.user_classes_by_name == {"Shopper": Shopper}
    assert (found.host, found.locustfile, found.tags, found.exclude_tags) == ("http://127.0.0.1", "shop.py", None, None)
    assert (found.stop_timeout, found.process_exit_code, found.catch_exceptions) == (2.5, None, True)
    assert (found.web_ui, found.runner) == (None, None)


def test_no_stop_timeout_is_none_at_all() -> None:
    assert environment().stop_timeout == 0
    assert environment(parsed_options=Namespace(stop_timeout=None)).stop_timeout == 0
    assert environment(stop_timeout=3).stop_timeout == 3


def test_classes_that_can_not_run_together() -> None:
    class Weightless(User):
        weight = 0

    other = type("Shopper", (User,), {})
    with pytest.raises(ValueError, match="weight > 0"):
        Environment(user_classes=[Weightless])
    with pytest.raises(ValueError, match="same class name"):
        Environment(user_classes=[Shopper, other])
    wrong: Any = LoadTestShape
    with pytest.raises(ValueError, match="instance of LoadTestShape"):
        Environment(user_classes=[Shopper], shape_class=wrong)
    assert Environment(user_classes=[Shopper, Weightless]).user_classes == [Shopper]


def test_tags_of_the_environment_go_before_those_of_the_options() -> None:
    class Tagged(User):
        tasks = [Shopper.buy]  # noqa: RUF012

    found = Environment(user_classes=[Tagged], tags=["b"], parsed_options=Namespace(tags=["a"]), events=Events(Unhandled()))
    found.filter_tasks_by_tags()
    assert Tagged.tasks == []


def test_equal_weights_flatten_nested_tasks() -> None:
    class Equal(User):
        weight = 7
        tasks = list(Shopper.tasks)  # noqa: RUF012

    Environment(user_classes=[Equal]).assign_equal_weights()
    assert Equal.weight == 1
    assert [one.__name__ for one in Equal.tasks] == ["buy", "look"]


def test_user_classes_may_be_changed_by_name() -> None:
    class Changed(User):
        tasks = list(Shopper.tasks)  # noqa: RUF012

    Environment(user_classes=[Changed]).update_user_class({"user_class_name": "Changed", "weight": 4, "tasks": ["buy"]})
    assert (Changed.weight, {one.__name__ for one in Changed.tasks}) == (4, {"buy"})


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        ("single", {Runner, LocalRunner}),
        ("generator", {Runner, DistributedRunner, WorkerRunner}),
        ("lead", {Runner, DistributedRunner, MasterRunner}),
    ],
)
def test_the_kind_of_runner_tells_the_role(role: str, kinds: set[type[Runner]]) -> None:
    runner, _ = runner_of(role)
    every = (Runner, LocalRunner, DistributedRunner, WorkerRunner, MasterRunner)
    assert {kind for kind in every if isinstance(runner, kind)} == kinds


def test_a_runner_counts_users_and_ends_the_run() -> None:
    runner, conductor = runner_of("single")
    assert (runner.user_count, runner.user_classes_count, runner.state) == (3, {"Shopper": 3}, "ready")
    runner.stop()
    runner.quit()
    assert conductor.asked == ["the scenario called runner.stop()", "the scenario called runner.quit()"]


def test_a_runner_asks_for_another_load() -> None:
    runner, conductor = runner_of("single")
    told: list[int] = []
    runner.environment.events.spawning_complete.add_listener(lambda user_count: told.append(user_count))
    conductor.complete = lambda: runner.spawned({"Shopper": 10})  # type: ignore[method-assign]
    runner.start(10, spawn_rate=2, user_classes=[Shopper], wait=True)
    assert told == [10]
    assert conductor.asked == [(10, 2.0, ["Shopper"])]
    assert runner.target_user_count == 10


def test_a_message_needs_a_listener_of_which_there_is_one() -> None:
    runner, _ = runner_of("single")
    heard: list[Any] = []
    runner.register_message("orders", lambda environment, msg: heard.append((msg.type, msg.data, msg.node_id)))
    with pytest.raises(Exception, match="already had a listener"):
        runner.register_message("orders", print)
    runner.send_message("orders", [1])
    runner.send_message("nobody listens")
    assert heard == [("orders", [1], "local")]


def test_the_lead_knows_the_others() -> None:
    lead, conductor = runner_of("lead")
    lead.joined("1")
    lead.joined("2")
    assert (lead.worker_count, len(lead.clients.ready), lead.user_count) == (2, 2, 0)
    one, two = lead.clients
    assert [lead.get_worker_index(one), lead.get_worker_index(two)] == [0, 1]
    lead.state = "running"
    health = {"1": Health(cpu=50.0, memory_mb=10.0, users=4)}
    lead.merged(Interval(0, 0, 1, 7, {"Shopper": 7}, [], health=health))
    assert (lead.user_count, lead.user_classes_count) == (7, {"Shopper": 7})
    assert (lead.clients[one].user_count, lead.clients[one].cpu_usage, lead.clients[one].state) == (4, 50.0, "running")
    lead.left("1")
    assert (len(lead.clients.missing), lead.worker_count) == (1, 1)
    lead.send_message("orders", {}, client_id=two)
    assert conductor.asked == [("orders", {}, "2")]


def test_a_script_gets_one_runner_and_no_network_of_locusts() -> None:
    found = environment()
    found.create_local_runner()
    with pytest.raises(RunnerAlreadyExistsError):
        found.create_local_runner()
    with pytest.raises(RPCError, match="--processes"):
        environment().create_worker_runner("127.0.0.1", 5557)


def test_what_a_listener_reads_is_true_to_the_last_request() -> None:
    found = environment()
    found.create_local_runner()
    fire = found.events.request.fire
    fire(request_type="GET", name="/", response_time=12.5, response_length=3)
    assert (found.stats.total.num_requests, found.stats.get("/", "GET").max_response_time) == (1, 12.5)
    fire(request_type="GET", name="/", response_time=2, response_length=3, exception=CatchResponseError("no"))
    assert (found.stats.total.fail_ratio, found.stats.num_failures) == (0.5, 1)
    (error,) = found.stats.errors.values()
    assert error.to_name() == "GET /: no"
    # What was read early is still in the second that is written down.
    ((counts,), _, _, _) = found.equipment.recorder.drain()
    assert isinstance(counts, EntryCounts)
    assert (counts.requests, counts.failures) == (2, 1)

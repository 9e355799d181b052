"""Files that were written for Locust before 1.0."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from loadcell.compat import hooks, modules
from loadcell.scenario import HttpUser, User
from loadcell.scenario import events as hooks_of_the_process
from loadcell.scenario.events import Events, Unhandled, _told


@pytest.fixture(autouse=True)
def _old_locust() -> Iterator[None]:
    modules.install()
    hooks.install()
    _told.clear()
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "locust"]:
        del sys.modules[name]


@pytest.fixture
def events() -> Events:
    return Events(Unhandled())


class Runtime:
    killed = GeneratorExit

    def http_session(self, user: Any) -> Any:
        return ("session", user)


@pytest.fixture
def environment(events: Events) -> Any:
    return SimpleNamespace(events=events, runtime=Runtime(), catch_exceptions=True)


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "loadcell.compat"]


def test_an_http_locust_is_an_http_user_of_its_task_set(environment, caplog):
    from locust import HttpLocust, TaskSet, task

    class Shopping(TaskSet):
        @task
        def buy(self) -> None: ...

    class Shopper(HttpLocust):
        host = "http://shop"
        task_set = Shopping

    class Other(Shopper):
        pass

    assert issubclass(Shopper, HttpUser)
    assert Shopper.abstract is False
    assert Shopper.tasks == [Shopping]
    assert Other.tasks == [Shopping]
    user = Shopper(environment)
    assert user.client == ("session", user)
    assert Shopping(user).locust is user
    said = warnings_in(caplog)
    assert [text for text in said if "HttpLocust" in text and "HttpUser" in text]
    assert [text for text in said if "tasks = [Shopping]" in text]
    assert [text for text in said if "self.user" in text]
    assert len(said) == len(set(said)), "each kind is said once"


def test_a_task_set_takes_the_place_of_an_inherited_one():
    from locust import HttpLocust, TaskSet

    class First(TaskSet): ...

    class Second(TaskSet): ...

    class Base(HttpLocust):
        task_set = First

    class Derived(Base):
        task_set = Second

    assert Derived.tasks == [Second]


def test_a_locust_without_a_task_set_is_only_derived_from():
    from locust import Locust, TaskSet

    class XmlRpcLocust(Locust): ...

    class Client(XmlRpcLocust):
        task_set = TaskSet

    assert issubclass(XmlRpcLocust, User)
    assert (XmlRpcLocust.abstract, Client.abstract) == (True, False)


def test_waits_are_in_ms_and_1_s_unless_said_otherwise(environment):
    from locust import Locust, TaskSet

    class Patient(Locust):
        task_set = TaskSet

    class Quick(Locust):
        task_set = TaskSet
        min_wait = 10
        max_wait = 20

    class Own(Locust):
        task_set = TaskSet
        wait_function = lambda self: 250  # noqa: E731

    assert TaskSet(Patient(environment)).wait_time() == 1.0
    assert 0.010 <= TaskSet(Quick(environment)).wait_time() <= 0.020
    assert TaskSet(Own(environment)).wait_time() == 0.25


def test_wait_time_comes_before_min_wait(environment):
    from locust import Locust, TaskSet, constant

    class Both(Locust):
        task_set = TaskSet
        wait_time = constant(7)
        min_wait = 10

    assert TaskSet(Both(environment)).wait_time() == 7


def test_an_init_without_an_environment_still_makes_a_user(environment):
    from locust import Locust, TaskSet

    class Own(Locust):
        task_set = TaskSet

        def __init__(self) -> None:
            super().__init__()
            self.client = "mine"

    user = Own(environment)
    assert (user.client, user.environment) == ("mine", environment)


def test_setup_runs_once_and_teardown_at_the_end(environment):
    from locust import Locust, TaskSet

    said: list[str] = []

    class Steps(TaskSet):
        def setup(self) -> None:
            said.append("steps set up")

    class Own(Locust):
        task_set = Steps

        def setup(self) -> None:
            said.append("set up")

        def teardown(self) -> None:
            said.append("torn down")

    Own(environment)
    Own(environment)
    assert said == ["set up", "steps set up"]
    hooks_of_the_process.quitting.fire(environment=environment)
    assert said[2:] == ["torn down"]


def test_a_task_sequence_goes_by_its_numbers(environment):
    from locust import Locust, TaskSequence, seq_task, task

    class Steps(TaskSequence):
        @seq_task(2)
        def then(self) -> None: ...

        @seq_task(1)
        @task(2)
        def first(self) -> None: ...

    class Own(Locust):
        task_set = Steps

    steps = Steps(Own(environment))
    assert [steps.get_next_task().__name__ for _ in range(4)] == ["first", "first", "then", "first"]


def test_the_modules_of_then_are_there():
    import locust
    import locust.events
    from locust.core import HttpLocust, TaskSet, task
    from locust.events import request_success
    from locust.exception import StopLocust
    from locust.runners import MasterLocustRunner

    assert HttpLocust is locust.HttpLocust
    assert (TaskSet, task) == (locust.TaskSet, locust.task)
    assert locust.events is hooks_of_the_process
    assert request_success is locust.events.request_success
    assert StopLocust is locust.exception.StopUser
    assert MasterLocustRunner is locust.runners.MasterRunner


def request(events: Events, **more: Any) -> None:
    told: dict[str, Any] = {"request_type": "GET", "name": "/", "response_time": 3.5, "response_length": 7, **more}
    events.request.fire(**{"exception": None, "context": {}, "response": None, "start_time": 0, "url": "/", **told})


def test_listeners_of_success_and_failure_get_their_requests_with_the_keywords_of_then(events, caplog):
    heard: list[Any] = []

    def good(request_type: str, name: str, response_time: float, response_length: int) -> None:
        heard.append(("good", request_type, name, response_time, response_length))

    def bad(request_type: str, name: str, response_time: float, exception: Exception) -> None:
        heard.append(("bad", str(exception)))

    events.request_success += good
    events.request_failure.add_listener(bad)
    request(events)
    request(events, exception=ValueError("no"))
    assert heard == [("good", "GET", "/", 3.5, 7), ("bad", "no")]
    assert not events.unhandled.seen
    said = warnings_in(caplog)
    assert [text for text in said if "events.request_success" in text and "events.request," in text]
    assert [text for text in said if "+=" in text and "add_listener" in text]


def test_a_listener_may_be_taken_away_again(events):
    heard: list[Any] = []
    listener = events.request_success.add_listener(lambda **more: heard.append(more))
    events.request_success.remove_listener(listener)
    request(events)
    assert heard == []
    with pytest.raises(ValueError, match="not in list"):
        events.request_success.remove_listener(listener)


def test_a_client_of_then_reports_its_requests(events):
    heard: list[Any] = []

    def on_request(
        request_type: str, name: str, response_time: float, response_length: int, exception: Any, context: Any
    ) -> None:
        heard.append((name, exception))

    events.request.add_listener(on_request)
    error = OSError("gone")
    events.request_success.fire(request_type="rpc", name="add", response_time=2, response_length=0)
    events.request_failure.fire(request_type="rpc", name="sub", response_time=2, exception=error)
    assert heard == [("add", None), ("sub", error)]


@pytest.mark.parametrize(
    ("former", "today", "keywords"),
    [
        ("hatch_complete", "spawning_complete", {"user_count": 3}),
        ("locust_start_hatching", "test_start", {"environment": None}),
        ("locust_stop_hatching", "test_stop", {"environment": None}),
        ("slave_report", "worker_report", {"client_id": "a", "data": {}}),
    ],
)
def test_former_names_hear_what_today_is_fired(events, caplog, former, today, keywords):
    heard: list[Any] = []
    hook = getattr(events, former)
    hook += lambda: heard.append("no keywords")
    hook.add_listener(lambda **more: heard.append(more))
    getattr(events, today).fire(**keywords)
    assert heard == ["no keywords", keywords]
    assert [text for text in warnings_in(caplog) if former in text and today in text]


def test_a_locust_error_names_its_locust(events):
    heard: list[Any] = []
    events.locust_error += lambda locust_instance, exception, tb: heard.append((locust_instance, exception))
    events.user_error.fire(user_instance="user", exception="error", tb=None)
    assert heard == [("user", "error")]


def test_the_masters_hooks_are_for_the_lead_only(events):
    heard: list[Any] = []
    events.master_start_hatching += lambda: heard.append("start")
    events.test_start.fire(environment=SimpleNamespace(runner=object()))
    assert heard == []


def test_every_hook_takes_the_former_way_to_listen(events):
    heard: list[Any] = []
    events.quitting += lambda: heard.append("quitting")
    events.quitting.fire(environment=None)
    assert heard == ["quitting"]


def test_a_hook_that_never_was_is_an_attribute_error(events):
    with pytest.raises(AttributeError, match="no attribute 'request_sucess'"):
        _ = events.request_sucess
    assert not hasattr(events, "__wrapped__")


def test_a_file_of_today_is_told_nothing(caplog, environment):
    from locust import HttpUser, events, task

    class Shopper(HttpUser):
        host = "http://shop"

        @task
        def buy(self) -> None: ...

    Shopper(environment)
    listener = events.test_start.add_listener(lambda environment: None)
    events.test_start.remove_listener(listener)
    with caplog.at_level(logging.WARNING):
        assert warnings_in(caplog) == []

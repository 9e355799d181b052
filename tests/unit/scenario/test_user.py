from __future__ import annotations

import logging

import pytest

from loadcell.scenario import FastHttpUser, HttpUser, TaskSet, User, task
from loadcell.scenario.exceptions import InterruptTaskSet, RescheduleTask, StopTest, StopUser


class Shopper(User):
    """Of this module, for its full name."""


def test_what_a_user_class_is_unless_it_says_otherwise():
    assert (User.weight, User.fixed_count, User.host, User.abstract) == (1, 0, None, True)
    assert Shopper.abstract is False
    assert User.tasks == []


def test_being_abstract_is_not_inherited():
    class Base(User):
        abstract = True

    class Concrete(Base): ...

    assert Base.abstract is True
    assert Concrete.abstract is False
    assert HttpUser.abstract is True
    assert FastHttpUser.abstract is True


def test_a_user_does_not_wait_between_tasks_unless_it_says_so(environment):
    assert Shopper(environment).wait_time() == 0


def test_wait_time_may_be_a_lambda_or_a_method(environment):
    class Lambda(User):
        wait_time = lambda self: self.pause  # noqa: E731
        pause = 4

    class Method(User):
        def wait_time(self):
            return 5

    assert (Lambda(environment).wait_time(), Method(environment).wait_time()) == (4, 5)


def test_the_old_task_set_attribute_is_warned_of():
    class Browsing(TaskSet): ...

    with pytest.warns(DeprecationWarning, match=r"tasks = \[Browsing\]"):
        type(User)("Old", (User,), {"task_set": Browsing})


def test_full_name_and_settings():
    class Local(User):
        host = "http://shop"
        weight = 2.5
        fixed_count = 3

        @task(2)
        def buy(self): ...

    assert Shopper.fullname() == f"{__name__}.Shopper"
    assert Local.fullname() == f"{__name__}.test_full_name_and_settings.Local"
    assert Local.json() == {"host": "http://shop", "weight": 2.5, "fixed_count": 3, "tasks": ["buy", "buy"]}


def test_a_user_has_its_environment_and_an_empty_context(environment):
    user = Shopper(environment)
    assert user.environment is environment
    assert user.context() == {}


@pytest.mark.parametrize("error", [ValueError("no"), RescheduleTask("no"), InterruptTaskSet("no")])
def test_an_exception_in_on_start_is_an_error_and_ends_the_user_without_on_stop(environment, trace, traced, caplog, error):
    class Failing(traced):
        def on_start(self):
            raise error

        @task
        def buy(self):
            trace.append("never")

    with pytest.raises(type(error)):
        Failing(environment).run()
    assert trace == []
    assert environment.user_errors == [error]
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("locust.user.users", logging.ERROR)
    assert record.getMessage().startswith("no\nTraceback")


@pytest.mark.parametrize("error", [StopUser(), StopTest()])
def test_stopping_in_on_start_is_no_error(environment, trace, traced, error):
    class Stopping(traced):
        def on_start(self):
            raise error

    Stopping(environment).run()
    assert trace == ["stop"]
    assert environment.user_errors == []


def test_wait_sleeps_inside_a_task(environment, trace, traced):
    class Waiting(traced):
        @task
        def buy(self):
            self.wait()
            raise StopUser

    Waiting(environment).run()
    assert trace == ["start", "wait", "stop"]
    assert environment.runtime.naps == [1]


class FakeGroup:
    """A group of greenlets, as far as users use one."""

    def __init__(self):
        self.killed = []

    def spawn(self, function, *arguments):
        self.spawned = (function, arguments)
        return "greenlet"

    def killone(self, greenlet):
        self.killed.append(greenlet)


def test_a_started_user_is_the_argument_of_its_greenlet(environment, trace, traced):
    class Stopping(traced):
        @task
        def leave(self):
            raise StopUser

    group, user = FakeGroup(), Stopping(environment)
    assert user.start(group) == "greenlet"
    assert (user.group, user.greenlet) == (group, "greenlet")
    function, arguments = group.spawned
    assert arguments == (user,)
    function(*arguments)
    assert trace == ["start", "stop"]


@pytest.mark.parametrize(
    ("state", "force", "at_once"),
    [
        (None, False, True),
        ("waiting", False, True),
        ("running", True, True),
        ("stopping", True, True),
        ("running", False, False),
    ],
)
def test_stop_ends_a_waiting_user_at_once_and_a_running_one_after_its_task(environment, state, force, at_once):
    group, user = FakeGroup(), Shopper(environment)
    user.start(group)
    user._state = state
    assert user.stop(force) is at_once
    assert group.killed == (["greenlet"] if at_once else [])
    assert user._state == (state if at_once else "stopping")


def test_a_user_can_be_asked_to_stop_only_once(environment):
    user = Shopper(environment)
    user._state = "stopping"
    with pytest.raises(Exception, match="stopping already"):
        user.stop()


@pytest.mark.parametrize(("base", "session"), [(HttpUser, "session"), (FastHttpUser, "fast session")])
def test_the_client_is_made_by_the_runtime_from_the_user(environment, base, session):
    class Client(base):
        host = "http://shop"

    user = Client(environment)
    assert user.client == (session, user)
    assert TaskSet(user).client is user.client


@pytest.mark.parametrize("base", [HttpUser, FastHttpUser])
def test_a_user_with_a_client_needs_a_host(environment, base):
    class Client(base): ...

    with pytest.raises(StopTest, match="You must specify the base host"):
        Client(environment)


def test_a_user_without_a_client_has_none(environment):
    assert not hasattr(Shopper(environment), "client")


@pytest.mark.parametrize("base", [HttpUser, FastHttpUser])
def test_an_own_init_may_pass_on_what_it_gets(environment, base):
    class Client(base):
        host = "http://shop"

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.basket = []

    assert Client(environment).basket == []


def test_settings_of_the_clients():
    assert (HttpUser.pool_manager, HttpUser.network_timeout, HttpUser.connection_timeout) == (None, 60, 60)
    names = "network_timeout connection_timeout max_redirects max_retries insecure default_headers concurrency"
    assert [getattr(FastHttpUser, name) for name in names.split()] == [60, 60, 30, 0, True, None, 10]
    names = "proxy_host proxy_port client_pool ssl_context_factory"
    assert [getattr(FastHttpUser, name) for name in names.split()] == [None] * 4

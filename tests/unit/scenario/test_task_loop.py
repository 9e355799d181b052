"""The loop in which a user executes tasks: what each exception does, when it waits, what runs when it ends."""

# ruff: noqa: RUF012 - scenarios set `tasks` to plain lists and dicts

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from loadcell.scenario import SequentialTaskSet, TaskSet, task
from loadcell.scenario.exceptions import (
    InterruptTaskSet,
    MissingWaitTimeError,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)


@pytest.fixture
def stopper():
    """A task set that writes down its start and stop."""

    class Traced(TaskSet):
        def on_start(self):
            self.user.environment.trace.append(f"{type(self).__name__} start")

        def on_stop(self):
            self.user.environment.trace.append(f"{type(self).__name__} stop")

    return Traced


def user_with(traced, *tasks):
    """A class of users that execute `tasks` one after another and then stop."""

    def over(task_set):
        raise StopUser

    class Sequence(SequentialTaskSet):
        pass

    Sequence.tasks = [*tasks, over]

    class Shopper(traced):
        tasks = [Sequence]

    return Shopper


def raising(error):
    def fail(task_set):
        task_set.user.environment.trace.append("fail")
        raise error

    return fail


def fine(task_set):
    task_set.user.environment.trace.append("fine")


def test_a_user_starts_waits_after_each_task_and_stops(environment, trace, traced):
    user_with(traced, fine, fine)(environment).run()
    assert trace == ["start", "fine", "wait", "fine", "wait", "stop"]
    assert environment.runtime.naps == [1, 1]


def test_a_user_s_own_tasks_get_the_user(environment, trace, traced):
    class Shopper(traced):
        @task
        def own(self):
            trace.append(self)
            raise StopUser

    user = Shopper(environment)
    user.run()
    assert trace == ["start", user, "stop"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RescheduleTask(), ["start", "fail", "wait", "fine", "wait", "stop"]),
        (RescheduleTaskImmediately(), ["start", "fail", "fine", "wait", "stop"]),
        (StopUser(), ["start", "fail", "stop"]),
        (StopTest("over"), ["start", "fail", "stop"]),
        (GeneratorExit(), ["start", "fail", "stop"]),
    ],
)
def test_what_steers_a_user_is_no_error(environment, trace, traced, caplog, error, expected):
    user_with(traced, raising(error), fine)(environment).run()
    assert trace == expected
    assert environment.user_errors == []
    assert caplog.records == []


def test_an_exception_in_a_task_is_fired_and_logged_and_the_user_waits_and_goes_on(environment, trace, traced, caplog):
    error = ValueError("sold out")
    fired = []
    environment.events.user_error.add_listener(lambda **keywords: fired.append(keywords))
    user_with(traced, raising(error), raising(error), fine)(environment).run()
    assert trace == ["start", "fail", "wait", "fail", "wait", "fine", "wait", "stop"]
    assert [set(keywords) for keywords in fired] == [{"user_instance", "exception", "tb"}] * 2
    assert fired[0]["exception"] is error
    assert fired[0]["tb"] is not None
    assert fired[0]["user_instance"].user.environment is environment
    for record in caplog.records:
        assert (record.name, record.levelno) == ("locust.user.task", logging.ERROR)
        assert record.getMessage().startswith("sold out\nTraceback")
        assert "in fail" in record.getMessage()
    assert len(caplog.records) == 2


def test_an_exception_is_raised_where_the_environment_does_not_catch_it(environment, trace, traced):
    environment.catch_exceptions = False
    error = ValueError("sold out")
    with pytest.raises(ValueError, match="sold out"):
        user_with(traced, raising(error))(environment).run()
    assert trace == ["start", "fail"]
    assert error in environment.user_errors


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_what_ends_the_process_passes_and_no_hook_runs(environment, trace, traced, error):
    with pytest.raises(type(error)):
        user_with(traced, raising(error))(environment).run()
    assert trace == ["start", "fail"]


def test_a_nested_task_set_starts_on_each_entry_and_stops_on_each_interrupt(environment, trace, traced, stopper):
    class Nested(stopper):
        @task
        def leave(self):
            trace.append(type(self.parent).__name__)
            self.interrupt()

    user_with(traced, Nested, Nested, fine)(environment).run()
    entry = ["Nested start", "Sequence", "Nested stop"]
    assert trace == ["start", *entry, *entry, "fine", "wait", "stop"]


def test_an_interrupt_without_reschedule_lets_the_parent_wait_first(environment, trace, traced, stopper):
    class Nested(stopper):
        @task
        def leave(self):
            self.interrupt(reschedule=False)

    user_with(traced, Nested, fine)(environment).run()
    assert trace == ["start", "Nested start", "Nested stop", "wait", "fine", "wait", "stop"]


@pytest.mark.parametrize(("reschedule", "waits"), [(True, []), (False, ["wait"])])
def test_an_interrupt_in_on_start_leaves_without_on_stop(environment, trace, traced, stopper, reschedule, waits):
    class Nested(stopper):
        def on_start(self):
            self.interrupt(reschedule)

    user_with(traced, Nested)(environment).run()
    assert trace == ["start", *waits, "stop"]


@pytest.mark.parametrize(("reschedule", "kind"), [(True, RescheduleTaskImmediately), (False, RescheduleTask)])
def test_an_interrupt_outside_a_task_set_ends_the_user_without_on_stop(environment, trace, traced, reschedule, kind):
    class Shopper(traced):
        @task
        def own(self):
            raise InterruptTaskSet(reschedule)

    with pytest.raises(kind):
        Shopper(environment).run()
    assert trace == ["start"]
    assert environment.user_errors == []


@pytest.mark.parametrize("error", [StopUser(), StopTest(), GeneratorExit()])
def test_when_a_user_ends_the_innermost_task_set_stops_first(environment, trace, traced, stopper, error):
    class Inner(stopper):
        tasks = [raising(error)]

    class Outer(stopper):
        tasks = [Inner]

    class Shopper(traced):
        tasks = [Outer]

    Shopper(environment).run()
    assert trace == ["start", "Outer start", "Inner start", "fail", "Inner stop", "Outer stop", "stop"]


@pytest.mark.parametrize("error", [ValueError("x"), StopUser()])
def test_an_exception_in_the_on_stop_of_a_task_set_is_logged_and_the_user_ends(environment, trace, traced, caplog, error):
    class Nested(TaskSet):
        tasks = [raising(StopUser())]

        def on_stop(self):
            raise error

    user_with(traced, Nested)(environment).run()
    assert trace == ["start", "fail", "stop"]
    assert "Uncaught exception in on_stop" in caplog.text


@pytest.mark.parametrize(
    ("error", "goes_on", "logged"), [(ValueError("x"), ["fine", "wait"], 1), (StopUser(), [], 0), (GeneratorExit(), [], 0)]
)
def test_an_exception_in_on_stop_after_an_interrupt(environment, trace, traced, caplog, error, goes_on, logged):
    class Nested(TaskSet):
        tasks = [raising(InterruptTaskSet())]

        def on_stop(self):
            raise error

    user_with(traced, Nested, fine)(environment).run()
    assert trace == ["start", "fail", *goes_on, "stop"]
    assert len(caplog.records) == logged


def test_a_request_listener_may_end_the_task(environment, trace, traced):
    @environment.events.request.add_listener
    def on_request(name):
        raise RescheduleTaskImmediately

    def request(task_set):
        task_set.user.environment.events.request.fire(name="/")
        trace.append("never")

    user_with(traced, request, fine)(environment).run()
    assert trace == ["start", "fine", "wait", "stop"]


def test_the_wait_of_a_nested_task_set_is_the_user_s_not_the_parent_s(environment, trace, traced):
    class Inner(TaskSet):
        @task
        def leave(self):
            self.wait()
            raise StopUser

    class Outer(TaskSet):
        tasks = [Inner]

        def wait_time(self):
            trace.append("outer wait")
            return 0

    user_with(traced, Outer)(environment).run()
    assert trace == ["start", "wait", "stop"]


def test_a_task_set_s_own_wait_time_is_called_with_the_task_set(environment, traced):
    class Sequence(SequentialTaskSet):
        tasks = [fine, raising(StopUser())]

        def wait_time(self):
            return 7 if isinstance(self, Sequence) else 0

    class Shopper(traced):
        tasks = [Sequence]

    Shopper(environment).run()
    assert environment.runtime.naps == [7]


def test_without_a_wait_time_min_wait_and_max_wait_count_in_ms(environment, traced):
    class Shopper(user_with(traced, fine)):
        wait_time = None
        min_wait = max_wait = 250

    Shopper(environment).run()
    assert environment.runtime.naps == [0.25]


def test_without_any_wait_time_the_user_reports_it_and_dies(environment, trace, traced):
    class Shopper(user_with(traced, fine)):
        wait_time = None

    with pytest.raises(MissingWaitTimeError):
        Shopper(environment).run()
    assert trace == ["start", "fine"]
    assert environment.user_errors


def test_a_wait_time_that_fails_once_is_an_error_and_asked_again(environment, trace, traced):
    class Shopper(user_with(traced, fine)):
        failed = False

        def wait_time(self):
            if not self.failed:
                self.failed = True
                raise ValueError("wait")
            return 3

    Shopper(environment).run()
    assert trace == ["start", "fine", "stop"]
    assert environment.runtime.naps == [3]
    assert [str(error) for error in environment.user_errors] == ["wait"]


def test_the_state_tells_tasks_from_waits(environment, trace, traced):
    def note_state(task_set):
        trace.append(task_set.user._state)

    user = user_with(traced, note_state, note_state)(environment)
    environment.runtime.during = lambda: trace.append(user._state)
    user.run()
    assert trace == ["start", "running", "wait", "waiting", "running", "wait", "waiting", "stop"]


def stop_user(task_set):
    task_set.user._state = "stopping"


def test_a_user_asked_to_stop_ends_after_the_task_under_way(environment, trace, traced, stopper):
    def asked(task_set):
        stop_user(task_set)
        fine(task_set)

    class Nested(stopper):
        tasks = [asked]

    user_with(traced, Nested, fine)(environment).run()
    assert trace == ["start", "Nested start", "fine", "Nested stop", "stop"]
    assert environment.runtime.naps == []


@pytest.mark.parametrize("error", [RescheduleTask(), RescheduleTaskImmediately(), ValueError()])
def test_a_user_asked_to_stop_ends_however_the_task_under_way_ends(environment, trace, traced, stopper, error):
    def asked(task_set):
        stop_user(task_set)
        raise error

    class Nested(stopper):
        tasks = [asked]

    user_with(traced, Nested, fine)(environment).run()
    assert trace == ["start", "Nested start", "Nested stop", "stop"]


def test_a_user_asked_to_stop_in_on_start_executes_no_task(environment, trace, traced, stopper):
    class Nested(stopper):
        tasks = [fine]

        def on_start(self):
            super().on_start()
            stop_user(self)

    user_with(traced, Nested)(environment).run()
    assert trace == ["start", "Nested start", "Nested stop", "stop"]


@pytest.mark.parametrize("task_before", [fine, raising(ValueError("x"))])
def test_a_user_killed_while_it_waits_runs_every_on_stop(environment, trace, traced, stopper, task_before):
    class Nested(stopper):
        tasks = [task_before]

    def kill():
        raise GeneratorExit

    environment.runtime.during = kill
    user_with(traced, Nested)(environment).run()
    assert trace[-3:] == ["wait", "Nested stop", "stop"]


def test_a_user_asked_to_stop_while_it_waits_ends_after_the_wait(environment, trace, traced):
    user = user_with(traced, fine, fine)(environment)
    environment.runtime.during = lambda: setattr(user, "_state", "stopping")
    user.run()
    assert trace == ["start", "fine", "wait", "stop"]


@pytest.mark.parametrize("name", ["execute_task", "get_next_task"])
def test_a_plugin_may_replace_a_step_of_the_users_own_task_set(name):
    """In a process of its own: what is replaced stays so."""
    script = f"""
from loadcell.scenario import User, task
from loadcell.scenario.tasks import DefaultTaskSet
class Shopper(User):
    @task
    def buy(self): print("buy")
own = DefaultTaskSet.{name}
def counted(self, *args):
    print("counted")
    return own(self, *args)
DefaultTaskSet.{name} = counted
DefaultTaskSet(Shopper(None)).execute_next_task()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert done.stdout.split() == ["counted", "buy"], done.stderr

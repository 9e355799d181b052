from __future__ import annotations

import logging

import pytest

from loadcell.scenario import events
from loadcell.scenario.events import UNHANDLED, EventHook, Events, RequestHook, Unhandled
from loadcell.scenario.exceptions import FLOW, RescheduleTask

LOCUSTS_HOOKS = {
    "request", "user_error", "report_to_master", "worker_report", "worker_connect", "spawning_complete", "quitting",
    "quit", "init", "init_command_line_parser", "test_start", "test_stopping", "test_stop", "reset_stats",
    "cpu_warning", "heartbeat_sent", "heartbeat_received", "usage_monitor",
}  # fmt: skip


def test_there_is_a_hook_for_each_of_locust_s():
    own = Events(Unhandled())
    assert {name for name, value in vars(own).items() if isinstance(value, EventHook)} == LOCUSTS_HOOKS


def test_the_process_s_hooks_report_to_the_process():
    assert isinstance(events, Events)
    assert events.unhandled is UNHANDLED


def test_listeners_are_called_in_order_and_in_reverse():
    hook, called = EventHook(), []
    hook.add_listener(lambda **_: called.append(1))
    hook.add_listener(lambda **_: called.append(2))
    hook.fire()
    hook.fire(reverse=True)
    assert called == [1, 2, 2, 1]


def test_add_listener_is_a_decorator_and_passes_exactly_the_keywords():
    hook, called = EventHook(), []

    @hook.add_listener
    def listener(environment):
        called.append(environment)

    assert callable(listener)
    hook.fire(environment="here")
    hook.remove_listener(listener)
    hook.fire(environment="again")
    assert called == ["here"]


def test_listeners_that_come_or_go_while_the_event_fires_count_from_the_next_time():
    hook, called = EventHook(), []

    @hook.add_listener
    def first():
        called.append("first")
        hook.remove_listener(first)
        hook.add_listener(lambda: called.append("late"))

    hook.add_listener(lambda: called.append("second"))
    hook.fire()
    assert called == ["first", "second"]
    hook.fire()
    assert called == ["first", "second", "second", "late"]


@pytest.mark.parametrize("kind", FLOW)
def test_what_steers_a_user_goes_to_the_caller(kind):
    unhandled = Unhandled()
    hook, called = EventHook(unhandled), []

    @hook.add_listener
    def listener():
        raise kind

    hook.add_listener(lambda: called.append("later"))
    with pytest.raises(kind):
        hook.fire()
    assert called == []
    assert not unhandled.seen


def test_another_exception_of_a_listener_is_logged_and_remembered_and_the_rest_is_called(caplog):
    own = Events(Unhandled())
    called = []

    @own.init.add_listener
    def listener():
        raise ValueError("broken")

    own.init.add_listener(lambda: called.append("later"))
    own.init.fire()
    assert called == ["later"]
    assert own.unhandled.seen
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "Uncaught exception in event handler" in record.getMessage()
    assert "ValueError: broken" in record.getMessage()


def collected(hook):
    requests = []
    hook.add_listener(lambda **keywords: requests.append(keywords))
    return requests


def test_measure_reports_the_block_as_a_request():
    hook = RequestHook()
    requests = collected(hook)
    with hook.measure("SQL", "select", 10, {"who": 1}) as meta:
        meta["response_length"] = 20
    (request,) = requests
    assert request["response_time"] >= 0
    assert request["start_time"] > 0
    assert {name: request[name] for name in ("request_type", "name", "response_length", "context", "exception")} == {
        "request_type": "SQL",
        "name": "select",
        "response_length": 20,
        "context": {"who": 1},
        "exception": None,
    }


def test_measure_swallows_an_exception_and_reports_it():
    hook = EventHook()
    requests = collected(hook)
    error = ValueError("no")
    with hook.measure("SQL", "select"):
        raise error
    assert requests[0]["exception"] is error


def test_measure_reports_nothing_of_a_user_that_is_killed_inside_it():
    hook = EventHook()
    requests = collected(hook)
    with pytest.raises(KeyboardInterrupt), hook.measure("SQL", "select"):
        raise KeyboardInterrupt
    assert requests == []


def test_the_recorder_has_its_place_among_the_listeners():
    hook, called = RequestHook(), []
    hook.add_listener(lambda **_: called.append("module level"))
    hook.recorder = lambda **_: called.append("old recorder")
    hook.add_listener(lambda **_: called.append("in init"))
    hook.recorder = lambda **_: called.append("recorder")
    hook.fire(name="x")
    assert called == ["module level", "recorder", "in init"]
    hook.recorder = None
    hook.fire(name="x")
    assert called[3:] == ["module level", "in init"]


def test_a_listener_before_the_recorder_can_keep_a_request_from_being_counted():
    hook, called = RequestHook(), []

    @hook.add_listener
    def listener(name):
        raise RescheduleTask

    hook.recorder = lambda name: called.append(name)
    with pytest.raises(RescheduleTask):
        hook.fire(name="x")
    assert called == []


def test_a_request_is_observed_while_anybody_but_the_recorder_listens():
    hook = RequestHook()
    assert not hook.observed
    hook.recorder = lambda **_: None
    assert not hook.observed
    listener = hook.add_listener(lambda **_: None)
    assert hook.observed
    hook.remove_listener(listener)
    assert not hook.observed
    listener = hook.add_listener(lambda **_: None)
    hook.remove_listener(hook.recorder)
    assert hook.recorder is None
    assert hook.observed
    hook.remove_listener(listener)
    assert not hook.observed

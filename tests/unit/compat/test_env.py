"""What a listener sees of the run."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import pytest

from loadcell.compat.locust.env import Environment
from loadcell.compat.locust.runners import RUNNERS, DistributedRunner, LocalRunner, MasterRunner, Runner, WorkerRunner
from loadcell.scenario import User
from loadcell.scenario.events import Events, Unhandled


class Shopper(User):
    pass


class FakeEngine:
    users = 3

    def users_by_class(self) -> dict[str, int]:
        return {"Shopper": 3}


def environment(**options: Any) -> Environment:
    runtime: Any = object()
    return Environment(
        user_classes={"Shopper": Shopper},
        events=Events(Unhandled()),
        host="http://127.0.0.1",
        runtime=runtime,
        parsed_options=Namespace(**options),
        locustfile="shop.py",
    )


def test_an_environment_says_what_is_run() -> None:
    found = environment(tags=["a"], stop_timeout=2.5)
    assert found.user_classes == [Shopper]
    assert found.user_classes_by_name == {"Shopper": Shopper}
    assert (found.host, found.locustfile, found.tags, found.exclude_tags) == ("http://127.0.0.1", "shop.py", ["a"], None)
    assert (found.stop_timeout, found.process_exit_code, found.catch_exceptions) == (2.5, None, True)
    assert (found.web_ui, found.runner) == (None, None)


def test_no_stop_timeout_is_none_at_all() -> None:
    assert environment().stop_timeout == 0
    assert environment(stop_timeout=None).stop_timeout == 0


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        ("single", {Runner, LocalRunner}),
        ("generator", {Runner, DistributedRunner, WorkerRunner}),
        ("lead", {Runner, DistributedRunner, MasterRunner}),
    ],
)
def test_the_kind_of_runner_tells_the_role(role: str, kinds: set[type[Runner]]) -> None:
    engine: Any = FakeEngine()
    runner = RUNNERS[role](environment(), engine, lambda reason: None, 0)
    every = (Runner, LocalRunner, DistributedRunner, WorkerRunner, MasterRunner)
    assert {kind for kind in every if isinstance(runner, kind)} == kinds


def test_a_runner_counts_users_and_ends_the_run() -> None:
    engine: Any = FakeEngine()
    asked: list[str] = []
    runner = RUNNERS["single"](environment(), engine, asked.append, 4)
    assert (runner.user_count, runner.user_classes_count, runner.worker_index, runner.state) == (
        3,
        {"Shopper": 3},
        4,
        "ready",
    )
    runner.quit()
    runner.stop()
    assert asked == ["the scenario called runner.quit()", "the scenario called runner.stop()"]

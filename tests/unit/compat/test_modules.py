"""`import locust` and its parts, as scenarios write it."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from loadcell.compat import modules

NAMES = {
    "locust": "User HttpUser FastHttpUser TaskSet SequentialTaskSet task tag events between constant constant_pacing "
    "constant_throughput poisson __version__ user exception wait_time contrib runners env event clients",
    "locust.user": "User HttpUser TaskSet task tag users wait_time",
    "locust.user.users": "User HttpUser FastHttpUser",
    "locust.user.task": "TaskSet DefaultTaskSet task tag LOCUST_STATE_RUNNING LOCUST_STATE_STOPPING",
    "locust.user.wait_time": "between constant constant_pacing constant_throughput poisson",
    "locust.exception": "StopUser StopTest RescheduleTask RescheduleTaskImmediately InterruptTaskSet LocustError "
    "ResponseError CatchResponseError MissingWaitTimeError RPCError RunnerAlreadyExistsError",
    "locust.event": "EventHook Events",
    "locust.env": "Environment",
    "locust.runners": "Runner LocalRunner DistributedRunner MasterRunner WorkerRunner STATE_INIT STATE_SPAWNING "
    "STATE_RUNNING STATE_CLEANUP STATE_STOPPING STATE_STOPPED STATE_MISSING",
    "locust.clients": "HttpSession ResponseContextManager",
    "locust.contrib.fasthttp": "FastHttpUser FastHttpSession FastResponse ResponseContextManager",
}


@pytest.fixture
def _installed() -> Iterator[None]:
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "locust"}
    modules.install()
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "locust"]:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there(name: str) -> None:
    module = importlib.import_module(name)
    assert [each for each in NAMES[name].split() if not hasattr(module, each)] == []


@pytest.mark.usefixtures("_installed")
def test_modules_are_attributes_without_further_import() -> None:
    locust = importlib.import_module("locust")
    assert locust.contrib.fasthttp.FastHttpUser is locust.FastHttpUser
    assert locust.user.wait_time.between is locust.between
    assert locust.user.wait_time is locust.wait_time


def test_the_library_alone_is_not_taken_for_locust() -> None:
    code = "import sys, loadcell; assert not [n for n in sys.modules if n.split('.')[0] in ('locust', 'gevent')]"
    subprocess.run([sys.executable, "-c", code], check=True)

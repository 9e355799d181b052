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
    "locust.contrib.fasthttp": "FastHttpUser FastHttpSession FastResponse ResponseContextManager "
    "RestResponseContextManager ErrorResponse LocustBadStatusCode LocustUserAgent FAILURE_EXCEPTIONS "
    "insecure_ssl_context_factory",
    "locust.main": "main create_environment load_locustfile merge_locustfiles_content",
    "locust.argument_parser": "LocustArgumentParser get_parser parse_options get_empty_argument_parser "
    "setup_parser_arguments default_args_dict ui_extra_args_dict parse_locustfile_option "
    "get_locustfiles_locally parse_locustfile_paths",
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
def test_the_functions_of_the_statistics_come_with_an_asterisk() -> None:
    names: dict[str, object] = {}
    exec("from locust.stats import *", names)
    wanted = (
        "RequestStats StatsEntry stats_printer stats_history print_stats get_stats_summary sort_stats bucket_response_time"
    )
    assert [each for each in wanted.split() if each not in names] == []


@pytest.mark.usefixtures("_installed")
def test_modules_are_attributes_without_further_import() -> None:
    locust = importlib.import_module("locust")
    assert locust.contrib.fasthttp.FastHttpUser is locust.FastHttpUser
    assert locust.user.wait_time.between is locust.between
    assert locust.user.wait_time is locust.wait_time


def test_the_library_alone_is_not_taken_for_locust() -> None:
    code = "import sys, loadcell; assert not [n for n in sys.modules if n.split('.')[0] in ('locust', 'gevent')]"
    subprocess.run([sys.executable, "-c", code], check=True)

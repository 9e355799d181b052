"""Nothing is sent to what may not be tested. Should the guard fail, the scenario itself lets no packet out."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Done, Shell

SCENARIO = """
import sys
from locust import HttpUser, FastHttpUser, constant
from loadcell.compat import RequestsUser
from requests.adapters import HTTPAdapter

def watch(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] != "127.0.0.1":
        sys.stderr.write(f"A PACKET TO {arguments[1]}\\n")
        raise ConnectionRefusedError(111, "not in a test")

sys.addaudithook(watch)

def look(user):
    user.client.get("/ok", name="near")
    user.client.get("http://203.0.113.9/x", name="absolute")
    user.client.get("/redirect-to?url=http://203.0.113.9/x", name="redirect")

def by_proxy(user):
    user.client.proxies = {"http": user.host}
    user.client.get("/ok", name="near")
    user.client.get("http://203.0.113.9/x", name="absolute")
    user.client.get("http://nowhere.invalid/x", name="redirect")

class Http(HttpUser):
    wait_time, tasks = constant(0.1), [look]

class Fast(FastHttpUser):
    wait_time, tasks = constant(0.1), [look]

class Requests(RequestsUser):
    wait_time, tasks = constant(0.1), [look]

class Adapter(RequestsUser):
    wait_time, tasks = constant(0.1), [look]

    def on_start(self):
        self.client.mount("http://", HTTPAdapter())

class HttpAdapter(HttpUser):
    wait_time, tasks = constant(0.1), [look]

    def on_start(self):
        self.client.mount("http://", HTTPAdapter(max_retries=1))

class HttpProxy(HttpUser):
    wait_time, tasks = constant(0.1), [by_proxy]

class Proxy(RequestsUser):
    wait_time, tasks = constant(0.1), [by_proxy]
"""
USERS = ("Http", "HttpAdapter", "HttpProxy", "Fast", "Requests", "Adapter", "Proxy")


@pytest.fixture(scope="module")
def outcomes(new_shell: Callable[[str], Shell], target: str) -> dict[str, tuple[Done, dict[str, Any]]]:
    """Each class of the scenario run by itself, a few at a time: how the command ended, and the document."""
    shells = {user: new_shell(user) for user in USERS}

    def run(user: str) -> tuple[Done, dict[str, Any]]:
        shell = shells[user]
        shell.write("locustfile.py", SCENARIO)
        done = shell.run("-H", target, "-t", "1s", "--headless", "--json", "r.json", user)
        return done, json.loads((shell.folder / "r.json").read_text())

    with ThreadPoolExecutor(3) as pool:
        return dict(zip(USERS, pool.map(run, USERS), strict=True))


@pytest.mark.parametrize("user", USERS)
def test_requests_to_elsewhere_fail_and_say_what_to_do(outcomes: dict[str, tuple[Done, dict[str, Any]]], user: str) -> None:
    done, document = outcomes[user]
    assert "A PACKET" not in done.err
    assert done.code == 1
    counts = {
        entry["name"]: (entry["requests"] > 0, entry["requests"] == entry["failures"]) for entry in document["entries"]
    }
    assert counts == {"near": (True, False), "absolute": (True, True), "redirect": (True, True)}
    for error in document["errors"]:
        assert "TargetNotAllowed" in error["error"]
        assert "--target-owned" in error["error"]


def test_a_host_that_may_not_be_tested_stops_the_command(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    done = shell.run("-H", "http://203.0.113.9", "-t", "1s", "--headless", "Http")
    assert done.code == 2
    assert done.err == (
        "error: 203.0.113.9 is neither on this machine nor in a private network: nothing is sent to it.\n"
        '  If you may test it, say --target-owned, or put allowed_targets = ["203.0.113.9"] in loadcell.toml.\n'
    )
    assert not list(shell.folder.glob(".loadcell/runs/*.loadcell"))


@pytest.mark.parametrize("processes", ["1", "2"])
def test_so_does_the_host_of_a_class(shell: Shell, processes: str) -> None:
    shell.write("locustfile.py", SCENARIO + '\nHttp.host = "http://203.0.113.9"\n')
    done = shell.run("-t", "1s", "--headless", "--processes", processes, "Http")
    assert done.code == 2
    assert "203.0.113.9 is neither on this machine nor in a private network" in done.err
    assert "A PACKET" not in done.err


def test_allowed_targets_are_read_from_the_configuration(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO + '\nHttp.host = "http://203.0.113.9"\n')
    shell.write("loadcell.toml", 'allowed_targets = ["198.51.100.1", "203.0.113.0/24"]\n')
    done = shell.run("-t", "1s", "--headless", "Http")
    # It may be tested now, and is tried: the scenario's own watch is all that stops the packet.
    assert "A PACKET TO ('203.0.113.9', 80)" in done.err


def test_a_wrong_entry_of_the_list_is_told(shell: Shell) -> None:
    shell.write("locustfile.py", SCENARIO)
    shell.write("loadcell.toml", 'allowed_targets = ["https://shop.example/"]\n')
    done = shell.run("-H", "http://127.0.0.1:1", "-t", "1s", "--headless")
    assert done.code == 2
    assert "allowed_targets" in done.err
    assert "is a URL: give the name or address of the host alone" in done.err


LIBRARY = """
import sys
def watch(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        print("A PACKET")
        raise ConnectionRefusedError(111, "not in a test")
sys.addaudithook(watch)

from locust import HttpUser, task
from locust.env import Environment

class Http(HttpUser):
    host = "http://203.0.113.9"

print(Http(Environment(user_classes=[Http])).client.get("/").error)
"""


def test_scripts_are_guarded_by_the_configuration_around_them(shell: Shell) -> None:
    shell.write("script.py", LIBRARY)
    assert "--target-owned" in shell.run("python", "script.py").out
    assert "A PACKET" in shell.run("python", "script.py", LOADCELL_TARGET_OWNED="1").out
    shell.write("loadcell.toml", 'allowed_targets = ["203.0.113.9"]\n')
    assert "A PACKET" in shell.run("python", "script.py").out

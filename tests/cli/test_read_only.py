"""`--read-only`: the service sees no request that may change data."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.target.launch import target_server

if TYPE_CHECKING:
    from tests.cli.conftest import Done, Shell

SCENARIO = """
from locust import HttpUser, FastHttpUser, constant, task
from loadcell.compat import RequestsUser
from requests.adapters import HTTPAdapter

def shop(user):
    user.client.get("/ok")
    assert user.client.post("/echo", json={"a": 1}).status_code == 204
    assert user.client.delete("/echo", name="away").ok
    with user.client.put("/echo", catch_response=True) as response:
        if response.text != "":
            response.failure("not what was expected")

class Http(HttpUser):
    wait_time, tasks = constant(0.1), [shop]

class BecameRequests(HttpUser):
    wait_time, tasks = constant(0.1), [shop]

    def on_start(self):
        self.client.mount("http://", HTTPAdapter(max_retries=1))

class Fast(FastHttpUser):
    wait_time, tasks = constant(0.1), [shop]

class Requests(RequestsUser):
    wait_time, tasks = constant(0.1), [shop]
"""


USERS = ("Http", "BecameRequests", "Fast", "Requests")


@pytest.fixture(scope="module")
def outcomes(new_shell: Callable[[str], Shell]) -> dict[str, tuple[Done, dict[str, Any], Shell]]:
    """Each class of the scenario run by itself on a server of its own, a few at a time; with what the server counted."""
    shells = {user: new_shell(user) for user in USERS}

    def run(user: str) -> tuple[Done, dict[str, Any], Shell]:
        shell = shells[user]
        shell.write("locustfile.py", SCENARIO)
        with target_server() as target:
            done = shell.run("-H", target, "-t", "1s", "--headless", "--read-only", "--json", "r.json", user)
            return done, shell.truth(target), shell

    with ThreadPoolExecutor(3) as pool:
        return dict(zip(USERS, pool.map(run, USERS), strict=True))


@pytest.mark.parametrize("user", USERS)
def test_only_what_reads_is_sent(outcomes: dict[str, tuple[Done, dict[str, Any], Shell]], user: str) -> None:
    done, truth, shell = outcomes[user]
    assert done.code == 0, done.err
    assert set(truth["paths"]) == {"/ok"}
    document = json.loads((shell.folder / "r.json").read_text())
    counts = {(entry["method"], entry["name"]): (entry["requests"], entry["left_out"]) for entry in document["entries"]}
    rounds = counts[("GET", "/ok")][0]
    assert rounds == truth["total"]["count"]
    assert set(counts) == {("GET", "/ok"), ("POST", "/echo"), ("DELETE", "away"), ("PUT", "/echo")}
    for entry, (requests, left_out) in counts.items():
        if entry[0] != "GET":
            assert requests == 0
            assert left_out in (rounds, rounds - 1), "the last round may have been interrupted"
    assert document["total"]["left_out"] == sum(left_out for _, left_out in counts.values())
    assert "requests were not sent, for --read-only: " in done.err

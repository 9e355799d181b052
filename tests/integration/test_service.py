"""What is seen of a service that runs on this machine: a real server with several workers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loadcell.guard import Guard
from loadcell.monitors.listening import find_listening
from loadcell.service.description import describe_target
from tests.integration.loadcell_command import Command, wait_until
from tests.target.launch import target_server

uvicorn = pytest.importorskip("uvicorn")

APP = """
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, *flags: str) -> Iterator[tuple[str, int]]:
    """A server with these flags; its URL and its pid."""
    (folder / "shop.py").write_text(APP)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "shop:app", "--lifespan", "off", "--port", str(port), *flags]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    return bool(answer.read() == b"ok")
            except OSError:
                return False

        try:
            wait_until(answers, "the server answers")
            yield url, process.pid
        finally:
            process.terminate()


def test_a_server_with_workers(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2", "--no-access-log", "--header", "X-Api-Key:abc") as (url, pid):
        wait_until(lambda: describe_target(url, Guard()).get("workers") == 2, "both workers are there")
        found = describe_target(url, Guard())
    assert found["path"] == "loopback"
    assert found["address"] == "127.0.0.1"
    assert (found["pid"], found["server"], found["no_access_log"]) == (pid, "uvicorn", True)
    assert found["cores"] <= (os.cpu_count() or 1)
    assert found["versions"]["uvicorn"] == uvicorn.__version__
    assert sys.version.startswith(found["python"])
    assert "shop:app" in found["command"]
    assert "abc" not in found["command"]


def test_secrets_of_its_command_line_are_not_kept(tmp_path: Path) -> None:
    with serving(tmp_path, "--ssl-keyfile-password", "hunter2") as (url, _):
        found = describe_target(url, Guard())
    assert "hunter2" not in json.dumps(found)
    assert "--ssl-keyfile-password" in found["command"]


def test_looking_sends_nothing_to_a_service_on_this_machine() -> None:
    with target_server() as url:
        assert describe_target(url, Guard())["path"] == "loopback"
        with urllib.request.urlopen(f"{url}/__truth__") as answer:
            assert json.loads(answer.read())["connections"] == 1, "the one that asks"


def test_what_cannot_be_seen_is_left_out() -> None:
    assert find_listening(free_port()) is None
    assert describe_target(f"http://127.0.0.1:{free_port()}", Guard())["path"] == "loopback"
    assert describe_target("http://203.0.113.9", Guard()) == {}, "not even looked at: it is not permitted"
    assert describe_target("http://" + "x" * 70, Guard()) == {}
    assert describe_target("http://[", Guard()) == {}
    assert describe_target("http+unix://%2Ftmp%2Fs", Guard()) == {"path": "unix socket", "socket": "/tmp/s"}


def test_a_run_keeps_what_was_seen(tmp_path: Path) -> None:
    scenario = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.client.get("/")
"""
    with serving(tmp_path) as (url, pid):
        command = Command(tmp_path, url)
        result = command.run(scenario, "-t", "2s")
    with result.reader() as reader:
        target = reader.environment["target"]
        assert target["pid"] == pid
        assert target["server_header"] == "uvicorn"
        assert target["http_version"] == "1.1"
        assert reader.environment["generator"]["cores"] >= 1
        assert not [event for event in reader.events() if event.kind == "target_seen"]
    assert "Target: uvicorn" in result.err

"""A script that was written for the page of Locust gets from ours what it gets from the real one."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.served_page import page
from tests.integration.loadcell_command import wait_until
from tests.parity.harness import locust_command
from tests.target.launch import target_server

SCENARIO = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.1)

    @task(3)
    def read(self):
        self.client.get("/status/200", name="/read")

    @task
    def fails(self):
        self.client.get("/status/404", name="/missing")

    @task
    def raises(self):
        raise RuntimeError("an exception of the scenario's")
"""
# As it would stand in somebody's pipeline.
SCRIPT = """
set -euo pipefail
curl -sSf -X POST -F user_count=4 -F spawn_rate=10 -F host="$TARGET" "$PAGE/swarm" > swarm.json
for _ in $(seq 100); do
    [ "$(curl -sSf "$PAGE/stats/requests" | grep -o '"user_count": *[0-9]*' | grep -o '[0-9]*$')" = 4 ] && break
    sleep 0.1
done
sleep 2.5
curl -sSf "$PAGE/stats/requests" > running.json
curl -sSf "$PAGE/exceptions" > exceptions.json
curl -sSf "$PAGE/tasks" > tasks.json
curl -sSf "$PAGE/logs" > logs.json
curl -sSf "$PAGE/worker-count" > workers.json
curl -sSf -X POST "$PAGE/stop" > stop.json
curl -sSf "$PAGE/stats/requests" > stopped.json
curl -sSf "$PAGE/stats/requests/csv" > requests.csv
curl -sSf "$PAGE/stats/failures/csv" > failures.csv
curl -sSf "$PAGE/exceptions/csv" > exceptions.csv
"""


pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine: the script can't be run")


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    with target_server() as url:
        yield url


@contextmanager
def locusts(folder: Path, target: str) -> Iterator[str]:
    """The page of the real Locust."""
    command = locust_command()
    if command is None:
        pytest.skip("the real Locust can't be installed here")
    folder.mkdir()
    (folder / "locustfile.py").write_text(SCENARIO)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["-f", "locustfile.py", "-H", target, "--web-host", "127.0.0.1", "--web-port", str(port)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
    with (folder / "said").open("w") as said:
        process = subprocess.Popen([command, *words], cwd=folder, env=kept, stdout=said, stderr=said)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(url), "the real Locust serves its page")
        yield url
    finally:
        process.terminate()
        process.wait(20)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/stats/requests").status_code == 200
    except httpx.TransportError:
        return False


def told(folder: Path, page_url: str, target: str) -> dict[str, Any]:
    """What the script finds, by file."""
    folder.mkdir()
    env = os.environ | {"PAGE": page_url, "TARGET": target}
    done = subprocess.run(["bash", "-c", SCRIPT], cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = {}
    for path in folder.iterdir():
        text = path.read_text()
        found[path.name] = text.splitlines()[0] if path.suffix == ".csv" else shape(httpx.Response(200, text=text).json())
    return found


def shape(value: Any) -> Any:
    """The names and kinds in an answer: figures differ, and how many there are of what."""
    if isinstance(value, dict):
        return {re.sub(r"^(read|fails|raises|Visitor)$", "…", key): shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def test_the_answers_have_the_names_and_kinds_of_locusts(tmp_path: Path, target: str) -> None:
    with locusts(tmp_path / "locust", target) as url:
        theirs = told(tmp_path / "theirs", url, target)
    with page(tmp_path / "loadcell", "-H", target, scenario=SCENARIO) as opened:
        ours = told(tmp_path / "ours", opened.url, target)
    assert theirs.keys() == ours.keys()
    for name, answer in theirs.items():
        assert ours[name] == answer, name

"""Real services with one fault each, from outside and with the probe: the cause is found, and a healthy one has none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.monitored import uvicorn

SERVICE = (Path(__file__).parent / "service.py").read_text()
SCENARIO = """
from loadcell import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant({wait})

    @task
    def go(self):
        self.client.get("{path}")
"""


def served_and_diagnosed(folder: Path, path: str, *, users: int) -> dict[str, Any]:
    """The result of 20 s of load on a service that is started with the probe in it."""
    (folder / "locustfile.py").write_text(SCENARIO.format(path=path, wait=0))
    (folder / "faulty.py").write_text(SERVICE)
    words = ["--app", "faulty:app", "-u", f"{users}", "-r", "10", "-t", "20s", "--json", "out.json"]
    command = [sys.executable, "-m", "loadcell", "run", "--headless", *words]
    subprocess.run(command, cwd=folder, capture_output=True, timeout=90, check=False)
    found: dict[str, Any] = json.loads((folder / "out.json").read_text())
    return found


def diagnosed(folder: Path, path: str, *, users: int, spawn_rate: int, wait: float = 0.0) -> dict[str, Any]:
    """The result of 15 s of load on one endpoint of the service."""
    (folder / "locustfile.py").write_text(SCENARIO.format(path=path, wait=wait))
    with uvicorn(folder, app=SERVICE) as (port, _):
        words = [
            "-H",
            f"http://127.0.0.1:{port}",
            "-u",
            f"{users}",
            "-r",
            f"{spawn_rate}",
            "-t",
            "15s",
            "--json",
            "out.json",
        ]
        command = [sys.executable, "-m", "loadcell", "run", "--headless", *words]
        subprocess.run(command, cwd=folder, capture_output=True, timeout=90, check=False)
    found: dict[str, Any] = json.loads((folder / "out.json").read_text())
    return found


def codes(result: dict[str, Any]) -> list[str]:
    return [found["code"] for found in result["findings"]]


@pytest.mark.verify
def test_a_service_that_computes_all_the_time_is_out_of_computing_time(tmp_path: Path) -> None:
    result = diagnosed(tmp_path, "/cpu", users=8, spawn_rate=2)
    # On a single core, or beside other programs, the machine is full as well.
    assert set(codes(result)) & {"cpu_bound", "too_few_workers"}
    assert set(codes(result)) <= {"cpu_bound", "too_few_workers", "noisy_neighbour"}
    assert result["diagnosis"]["reduced"]


@pytest.mark.verify
def test_a_sleep_in_async_code_blocks_the_loop(tmp_path: Path) -> None:
    result = diagnosed(tmp_path, "/block", users=8, spawn_rate=2)
    assert codes(result) == ["blocked_event_loop"]
    (found,) = result["findings"]
    assert found["confidence"] == "medium"
    assert found["evidence"][0]["signal"] == "loop_in_sleep"
    # py-spy names the line, where it may look at the process.
    assert found["where"].startswith("served.py:") or any("loadcell_probe" in text for text in found["unseen"])


@pytest.mark.slow
def test_with_the_probe_the_line_that_blocks_is_named(tmp_path: Path) -> None:
    result = served_and_diagnosed(tmp_path, "/block", users=8)
    (found,) = result["findings"]
    assert (found["code"], found["confidence"]) == ("blocked_event_loop", "high")
    file, _, line = found["where"].partition(":")
    assert file == "faulty.py"
    assert "sleep" in SERVICE.splitlines()[int(line) - 1]
    assert not result["diagnosis"]["reduced"]


@pytest.mark.verify
def test_sync_endpoints_run_out_of_threads(tmp_path: Path) -> None:
    result = diagnosed(tmp_path, "/thread", users=80, spawn_rate=40)
    assert codes(result) == ["thread_pool_exhausted"]
    assert {piece["signal"] for piece in result["findings"][0]["evidence"]} >= {"worker_threads", "concurrency"}


@pytest.mark.slow
def test_a_healthy_service_with_room_left_has_no_cause(tmp_path: Path) -> None:
    # 10 users with pauses of 60 ms and 1 ms of CPU a request: a quarter of a core.
    result = diagnosed(tmp_path, "/healthy", users=10, spawn_rate=2, wait=0.06)
    assert codes(result) == []
    assert result["diagnosis"]["sources"] == ["client", "outside"]


@pytest.mark.verify
def test_failures_come_before_all_else(tmp_path: Path) -> None:
    result = diagnosed(tmp_path, "/fail", users=4, spawn_rate=2)
    assert codes(result)[0] == "errors"
    assert result["findings"][0]["where"] == "GET /fail"

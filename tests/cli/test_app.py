"""`--app`: the service is started for the time of the run, watched from inside, and stopped again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

APP = """
import time

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    time.sleep(0.01)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
"""
SCENARIO = """
from loadcell import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.client.get("/")
"""


def loadcell(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "service.py").write_text(APP)
    (folder / "locustfile.py").write_text(SCENARIO)
    command = [sys.executable, "-m", "loadcell", "run", "--headless", "-u", "4", "-r", "10", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90, check=False)


def processes_in(folder: Path) -> list[int]:
    return [process.pid for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == str(folder)]


def test_the_service_is_started_watched_from_inside_and_stopped(tmp_path: Path) -> None:
    done = loadcell(
        tmp_path, "--app", "service:app", "-t", "5s", "--json", "out.json", "--objective", "server.loop_lag < 5s"
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["run"]["host"].startswith("http://127.0.0.1:")
    assert found["total"]["failures"] == 0
    # Each request blocks the loop for 10 ms.
    assert found["server"]["loop_lag"]["max"] > 5
    assert 8 < found["server"]["request_time"]["avg"] < 100
    assert found["objectives"][0]["passed"] is True
    assert processes_in(tmp_path) == []


@pytest.mark.parametrize(
    ("app", "told"), [("service:nothing", "nothing"), ("nowhere:app", "nowhere"), ("service", "named as module:app")]
)
def test_an_application_that_is_not_there_is_told_in_a_sentence(tmp_path: Path, app: str, told: str) -> None:
    done = loadcell(tmp_path, "--app", app, "-t", "5s")
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("error: ") == 1
    assert list(tmp_path.rglob("*.loadcell")) == [tmp_path / ".loadcell"], "no run file"
    assert processes_in(tmp_path) == []


def test_a_host_beside_an_application_is_told_of(tmp_path: Path) -> None:
    done = loadcell(tmp_path, "--app", "service:app", "-H", "http://127.0.0.1:9", "-t", "1s")
    assert "-H names http://127.0.0.1:9: that is loaded, and service:app" in " ".join(done.stderr.split())


def test_workers_without_an_application_are_told_of(tmp_path: Path) -> None:
    done = loadcell(tmp_path, "-H", "http://127.0.0.1:9", "--workers", "2", "-t", "1s")
    assert "--workers and --app-python are about the service that --app starts" in done.stderr

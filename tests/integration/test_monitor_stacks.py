"""Real services without a probe, kept busy: py-spy names the line, and the diagnosis says where."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loadcell.monitors.processes import Processes
from loadcell.monitors.reading import Reading, Sight, Unseen
from loadcell.monitors.stacks import Stacks, find_tool
from tests.integration.loadcell_command import wait_until
from tests.integration.monitored import answered, opened, sights
from tests.probe.servers import ServiceUnderProbe, uvicorn

pytest.importorskip("uvicorn")
TOOL = find_tool()
needs_tool = pytest.mark.skipif(TOOL is None, reason="py-spy is not installed")

APP = """
import time
from fastapi import FastAPI

app = FastAPI()

@app.get("/")
async def root():
    return {}

def old_client():
    time.sleep(0.02)

@app.get("/block")
async def block():
    old_client()

@app.get("/crunch")
async def crunch():
    end = time.thread_time() + 0.02
    while time.thread_time() < end:
        pass
"""


@contextmanager
def service(folder: Path) -> Iterator[ServiceUnderProbe]:
    (folder / "served.py").write_text(APP)
    with uvicorn("served:app", folder / "probe", {"LOADCELL_PROBE_DIR": ""}, cwd=folder) as running:
        yield running


@contextmanager
def kept_busy(url: str) -> Iterator[None]:
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            answered(url)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def monitor_of(running: ServiceUnderProbe, tool: str | None) -> Processes:
    return Processes(pid=running.process.pid, stacks=Stacks(tool, every_s=0.1))


def lines(found: list[Sight], signal: str) -> list[str]:
    return [sight.of.partition(" ")[2] for sight in found if isinstance(sight, Reading) and sight.signal == signal]


@needs_tool
@pytest.mark.parametrize(
    ("path", "signal", "line"),
    [("/block", "stack_blocking", "served.py:12 old_client"), ("/crunch", "stack_computing", "served.py:21 crunch")],
)
def test_the_line_that_keeps_a_loop_busy_is_named(tmp_path: Path, path: str, signal: str, line: str) -> None:
    with service(tmp_path) as running, opened(monitor_of(running, TOOL)) as monitor:
        assert lines(sights(monitor), signal) == []
        with kept_busy(running.url + path):
            found = wait_until(lambda: lines(sights(monitor), signal), "the line is named")
        # A look may find the line before or after the loop's condition.
        assert found[0].startswith(line.rpartition(":")[0])
        assert found[0].endswith(line.rpartition(" ")[2])
        wait_until(lambda: not lines(sights(monitor), signal), "it is not busy any more")


def unseen(monitor: Processes) -> list[str]:
    return [sight.remedy for sight in sights(monitor) if isinstance(sight, Unseen) and "at which line" in sight.what]


def test_without_py_spy_it_is_said_how_to_get_it_once_a_worker_is_busy(tmp_path: Path) -> None:
    with service(tmp_path) as running, opened(monitor_of(running, None)) as monitor:
        assert unseen(monitor) == []
        with kept_busy(running.url + "/block"):
            (remedy,) = wait_until(lambda: unseen(monitor), "it is said")
    assert remedy.startswith("pip install 'loadcell[pyspy]'")


@needs_tool
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root, to be somebody else")
def test_where_py_spy_may_not_look_it_is_said_who_may(tmp_path: Path) -> None:
    somebody = tmp_path / "py-spy"
    somebody.write_text(f'#!/bin/sh\nexec setpriv --reuid 65534 --clear-groups "{TOOL}" "$@"\n')
    somebody.chmod(0o755)
    with (
        service(tmp_path) as running,
        opened(monitor_of(running, str(somebody))) as monitor,
        kept_busy(running.url + "/block"),
    ):
        (remedy,) = wait_until(lambda: unseen(monitor), "it is said")
    assert remedy.startswith("py-spy may not look at the service")


@needs_tool
@pytest.mark.verify
@pytest.mark.parametrize(
    ("path", "code", "where"), [("/block", "blocked_event_loop", "served.py:12"), ("/crunch", "cpu_bound", "served.py:2")]
)
def test_the_reduced_diagnosis_says_where(tmp_path: Path, path: str, code: str, where: str) -> None:
    (tmp_path / "scenario.py").write_text(
        "from loadcell import FastHttpUser, task\n\n\n"
        f"class Caller(FastHttpUser):\n    @task\n    def call(self):\n        self.client.get({path!r})\n"
    )
    with service(tmp_path) as running:
        command = ["run", "-f", "scenario.py", "-H", running.url, "--headless", "-u", "8", "-r", "8", "-t", "25s"]
        subprocess.run(
            [sys.executable, "-m", "loadcell", *command, "--json", "result.json"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")},
            capture_output=True,
            check=True,
            timeout=90,
        )
    first, *_ = json.loads((tmp_path / "result.json").read_text())["findings"]
    assert (first["code"], first["where"][: len(where)]) == (code, where)

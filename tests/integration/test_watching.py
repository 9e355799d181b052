"""A run that watches its service: the signals in the result, objectives about them, sources that fail."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loadcell.store import RunReader
from tests.integration.monitored import free_port, uvicorn

SCENARIO = """
from loadcell import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.01)

    @task
    def busy(self):
        self.client.get("/busy?0.002", name="/busy")
"""


def run(folder: Path, port: int, *words: str) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    (folder / "locustfile.py").write_text(SCENARIO)
    base = ["-H", f"http://127.0.0.1:{port}", "-u", "2", "-r", "10", "-t", "6s", "--json", "out.json"]
    command = [sys.executable, "-m", "loadcell", "run", "--headless", *base, *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90, check=False)
    return json.loads((folder / "out.json").read_text()), done


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], subprocess.CompletedProcess[str], Path]:
    """A busy service under watch, with a database and a page of metrics that are not there."""
    folder = tmp_path_factory.mktemp("watched")
    objectives = ("server.memory > 1MB", "server.cpu < 1% for 2s", "server.loop_lag < 50ms")
    with uvicorn(folder) as (port, _):
        missing = ["--postgres", "host=127.0.0.1 port=1 dbname=x user=u password=geheim"]
        missing += ["--prometheus", f"http://127.0.0.1:{free_port()}/metrics"]
        found, done = run(folder, port, *missing, *(word for text in objectives for word in ("--objective", text)))
    return found, done, folder


def test_the_signals_are_in_the_result_and_in_each_stage(watched: tuple[dict[str, Any], Any, Path]) -> None:
    found, done, _ = watched
    # Two users ask for 2 ms of CPU each, with a pause of 10 ms: about a third of a core.
    assert 10 < found["server"]["loop_cpu"]["avg"] < 90
    assert found["server"]["memory"]["unit"] == "MB"
    assert found["server"]["workers"]["max"] == 1
    assert found["stages"][-1]["server"]["loop_cpu"]["avg"] > 10
    assert "The service" in done.stderr


def test_objectives_about_signals_are_judged(watched: tuple[dict[str, Any], Any, Path]) -> None:
    found, done, _ = watched
    passed = {result["text"]: result["passed"] for result in found["objectives"]}
    assert passed == {"server.memory > 1MB": True, "server.cpu < 1% for 2s": False, "server.loop_lag < 50ms": None}
    assert done.returncode == 99


def test_sources_that_are_not_there_are_told_of_once_and_hide_their_passwords(
    watched: tuple[dict[str, Any], subprocess.CompletedProcess[str], Path],
) -> None:
    found, done, folder = watched
    troubles = [event["text"] for event in found["events"] if event["kind"] == "monitor_failed"]
    assert len(troubles) == 2
    assert any("PostgreSQL can't be read" in text and "--postgres" in text for text in troubles)
    assert any("metrics can't be read" in text for text in troubles)
    (path,) = (folder / ".loadcell/runs").glob("*.loadcell")
    assert "geheim" not in done.stdout + done.stderr + json.dumps(found)
    assert b"geheim" not in path.read_bytes()


def test_every_reading_is_kept_by_worker(watched: tuple[dict[str, Any], Any, Path]) -> None:
    _, _, folder = watched
    (path,) = (folder / ".loadcell/runs").glob("*.loadcell")
    with RunReader.open(path) as reader:
        cpu = reader.readings("worker_cpu")
        assert len({reading.of for reading in cpu}) == 1
        assert len(cpu) >= 4
        assert {reading.unit for reading in cpu} == {"%"}


def test_nothing_is_watched_where_nobody_wants_it(tmp_path: Path) -> None:
    with uvicorn(tmp_path) as (port, _):
        found, done = run(tmp_path, port, "--no-monitors")
    assert found["server"] == {}
    assert "The service" not in done.stderr

"""Every worker is seen under load: the counts of the living and of one that was killed add up to the client's."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from loadcell.monitors.probe_count import CountFile

from .servers import ROOT, ServiceUnderProbe, free_port, server, wait_for

WORKERS = 4
USERS = 32
SECONDS = 20


class Counts:
    """What all workers have counted, those that are no more included."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._files: dict[Path, CountFile] = {}

    def __enter__(self) -> "Counts":
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()

    def workers(self) -> int:
        """Return how many there have been."""
        for path in self._directory.glob("*.count"):
            if path not in self._files:
                self._files[path] = CountFile(path)
        return len(self._files)

    def finished(self) -> int:
        self.workers()
        return sum(file.finished() or 0 for file in self._files.values())


@pytest.mark.verify
@pytest.mark.parametrize("kind", ["uvicorn", "gunicorn"])
def test_the_counts_of_all_workers_add_up_though_one_is_killed(kind: str, short: Path) -> None:
    port = free_port()
    command = {
        "uvicorn": ["uvicorn", "tests.probe.plain:app", "--workers", str(WORKERS), "--port", str(port), "--no-access-log"],
        "gunicorn": ["gunicorn", "tests.probe.plain:app", "-w", str(WORKERS), "-b", f"127.0.0.1:{port}",
                     "-k", "uvicorn_worker.UvicornWorker"],
    }[kind]  # fmt: skip
    with server(command, short / "p", {}, port) as service, Counts(service.directory) as counts, ExitStack() as stack:
        wait_for(lambda: counts.workers() == WORKERS)
        before = counts.finished()
        load = stack.enter_context(running_load(service.url, short))
        wait_for(lambda: counts.finished() > before + 1000)
        killed = busiest(service)
        time.sleep(SECONDS / 3)  # of load, not to wait for anything
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: counts.workers() == WORKERS + 1)
        assert load.wait(SECONDS + 40) in (0, 1)
        total = json.loads((short / "result.json").read_text())["total"]
        counted = counts.finished() - before
    cut_off = total["failures"] + total["interrupted"]
    assert total["requests"] > 2000
    assert cut_off <= 2 * USERS
    # One that was finished and whose answer was cut off may have been sent again by each user: it counts twice here.
    assert 0 <= counted - (total["requests"] - total["failures"]) <= cut_off + USERS


def running_load(url: str, directory: Path) -> subprocess.Popen[bytes]:
    (directory / "scenario.py").write_text(
        "from loadcell import FastHttpUser, constant, task\n\n\n"
        "class Caller(FastHttpUser):\n"
        "    wait_time = constant(0.02)\n\n"
        "    @task\n"
        "    def call(self):\n"
        "        self.client.get('/')\n"
    )
    command = ["run", "-f", "scenario.py", "-H", url, "--headless", "-u", str(USERS), "-r", str(USERS), "-t", f"{SECONDS}s"]
    return subprocess.Popen(
        [sys.executable, "-m", "loadcell", *command, "--json", "result.json"],
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def busiest(service: ServiceUnderProbe) -> int:
    documents = service.documents()
    return max(documents, key=lambda pid: int(documents[pid]["requests"]["finished"]))

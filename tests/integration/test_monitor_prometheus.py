"""Real pages: prometheus-fastapi-instrumentator with one worker, several, several that share; pages that are none."""

from __future__ import annotations

import http.server
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from loadcell.clock import SystemClock
from loadcell.errors import MonitorError
from loadcell.monitors.host import Host
from loadcell.monitors.monitor import Watched
from loadcell.monitors.prometheus import Prometheus
from loadcell.monitors.reading import Reading, Unseen
from tests.integration.loadcell_command import wait_until
from tests.integration.monitored import answered, free_port, opened, sights, uvicorn, value, values

pytest.importorskip("prometheus_fastapi_instrumentator")

APP = """
import time
from fastapi import FastAPI
from prometheus_fastapi_instrumentator import Instrumentator

app = FastAPI()
Instrumentator().instrument(app).expose(app)

@app.get("/")
def ready():
    return "ok"

@app.get("/items/{number}")
async def item(number: int):
    if number == 13:
        raise RuntimeError
    return number

@app.get("/busy")
async def busy():
    end = time.thread_time() + 0.02
    while time.thread_time() < end:
        pass
"""


@contextmanager
def page(body: bytes, status: int = 200, pause_s: float = 0.0) -> Iterator[str]:
    """A server that gives one answer to everything; its address."""

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(pause_s)
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # who asked has given up

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_requests_as_the_service_counts_them(tmp_path: Path) -> None:
    with uvicorn(tmp_path, app=APP) as (port, _):
        url = f"http://127.0.0.1:{port}"
        answered(f"{url}/items/1")
        answered(f"{url}/items/13")
        with opened(Prometheus(url)) as monitor:
            list(monitor.read(100.0))
            for number in (1, 2, 3, 13):
                answered(f"{url}/items/{number}")
            found = list(monitor.read(102.0))
            assert value(found, "app_requests", "GET /items/{number}") == 2.0
            assert value(found, "app_errors", "GET /items/{number}") == 0.5
            assert 0 < value(found, "app_time", "GET /items/{number}") < 1000
            assert 0 < value(found, "app_p95") < 1000
            assert value(found, "app_memory") > 10
            assert not [each for each in found if isinstance(each, Unseen)]


SLOW = """
import asyncio
from fastapi import FastAPI
from prometheus_fastapi_instrumentator import Instrumentator

app = FastAPI()
Instrumentator(
    should_group_status_codes=False, should_instrument_requests_inprogress=True, inprogress_labels=True
).instrument(app, metric_namespace="shop").expose(app)

@app.get("/")
def ready():
    return "ok"

@app.get("/slow/{number}")
async def slow(number: int):
    await asyncio.sleep(0.2)
"""


def test_a_prefix_of_ones_own_single_statuses_and_requests_under_way(tmp_path: Path) -> None:
    with uvicorn(tmp_path, app=SLOW) as (port, _), opened(Prometheus(f"http://127.0.0.1:{port}")) as monitor:
        url = f"http://127.0.0.1:{port}/slow"
        under_way = [threading.Thread(target=answered, args=[f"{url}/{number}"]) for number in range(4)]
        for thread in under_way:
            thread.start()
        wait_until(lambda: value(sights(monitor), "app_in_progress") > 1, "requests are under way")
        for thread in under_way:
            thread.join()
        before = time.monotonic()
        list(monitor.read(before))
        for number in range(3):
            answered(f"{url}/{number}")
        found = list(monitor.read(before + 3))
        assert value(found, "app_requests", "GET /slow/{number}") == pytest.approx(1.0)
        assert not values(found, "app_errors").get("GET /slow/{number}")
        assert 200 <= value(found, "app_time", "GET /slow/{number}") < 400
        assert value(found, "app_p95") > 150
        assert 0 <= value(found, "app_cpu") < 100
        assert value(found, "app_fds") > 3


@pytest.mark.skipif(shutil.which("prometheus-node-exporter") is None, reason="no prometheus-node-exporter is installed")
def test_a_host_as_the_real_node_exporter_shows_it() -> None:
    port = free_port()
    command = ["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as exporter:
        try:
            wait_until(lambda: answered(f"http://127.0.0.1:{port}/metrics"), "node_exporter answers")
            with opened(Prometheus(f"http://127.0.0.1:{port}")) as monitor, opened(Host()) as host:
                began = time.monotonic()
                wait_until(lambda: time.monotonic() - began > 1.5, "there is something to compare")
                theirs, ours = sights(monitor), sights(host)
        finally:
            exporter.terminate()
    of = f"127.0.0.1:{port}"
    for signal in ("host_cores", "host_memory"):
        assert value(theirs, signal, of) == pytest.approx(value(ours, signal))
    assert value(theirs, "host_memory_available", of) == pytest.approx(value(ours, "host_memory_available"), rel=0.1)
    assert value(theirs, "host_cpu", of) == pytest.approx(value(ours, "host_cpu"), abs=25)
    for signal in {each.signal for each in ours if isinstance(each, Reading)} - {"net_speed"}:
        assert values(theirs, signal), f"{signal} is read from this machine and not from its node_exporter"
    disks = {name.rpartition(" ")[2] for name in values(theirs, "disk_busy")}
    assert disks == set(values(ours, "disk_busy"))


def test_a_page_of_another_worker_each_time_is_refused_for_good(tmp_path: Path) -> None:
    with uvicorn(tmp_path, "--workers", "2", app=APP) as (port, _):
        url = f"http://127.0.0.1:{port}"
        over = threading.Event()

        def load() -> None:
            while not over.is_set():
                answered(f"{url}/busy")

        busy = [threading.Thread(target=load) for _ in range(4)]
        for thread in busy:
            thread.start()
        watched = Watched(Prometheus(url), SystemClock())
        seconds = iter(range(10_000))
        try:
            with closing(watched):
                trouble = wait_until(lambda: watched.read(float(next(seconds))).trouble, "it is noticed")
                assert "is not used: each scrape is answered by another worker" in trouble.message
                assert "PROMETHEUS_MULTIPROC_DIR" in trouble.hint
                later = [watched.read(float(next(seconds))) for _ in range(50)]
                assert not [batch for batch in later if batch.says_something], "told once, and never taken back"
        finally:
            over.set()
            for thread in busy:
                thread.join()


def test_workers_that_share_their_counters_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shared").mkdir()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "shared"))
    with uvicorn(tmp_path, "--workers", "2", app=APP) as (port, _):
        url = f"http://127.0.0.1:{port}"
        answered(f"{url}/items/1")
        with opened(Prometheus(f"{url}/metrics")) as monitor:
            list(monitor.read(100.0))
            for _ in range(20):
                answered(f"{url}/items/1")
            assert value(list(monitor.read(101.0)), "app_requests", "GET /items/{number}") == 20.0


def test_a_page_without_requests_says_what_it_lacks() -> None:
    registry = CollectorRegistry()
    Counter("jobs", "Jobs done", registry=registry).inc(3)
    Histogram("job_seconds", "How long", registry=registry).observe(0.2)
    with page(generate_latest(registry)) as url, opened(Prometheus(url)) as monitor:
        found = sights(monitor)
        (unseen,) = found
        assert isinstance(unseen, Unseen)
        assert "prometheus-fastapi-instrumentator" in unseen.remedy


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"<html><body>Hello</body></html>", 200, "is not a page of Prometheus metrics"),
        (b'{"detail": "ok"}', 200, "is not a page of Prometheus metrics"),
        (b"\xff\xfe\x00", 200, "is not a page of Prometheus metrics"),
        (b"", 200, "is not a page of Prometheus metrics"),
        (b"no", 404, "answers with status 404"),
    ],
)
def test_what_is_no_page_is_told_in_one_sentence(body: bytes, status: int, message: str) -> None:
    with page(body, status) as url:
        monitor = Prometheus(url.replace("//", "//anna:hunter2@"))
        with closing(monitor), pytest.raises(MonitorError) as told:
            monitor.open()
    assert message in told.value.message
    assert "hunter2" not in str(told.value)
    assert "\n" not in told.value.message


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:{port}", "can't be read: .*refused"),
        ("127.0.0.1:{port}/metrics", "is no address of a page"),
        ("http://nowhere.invalid/metrics", "can't be read"),
    ],
)
def test_nobody_there(url: str, message: str) -> None:
    monitor = Prometheus(url.format(port=free_port()))
    with closing(monitor), pytest.raises(MonitorError, match=message):
        monitor.open()


def test_a_page_that_is_slow() -> None:
    with page(b"up 1\n", pause_s=2.5) as url:
        monitor = Prometheus(url)
        with closing(monitor), pytest.raises(MonitorError, match="did not answer within 2 s"):
            monitor.open()


def test_a_service_that_is_started_again_is_read_on(tmp_path: Path) -> None:
    port = free_port()
    watched = Watched(Prometheus(f"http://127.0.0.1:{port}"), SystemClock())
    with closing(watched):
        with uvicorn(tmp_path, app=APP, port=port):
            assert watched.read(0.0).trouble is None
        gone = watched.read(1.0).trouble
        assert gone is not None
        assert "can't be read" in gone.message
        with uvicorn(tmp_path, app=APP, port=port):
            back = watched.read(9.0)
            assert back.trouble is not None
            assert back.trouble.over
            assert back.readings

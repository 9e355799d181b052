"""Real things to watch: a server, a busy process, and the readings of a monitor over some time."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from loadcell.monitors.catalogue import CATALOGUE
from loadcell.monitors.monitor import Monitor
from loadcell.monitors.reading import Reading, Sight
from tests.integration.loadcell_command import wait_until

APP = """
import asyncio, os, signal, time

async def app(scope, receive, send):
    if scope["path"] == "/block":
        time.sleep(float(scope["query_string"]))
    elif scope["path"] == "/busy":
        end = time.thread_time() + float(scope["query_string"])
        while time.thread_time() < end:
            pass
    elif scope["path"] == "/die":
        os.kill(os.getpid(), signal.SIGKILL)
    body = str(os.getpid()).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answered(url: str, timeout: float = 30.0) -> bytes | None:
    """The body of an answer; None if there is none."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return bytes(answer.read())
    except OSError:
        return None


@contextmanager
def uvicorn(folder: Path, *flags: str, app: str = APP, port: int | None = None) -> Iterator[tuple[int, int]]:
    """A server of `app`; its port and its pid."""
    (folder / "served.py").write_text(app)
    port = port or free_port()
    command = [sys.executable, "-m", "uvicorn", "served:app", "--lifespan", "off", "--port", str(port), *flags]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: answered(f"http://127.0.0.1:{port}"), "the server answers")
            yield port, process.pid
        finally:
            process.terminate()


@contextmanager
def python(program: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process that runs `program` and has printed a line."""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process
        finally:
            process.kill()


@contextmanager
def opened(monitor: Monitor) -> Iterator[Monitor]:
    """A monitor that has been read once, so that the next readings have rates."""
    with closing(monitor):
        monitor.open()
        sights(monitor)
        yield monitor


def sights(monitor: Monitor) -> list[Sight]:
    """One look; what it brings are declared signals."""
    found = list(monitor.read(time.monotonic()))
    assert {each.signal for each in found if isinstance(each, Reading)} <= set(CATALOGUE)
    return found


def values(found: list[Sight], signal: str) -> dict[str, float]:
    """The values of one signal, by what they are about."""
    return {each.of: each.value for each in found if isinstance(each, Reading) and each.signal == signal}


def value(found: list[Sight], signal: str, of: object = "") -> float:
    """The value of one signal about one thing."""
    return values(found, signal)[str(of)]

"""Starts ASGI servers of all kinds as processes, and reads the documents of their workers."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

ROOT = Path(__file__).parents[2]
PATIENCE = 20  # seconds
ATTEMPTS = 5

Document = dict[str, Any]
T = TypeVar("T")


@dataclass
class ServiceUnderProbe:
    """A running server."""

    url: str
    directory: Path
    process: subprocess.Popen[bytes]

    def documents(self) -> dict[int, Document]:
        """Return the document of each worker that answers, by its pid."""
        found = {}
        for path in self.directory.glob("*.sock"):
            try:
                document = read(path)
            except (ConnectionError, FileNotFoundError):
                continue
            found[document["pid"]] = document
        return found

    def document(self) -> Document:
        """Return the document of the only worker."""
        (document,) = wait_for(self.documents).values()
        return document

    def get(self, path: str, times: int = 1, **headers: str) -> list[httpx.Response]:
        """Send requests at the same time, each on its own connection."""
        with (
            httpx.Client(base_url=self.url, headers=headers, timeout=30, verify=False) as client,
            ThreadPoolExecutor(times) as pool,
        ):
            return list(pool.map(lambda _: client.get(path), range(times)))

    def spent(self, path: str, times: int = 1, **expected: object) -> Document:
        """Return what the ledger, the requests and the pools grew by (ms) while requests were sent at the same time.

        Where it is not what is expected, it is measured again, up to five times: a moment in which one of the processes had
        no core makes any of the times longer, and once is enough to show what they are made of.
        """
        for _ in range(ATTEMPTS):
            grown = self._spent(path, times)
            if all(grown[name] == value for name, value in expected.items()):
                return grown
        assert {name: grown[name] for name in expected} == expected
        return grown

    def _spent(self, path: str, times: int) -> Document:
        before = self.document()
        assert all(answer.is_success for answer in self.get(path, times))
        after = self.document()
        grown = {name.removesuffix("_ns"): (after["ledger"][name] - value) / 1e6 for name, value in before["ledger"].items()}
        grown["time"] = (after["requests"]["time_ns"] - before["requests"]["time_ns"]) / 1e6
        grown["statements"] = after["requests"]["statements"] - before["requests"]["statements"]
        for name in ("wait", "hold"):
            sums = [sum(pool[f"{name}_ns"] for pool in document["pools"]) for document in (before, after)]
            grown[f"pool_{name}"] = (sums[1] - sums[0]) / 1e6
        return grown


def read(path: Path) -> Document:
    """Return the document that a socket gives."""
    with socket.socket(socket.AF_UNIX) as reader:
        reader.settimeout(PATIENCE)
        reader.connect(str(path))
        received = b""
        while part := reader.recv(1 << 20):
            received += part
    if not received:
        raise ConnectionResetError("the worker was killed before it answered")
    document: Document = json.loads(received)
    return document


def wait_for(what: Callable[[], T]) -> T:
    """Return what is true at last, after at most 20 s."""
    deadline = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
    return found


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def server(
    command: Sequence[str], directory: Path, environment: dict[str, str], port: int, cwd: Path = ROOT
) -> Iterator[ServiceUnderProbe]:
    """Run a server's module with arguments until it answers, and stop it at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=cwd,
        env=os.environ | {"LOADCELL_PROBE_DIR": str(directory), "PYTHONPATH": str(cwd)} | environment,
        start_new_session=True,
    )
    service = ServiceUnderProbe(f"http://127.0.0.1:{port}", directory, process)

    def answers() -> bool:
        assert process.poll() is None, "the server has ended"
        try:
            return httpx.get(service.url, timeout=10).status_code < 500
        except httpx.TransportError:
            return False

    try:
        wait_for(answers)
        yield service
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


@contextmanager
def uvicorn(
    app: str, directory: Path, environment: dict[str, str], *options: str, cwd: Path = ROOT
) -> Iterator[ServiceUnderProbe]:
    """Run uvicorn with a service."""
    port = free_port()
    command = ["uvicorn", app, "--port", str(port), "--log-level", "warning", "--no-access-log", *options]
    with server(command, directory, environment, port, cwd) as service:
        yield service

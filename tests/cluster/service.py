"""A service that writes down every request: when it came (s since the epoch), and its path."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.integration.loadcell_command import wait_until

ROOT = Path(__file__).resolve().parents[2]
_LOG = "CLUSTER_SERVICE_LOG"


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers everything with "ok"."""
    if scope["type"] != "http":
        return
    # One write a line: a process that is killed leaves whole lines.
    os.write(_log_fd(), f"{time.time():.6f} {scope['path']}\n".encode())
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


_fds: list[int] = []


def _log_fd() -> int:
    if not _fds:
        _fds.append(os.open(os.environ[_LOG], os.O_WRONLY | os.O_APPEND | os.O_CREAT))
    return _fds[0]


class Seen(NamedTuple):
    """One request that reached the service."""

    at: float
    path: str


class Service:
    """The service under a real uvicorn, while it runs."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self._log = log

    def seen(self, path: str = "/") -> list[Seen]:
        """The requests whose paths begin so, in order."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        found = [Seen(float(at), name) for at, name in (line.split(" ", 1) for line in lines)]
        return [one for one in found if one.path.startswith(path)]


@contextlib.contextmanager
def service(folder: Path, host: str = "127.0.0.1", within: tuple[str, ...] = ()) -> Iterator[Service]:
    """Serve on a free port; `within` is a command that the service's own is put behind."""
    log = folder / "requests.log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["-m", "uvicorn", "tests.cluster.service:app", "--host", host, "--port", str(port), "--log-level", "warning"]
    with (folder / "service.out").open("w") as out:
        process = subprocess.Popen(
            [*within, sys.executable, *words, "--no-access-log"],
            cwd=ROOT,
            env={**os.environ, _LOG: str(log)},
            stdout=out,
            stderr=out,
        )
    try:
        ask = [*within, sys.executable, "-c", f"import urllib.request as r; r.urlopen('http://{host}:{port}/up')"]
        wait_until(lambda: subprocess.run(ask, check=False, capture_output=True).returncode == 0, "the service listens", 20)
        yield Service(f"http://{host}:{port}", log)
    finally:
        process.kill()
        process.wait()

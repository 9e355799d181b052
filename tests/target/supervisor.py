"""Restarts a server that died, as service managers do."""

import contextlib
import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

_DIES_WITH_PARENT = 1
"""prctl's PR_SET_PDEATHSIG."""


def die_with_parent() -> None:
    """Have this process killed when the one that started it ends, however that ends."""
    ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)


def steady_port() -> int:
    """A free port that the system gives to no client's connection: one that is closed for a while stays ours, and who
    connects to it meanwhile is not connected to itself.
    """
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    numbers = random.Random(os.getpid())
    while True:
        port = numbers.randrange(min(10_000, first // 2), first)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def supervise(words: list[str], restart_after_s: float) -> None:
    """Run `python -m tests.target` with these words; when it dies, again on the same port after so long."""
    stopped = threading.Event()
    child: subprocess.Popen[str] | None = None

    def stop(*_: object) -> None:
        stopped.set()
        if child is not None:
            child.terminate()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
    command = [sys.executable, "-m", "tests.target", "--port", str(steady_port()), *words, "--supervised"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    print(child.stdout.readline(), end="", flush=True)  # noqa: T201 - the line whoever started it waits for
    while child.wait() and not stopped.wait(restart_after_s):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, text=True)
        if stopped.is_set():
            child.terminate()


def die() -> None:
    """End this process at once, as a fault in it would."""
    os.kill(os.getpid(), signal.SIGKILL)

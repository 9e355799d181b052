"""A real Dask cluster: a scheduler and workers, each a process of its own, for tests that end some of them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.integration.loadcell_command import wait_until


class Machine:
    """One process of the cluster."""

    def __init__(self, command: Sequence[str], log: Path, env: dict[str, str] | None = None) -> None:
        self.log = log
        with log.open("w") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=out, cwd=log.parent, env={**os.environ, **(env or {})}
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self, pattern: str) -> str:
        """The first group of a pattern that its output has, once it is there."""

        def look() -> str:
            found = re.search(pattern, self.log.read_text())
            return found.group(1) if found else ""

        found: str = wait_until(look, f"{pattern} in {self.log.read_text()[-1000:]}")
        return found

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stand_still(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Machines:
    """A scheduler and its workers."""

    def __init__(
        self, folder: Path, host: str = "127.0.0.1", options: Sequence[str] = (), within: Sequence[str] = ()
    ) -> None:
        """`options` are further ones of Dask's own, for the scheduler and the workers; `within` is a command that the
        scheduler's is put behind."""
        self._folder = folder
        self._options = [*options, "--no-dashboard"]
        self.workers: list[Machine] = []
        words = ["-m", "distributed.cli.dask_scheduler", "--host", host, "--port", "0", *self._options]
        self.scheduler = Machine([*within, sys.executable, *words], folder / "scheduler.log")
        self.address = self.scheduler.said(r"Scheduler at:\s+(\S+)")

    def add(
        self, number: int = 1, host: str = "127.0.0.1", within: Sequence[str] = (), options: Sequence[str] = ("--no-nanny",)
    ) -> list[Machine]:
        """Let workers join; `within` is a command that theirs is put behind."""
        words = ["-m", "distributed.cli.dask_worker", self.address, "--host", host, "--nthreads", "1", *options]
        words += ["--memory-limit", "0", "--local-directory", str(self._folder), *self._options]
        added = [
            Machine([*within, sys.executable, *words], self._folder / f"worker{len(self.workers) + n}.log")
            for n in range(number)
        ]
        self.workers += added
        for worker in added:
            worker.said(r"(Registered to):")
        return added

    def close(self) -> None:
        for machine in (*self.workers, self.scheduler):
            machine.close()


@contextmanager
def machines(folder: Path, workers: int = 3, options: Sequence[str] = ()) -> Iterator[Machines]:
    """A cluster on loopback."""
    folder.mkdir(parents=True, exist_ok=True)
    found = Machines(folder, options=options)
    try:
        found.add(workers)
        yield found
    finally:
        found.close()

"""`loadcell run` as a process in a folder of its own, and what its run file and the server say afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from loadcell.store import RunReader
from loadcell.store.facts import StoredEvent

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0


def wait_until(holds: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """The first true answer of `holds`; AssertionError if there is none in time."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError(f"never came true: {what}")


@dataclass
class Result:
    """A run that has ended."""

    code: int
    out: str
    err: str
    folder: Path

    def reader(self) -> RunReader:
        (path,) = (self.folder / ".loadcell/runs").glob("*.loadcell")
        return RunReader.open(path)

    def counts(self) -> dict[str, tuple[int, int, int]]:
        """Requests, failures and interrupted ones by name."""
        with self.reader() as reader:
            return {entry.name: (entry.requests, entry.failures, entry.interrupted) for entry in reader.entries()}

    @property
    def sent(self) -> int:
        """Requests that were sent, interrupted ones included."""
        return sum(requests + interrupted for requests, _, interrupted in self.counts().values())

    def events(self, kind: str) -> list[StoredEvent]:
        with self.reader() as reader:
            return [event for event in reader.events() if event.kind == kind]

    def users_by_class(self) -> list[dict[str, int]]:
        """By second, all generators together."""
        with self.reader() as reader:
            found: dict[int, Counter[str]] = {}
            for second, users in reader._rows("SELECT second, users_by_class FROM intervals ORDER BY second"):
                found.setdefault(second, Counter()).update(json.loads(users))
        return [dict(users) for users in found.values()]

    def heard(self) -> list[str]:
        """What the scenario printed with `heard: ` before it, in order."""
        return [line.removeprefix("heard: ") for line in self.out.splitlines() if line.startswith("heard: ")]


class RunningCommand:
    """A `loadcell run` that goes on. Its output goes to files, so that no pipe ever fills."""

    def __init__(self, folder: Path, words: list[str], within: Sequence[str] = ()) -> None:
        """`within` is a command that Loadcell's is put behind."""
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOCUST_", "LOADCELL_"))}
        with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
            self.process = subprocess.Popen(
                [*within, sys.executable, "-m", "loadcell", "run", "--headless", *words],
                cwd=folder,
                env={**kept, "HOME": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text()

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def generators(self) -> dict[str, psutil.Process]:
        """Living generators by what they carry: "users" or "lead", found by their hooks' output."""
        found = {}
        for line in self.out.splitlines():
            if line.startswith("pid "):
                _, pid, role = line.split()
                if psutil.pid_exists(int(pid)):
                    found[f"{role}-{pid}"] = psutil.Process(int(pid))
        return found

    def wait_for_output(self, piece: str, times: int = 1) -> None:
        wait_until(lambda: self.out.count(piece) >= times or self.process.poll() is not None, piece)
        assert self.out.count(piece) >= times, (self.out, self.err)

    def wait(self) -> Result:
        try:
            code = self.process.wait(PATIENCE_S)
        finally:
            self.close()
        return Result(code, self.out, self.err, self.folder)

    def close(self) -> None:
        """End it, and the generators it may have left behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Command:
    """Runs scenarios against one server."""

    def __init__(self, folder: Path, url: str, within: Sequence[str] = ()) -> None:
        self.folder = folder
        self.within = within
        self.url = url
        self.running: list[RunningCommand] = []

    def start(self, scenario: str | Path, *words: str) -> RunningCommand:
        """`scenario` is a file, or the text of one."""
        if isinstance(scenario, str):
            path = self.folder / "locustfile.py"
            path.write_text(scenario)
        else:
            path = scenario
        command = RunningCommand(self.folder, ["-f", str(path), "-H", self.url, *words], self.within)
        self.running.append(command)
        return command

    def run(self, scenario: str | Path, *words: str) -> Result:
        return self.start(scenario, *words).wait()

    def close(self) -> None:
        for command in self.running:
            command.close()

    def forget(self) -> None:
        """Let the server count from 0."""
        self._ask("/__truth__/reset")

    def truth(self) -> dict[str, Any]:
        """What the server counted."""
        found: dict[str, Any] = json.loads(self._ask("/__truth__"))
        return found

    def _ask(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            found: bytes = answer.read()
            return found

"""The command as a process, in a folder and a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, Interval
from loadcell.store import RunFacts, RunWriter
from tests.target.launch import target_server

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 40


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass
class Shell:
    """Runs `loadcell` in `folder`."""

    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    @contextmanager
    def start(self, *words: str, patience_s: float = PATIENCE_S, **env: str) -> Iterator[subprocess.Popen[str]]:
        """A command that is ended by the latest when the test is, or when it has lost patience."""
        with subprocess.Popen(
            [sys.executable, "-m", "loadcell", *words],
            cwd=self.folder,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            patience = threading.Timer(patience_s, process.kill)
            patience.start()
            try:
                yield process
                process.wait()
            finally:
                patience.cancel()
                process.kill()

    def run(self, *words: str, **env: str) -> Done:
        with self.start(*words, **env) as process:
            out, err = process.communicate()
        return Done(process.returncode, out, err)

    @staticmethod
    def truth(target: str) -> dict[str, Any]:
        """What a server of ours has counted."""
        with urllib.request.urlopen(f"{target}/__truth__", timeout=10) as answer:
            found: dict[str, Any] = json.loads(answer.read())
            return found


def shell_in(place: Path) -> Shell:
    folder, home = place / "project", place / "home"
    folder.mkdir()
    home.mkdir()
    ours = ("LOCUST_", "LOADCELL_", "GITHUB_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    # In the terminal: the page has tests of its own.
    return Shell(folder, {**kept, "HOME": str(home), "COLUMNS": "100", "LOCUST_HEADLESS": "true"})


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return shell_in(tmp_path)


@pytest.fixture(scope="session")
def new_shell(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Shell]:
    """Makes a shell whose folder has this name, for commands that several tests read or that run side by side."""
    return lambda name: shell_in(tmp_path_factory.mktemp(name))


@pytest.fixture
def store_run(shell: Shell) -> Callable[..., str]:
    """Puts a finished run in the folder of runs; returns its id."""

    def store(started: float, host: str = "http://127.0.0.1:8000", failures: int = 0) -> str:
        latency = Histogram()
        for _ in range(20):
            latency.record(5000)
        facts = RunFacts(id=f"run-{started:.0f}", started=started, scenario="shop.py", host=host, users=3)
        writer = RunWriter.create(shell.folder / ".loadcell/runs", facts)
        entry = EntryCounts("GET", "/items", requests=20, failures=failures, total_us=100_000, min_us=5000, max_us=5000)
        entry.ok = latency.to_bytes()
        writer.interval(Interval(0, 0, 1, 3, {}, [entry]))
        writer.commit()
        writer.finish(1 if failures else 0, [], ended_s=1.0)
        return writer.facts.id

    return store


@pytest.fixture(scope="session")
def target() -> Iterator[str]:
    """The address of a server of our own."""
    with target_server() as url:
        yield url

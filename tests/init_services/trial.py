"""A service of ours, the scenario that `loadcell init` writes for it, and what the service says to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from loadcell.store import RunReader

SERVICES = ("accounts", "library", "uploads", "bookings", "threads", "parcels")
ROOT = Path(__file__).resolve().parents[2]
ENOUGH = 0.95
"""The share of requests that a service must accept."""
_PATIENCE_S = 60


@dataclass(frozen=True)
class Outcome:
    """What became of a run's requests."""

    requests: int
    failures: int
    exceptions: int
    names: frozenset[str]
    """METHOD and name of what was asked for."""
    errors: tuple[str, ...]

    @property
    def accepted(self) -> float:
        """The share of requests that weren't answered 4xx or 5xx."""
        return 1 - self.failures / self.requests if self.requests else 0.0


@contextmanager
def serving(name: str) -> Iterator[str]:
    """The address of a service, while it runs."""
    command = [sys.executable, "-m", "tests.init_services.serve", name]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(10)


def credentials(name: str) -> dict[str, str]:
    """What the service's users have in their environment."""
    found: dict[str, str] = import_module(f"tests.init_services.{name}").CREDENTIALS
    return found


def loadcell(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The command, in a folder and a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOCUST_", "LOADCELL_", "API_"))}
    return subprocess.run(
        [sys.executable, "-m", "loadcell", *words],
        cwd=folder,
        env={**kept, "HOME": str(folder), **env},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )


def run(folder: Path, url: str, *, seconds: int = 3, users: int = 3, **env: str) -> Outcome:
    """Run the scenario in a folder, with next to no waiting, and see what the service said."""
    scenario = folder / "locustfile.py"
    hurried = folder / "hurried.py"
    hurried.write_text(scenario.read_text().replace("between(1, 5)", "between(0, 0.01)"))
    done = loadcell(folder, "run", "-f", "hurried.py", "-H", url, "--headless", "-u", f"{users}", "-t", f"{seconds}s", **env)
    paths = list((folder / ".loadcell/runs").glob("*.loadcell"))
    assert len(paths) == 1, done.stderr
    with RunReader.open(paths[0]) as reader:
        entries = list(reader.entries())
        errors = tuple(f"{one.method} {one.name}: {one.error}" for one in reader.errors())
        exceptions = sum(one.occurrences for one in reader.exceptions())
    paths[0].unlink()
    return Outcome(
        requests=sum(entry.requests for entry in entries),
        failures=sum(entry.failures for entry in entries),
        exceptions=exceptions,
        names=frozenset(f"{entry.method} {entry.name}" for entry in entries),
        errors=errors,
    )

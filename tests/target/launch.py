"""Starts the target in a process of its own, for tests and benchmarks."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def target_server(*arguments: str, core: int | None = None) -> Iterator[str]:
    """Run `python -m tests.target` with these arguments, on one core if given, and yield its URL."""
    pin = [] if core is None else ["taskset", "-c", str(core)]
    command = [*pin, sys.executable, "-m", "tests.target", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if "listening on " not in line:
                raise RuntimeError(f"the target did not start: {line!r}")
            yield line.split("listening on ")[1].strip()
        finally:
            process.terminate()

"""A process group that ends with this process, however this process ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from loadcell.service import keeper


class KeptGroup:
    """The group, led by its keeper. A group of its own, so that a terminal's Ctrl-C does not reach it."""

    def __init__(self, folder: Path) -> None:
        """`folder` is removed if this process dies before `kill`."""
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", keeper.__file__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )

    def start(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path
    ) -> subprocess.Popen[bytes]:
        """Start a process in the group, which writes to the file `output`. OSError if it can't be."""
        with output.open("wb") as written:
            return subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                process_group=self._keeper.pid,
            )

    def kill(self) -> None:
        """End all that is in it at once. Not to be called again: then the number may be another group's."""
        with suppress(ProcessLookupError):
            os.killpg(self._keeper.pid, signal.SIGKILL)
        self._keeper.wait()
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()

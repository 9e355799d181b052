"""What is left of a worker that was killed: how many requests it had finished, in a small file that is shared memory.

The file `<pid>.count` lies beside the worker's socket and is taken away with it; who opened it before can still read it.
It has three numbers of 8 bytes in the machine's order: the version of the file, the worker's start (ns since 1970), the
requests finished.
"""

from __future__ import annotations

import mmap
import os
from array import array
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loadcell_probe.counters import Requests

VERSION = 1
STARTED, FINISHED = 1, 2


def fresh() -> Any:
    """Return the numbers as they are at the beginning, in no file."""
    return array("q", (VERSION, 0, 0))


class Record:
    """Puts the count of a worker's requests into a file and back."""

    def __init__(self, requests: Requests, started: float) -> None:
        self._requests = requests
        self._started = started  # seconds since 1970
        self._path = ""

    def keep(self, socket: str) -> None:
        """From now on count in the file beside a socket. Raises OSError."""
        numbers = array("q", self._requests.record)
        numbers[STARTED] = int(self._started * 1e9)
        path = f"{socket.rpartition('.')[0]}.count"
        early = f"{path}.new"  # under its name only once it is whole
        with open(early, "w+b", opener=_private) as file:
            file.write(numbers)
            file.flush()
            shared = memoryview(mmap.mmap(file.fileno(), 0)).cast("q")
        os.rename(early, path)
        self._path = path
        self._requests.record = shared

    def leave(self) -> None:
        """Take the file away, and go on counting without one."""
        path, self._path = self._path, ""
        if path:
            self._requests.record = array("q", self._requests.record)
            os.unlink(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

"""The file in which a worker's probe counts its requests: it can still be read when the worker has been killed."""

from __future__ import annotations

import os
import struct
from pathlib import Path

_NUMBERS = struct.Struct("=qqq")
_VERSION = 1


class CountFile:
    """One worker's file, kept open: a worker that ends properly takes its name away, not what is in it."""

    def __init__(self, path: Path) -> None:
        """OSError if there is none."""
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def finished(self) -> int | None:
        """The requests that the worker has finished; None if that can't be told."""
        content = os.pread(self._file, _NUMBERS.size, 0)
        if len(content) < _NUMBERS.size:
            return None
        version, _, finished = _NUMBERS.unpack(content)
        return finished if version == _VERSION else None

    def close(self) -> None:
        os.close(self._file)

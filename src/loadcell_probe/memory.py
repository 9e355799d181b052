"""Memory in use, which unlike what the system has given to the process falls when something is freed."""

from __future__ import annotations

import ctypes
import sys
from typing import Any


class _Mallinfo(ctypes.Structure):
    # struct mallinfo2 of glibc, malloc(3)
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


class Memory:
    """Reads what the interpreter and the C library have in use."""

    def __init__(self) -> None:
        self._mallinfo: Any = None
        try:
            # PyDLL keeps the interpreter's lock: to get it back from a busy loop would take milliseconds.
            self._mallinfo = ctypes.PyDLL(None).mallinfo2
            self._mallinfo.restype = _Mallinfo
        except (OSError, AttributeError):  # another C library, or glibc before 2.33
            pass

    def blocks(self) -> int:
        """Return how many small objects' blocks the interpreter has in use."""
        return sys.getallocatedblocks()

    def malloc_bytes(self) -> int | None:
        """Return the bytes that malloc has handed out, None without glibc. Blocks of small objects are not among them."""
        if self._mallinfo is None:
            return None
        info = self._mallinfo()
        return int(info.uordblks + info.hblkhd)

"""How long a node's generators may carry load: a moment that moves on as long as the controller is heard.

What a node does when it hears nothing (stopping its generators) needs a node that still runs. A lease doesn't: each
generator looks at the moment itself, and ends when it has passed, even if its node stands still.
"""

from __future__ import annotations

import math
import os
import struct
import tempfile

_MOMENT = struct.Struct("d")


class Lease:
    """A moment on the machine's monotonic clock, in a file without a name that the generators inherit by its descriptor."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it is open as long as the lease lasts
        self.extend(math.inf)

    @property
    def fd(self) -> int:
        """The descriptor to be inherited."""
        return self._file.fileno()

    def extend(self, until: float) -> None:
        """Let the generators go on until then."""
        os.pwrite(self.fd, _MOMENT.pack(until), 0)

    def close(self) -> None:
        """Give the file back; who has inherited it keeps it."""
        self._file.close()


def lease_end(fd: int) -> float:
    """The moment of the lease behind an inherited descriptor."""
    (until,) = _MOMENT.unpack(os.pread(fd, _MOMENT.size, 0))
    return float(until)

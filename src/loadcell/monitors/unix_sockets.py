"""What several Unix sockets give to whoever connects, all read at the same time."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterable
from pathlib import Path

from loadcell.clock import Clock

_PART = 1 << 20


def read_all(paths: Iterable[Path], patience_s: float, largest: int, clock: Clock) -> dict[Path, bytes | OSError]:
    """What each socket sends until it closes the connection, or why there is nothing.

    TimeoutError for one that is not done within the patience, OSError for one that sends more than `largest` bytes.
    """
    found: dict[Path, bytes | OSError] = {}
    received: dict[Path, bytearray] = {}
    deadline = clock.monotonic() + patience_s
    with selectors.DefaultSelector() as selector:
        for path in paths:
            reader = socket.socket(socket.AF_UNIX)
            reader.setblocking(False)
            try:
                reader.connect(str(path))
            except BlockingIOError:  # its queue is full: nobody has accepted for long
                reader.close()
                found[path] = TimeoutError()
            except OSError as error:
                reader.close()
                found[path] = error
            else:
                received[path] = bytearray()
                selector.register(reader, selectors.EVENT_READ, (reader, path))
        while selector.get_map() and (left := deadline - clock.monotonic()) > 0:
            for key, _ in selector.select(left):
                reader, path = key.data
                ended = _receive(reader, received[path], largest)
                if ended is not None:
                    found[path] = ended
                    selector.unregister(reader)
                    reader.close()
        for key in selector.get_map().values():
            reader, path = key.data
            reader.close()
            found[path] = TimeoutError()
    return found


def _receive(reader: socket.socket, received: bytearray, largest: int) -> bytes | OSError | None:
    """Take what has come; what the socket gave, once that is known."""
    try:
        part = reader.recv(_PART)
    except OSError as error:
        return error
    received += part
    if not part:
        return bytes(received)
    return OSError(f"it sends more than {largest:,} bytes") if len(received) > largest else None

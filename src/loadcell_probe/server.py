"""Serves the document on a Unix socket, from a thread of its own: it answers while the event loop can't."""

from __future__ import annotations

import os
import socket
import stat
import struct
import threading
from typing import Callable

BUFFER = 1 << 20  # bytes; so that a document is sent without waiting
SLOW_READER = struct.pack("ll", 1, 0)  # seconds and µs after which a reader is given up
PATH_LIMIT = 100  # bytes, where it is shortest


class DirectoryError(Exception):
    """The directory for the socket can't be used; says why and what to do."""


class Server:
    """One worker's socket, `<pid>.sock` in a private directory."""

    def __init__(self, directory: str, document: Callable[[], bytes]) -> None:
        self._directory = os.path.abspath(directory)
        self._document = document
        self._socket: socket.socket | None = None
        self.path = os.path.join(self._directory, f"{os.getpid()}.sock")

    def start(self) -> None:
        """Make the socket, and answer from now on. Raises DirectoryError or OSError."""
        _check(self._directory)
        self.path = os.path.join(self._directory, f"{os.getpid()}.sock")
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # Under its name only once it answers, or a reader would take it for a dead worker's.
            early = os.path.join(self._directory, f".{os.getpid()}")
            if len(os.fsencode(self.path)) > PATH_LIMIT:
                raise DirectoryError(f"The path {self.path} is too long for a socket. Choose a shorter directory.")
            _remove(early)
            listening.bind(early)
            os.chmod(early, 0o600)
            listening.listen(16)
            os.rename(early, self.path)
        except BaseException:
            listening.close()
            raise
        self._socket = listening
        threading.Thread(target=self._serve, name="loadcell-probe-server", args=(listening,), daemon=True).start()

    def stop(self) -> None:
        """Take the socket away; the thread ends."""
        listening, self._socket = self._socket, None
        if listening is not None:
            _remove(self.path)
            try:
                listening.shutdown(socket.SHUT_RDWR)  # wakes the thread
            except OSError:
                pass
            listening.close()

    def forget(self) -> None:
        """Let go of a parent's socket in a forked child, without taking it away."""
        listening, self._socket = self._socket, None
        if listening is not None:
            listening.close()

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                reader, _ = listening.accept()
            except OSError:
                if self._socket is not listening:
                    return
                continue
            try:
                self._answer(reader)
            except Exception:  # of one reader; the next one may fare better
                pass
            finally:
                reader.close()

    def _answer(self, reader: socket.socket) -> None:
        # Whatever gives up the interpreter's lock may wait 5 ms to get it back from a busy loop: so no time-out is set by
        # `settimeout`, which does, and all is sent at once.
        if not _is_permitted(reader):
            return
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, SLOW_READER)
        reader.sendall(self._document())


def _check(directory: str) -> None:
    os.makedirs(directory, mode=0o700, exist_ok=True)
    found = os.stat(directory)
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise DirectoryError(f"The directory {directory} must be the service's own and closed to others (chmod 700).")


def _is_permitted(reader: socket.socket) -> bool:
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # the directory is private
    peer = reader.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", peer)
    return user in (0, os.geteuid())


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass

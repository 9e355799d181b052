"""TCP sockets asked of the kernel by netlink (sock_diag): those of one port, with their queues, and nothing else.

Much cheaper than /proc/net/tcp where there are many connections, and it knows how many may wait to be accepted.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Collection

from loadcell.monitors.procfs import Socket

ESTABLISHED, CLOSE_WAIT, LISTEN = 1, 8, 10
_NETLINK_SOCK_DIAG = 4
_BY_FAMILY = 20
_REQUEST, _DUMP = 0x1, 0x300
_ERROR, _DONE = 2, 3
_HEADER = struct.Struct("=IHHII")
_QUERY = struct.Struct("=BBBBI")
_ENDS = struct.Struct(">HH16s16s")
_SOCKET = struct.Struct("=BBBB48xIIIII")
"""family, state, timer, retransmissions, the ends and cookie, then expires, unread, unsent, account, inode."""
_BUFFER = 1 << 16
_PATIENCE_S = 2.0


FAMILIES = (socket.AF_INET, socket.AF_INET6)


def listening_of(port: int | None, family: int) -> list[Socket]:
    """The sockets that listen on a port, or on any, in this process's network namespace. OSError where it can't be asked."""
    return _asked(request(family, port or 0, [LISTEN]), port)


def connected_of(port: int, family: int) -> list[Socket]:
    """The established connections at a port of this side, and those that only this side has not closed. OSError.

    For this the kernel goes through all connections that it could have, which takes ms however few there are.
    """
    return _asked(request(family, port, [ESTABLISHED, CLOSE_WAIT]), port)


def _asked(question: bytes, port: int | None) -> list[Socket]:
    found: list[Socket] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
        kernel.settimeout(_PATIENCE_S)
        kernel.send(question)
        done = False
        while not done:
            some, done = parse(kernel.recv(_BUFFER), port)
            found += some
    return found


def request(family: int, port: int, states: Collection[int]) -> bytes:
    """The message that asks for the sockets of a port that are in one of some states; pure."""
    ends = _ENDS.pack(port, 0, b"", b"") + struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
    query = _QUERY.pack(family, socket.IPPROTO_TCP, 0, 0, sum(1 << state for state in states)) + ends
    return _HEADER.pack(_HEADER.size + len(query), _BY_FAMILY, _REQUEST | _DUMP, 1, 0) + query


def parse(data: bytes, port: int | None) -> tuple[list[Socket], bool]:
    """The sockets in one answer, and whether it was the last; pure. OSError if the kernel refuses."""
    found: list[Socket] = []
    place = 0
    while place + _HEADER.size <= len(data):
        length, kind, *_ = _HEADER.unpack_from(data, place)
        body = place + _HEADER.size
        if kind == _DONE or length < _HEADER.size:
            return found, True
        if kind == _ERROR:
            (code,) = struct.unpack_from("=i", data, body)
            raise OSError(-code, "the kernel doesn't tell of its sockets")
        at = int.from_bytes(data[body + 4 : body + 6])
        if kind == _BY_FAMILY and port in (None, at):
            _, state, _, _, _, unread, unsent, account, inode = _SOCKET.unpack_from(data, body)
            found.append(Socket(state, unread, unsent, at, inode, account))
        place += (length + 3) & ~3
    return found, False

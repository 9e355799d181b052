"""Answers of the kernel's sock_diag, as recorded (x86-64, Linux 6.18)."""

from __future__ import annotations

import socket
import struct
import sys

import pytest

from loadcell.monitors.inet_diag import parse, request
from loadcell.monitors.procfs import Socket

pytestmark = pytest.mark.skipif(sys.byteorder != "little", reason="recorded on a little-endian machine")

PORT = 34091
LISTENING = bytes.fromhex(
    "7c000000140002000100000099290000020a0000852b00007f00000100000000000000000000000000000000000000000000"
    "00000000000000000000280000000000000000000000020000001000000000000000338e0100050008000000000008000f00"
    "000000000c00150001000000000000000600160052000000"
)
UNREAD = bytes.fromhex(
    "7c00000014000200010000009929000002010000852bbbfa7f0000010000000000000000000000007f000001000000000000"
    "0000000000000000000029000000000000000000000005000000000000000000000000000000050008000000000008000f00"
    "000000000c00150001000000000000000600160052000000"
)
DONE = bytes.fromhex("1400000003000200010000009929000000000000")


def test_a_listening_socket_tells_its_queue_and_its_limit() -> None:
    assert parse(LISTENING, PORT) == ([Socket(state=10, unread=2, unsent=16, port=PORT, inode=101939)], False)


def test_several_in_one_answer_and_the_end() -> None:
    sockets, last = parse(LISTENING + UNREAD + DONE, PORT)
    assert [(each.state, each.unread, each.unsent) for each in sockets] == [(10, 2, 16), (1, 5, 0)]
    assert last


def test_sockets_of_other_ports_are_left_out() -> None:
    assert parse(LISTENING, 80) == ([], False), "older kernels don't filter"


def test_a_refusal_is_an_error() -> None:
    refusal = struct.pack("=IHHIIi", 36, 2, 0, 1, 0, -1) + bytes(16)
    with pytest.raises(PermissionError):
        parse(refusal, PORT)


def test_what_is_asked() -> None:
    asked = request(socket.AF_INET6, 8000, [1, 10])
    assert struct.unpack_from("=IH", asked) == (len(asked), 20)
    assert asked[16:18] == bytes([socket.AF_INET6, socket.IPPROTO_TCP])
    assert struct.unpack_from("=I", asked, 20) == (1 << 1 | 1 << 10,)
    assert struct.unpack_from(">H", asked, 24) == (8000,)

"""Queues of real sockets: connections that nobody accepts, requests that nobody reads."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

import pytest

from loadcell.errors import MonitorError
from loadcell.monitors import sockets as module
from loadcell.monitors.reading import Unseen
from loadcell.monitors.sockets import Sockets
from tests.integration.loadcell_command import wait_until
from tests.integration.monitored import free_port, opened, sights, value


@dataclass
class Held:
    """A listening socket's port, and the clients' ends of its connections."""

    port: int
    clients: list[socket.socket]


@contextmanager
def waiting_connections(accepted: int, waiting: int, backlog: int, family: int = socket.AF_INET) -> Iterator[Held]:
    """A listening socket with connections that were accepted, and others that wait."""
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server((host, 0), family=family, backlog=backlog))
        port = listening.getsockname()[1]
        held = Held(port, [])
        for number in range(accepted + waiting):
            held.clients.append(stack.enter_context(socket.create_connection((host, port))))
            if number < accepted:
                stack.enter_context(listening.accept()[0])
        yield held


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
def test_what_waits_to_be_accepted_and_what_waits_to_be_read(family: int) -> None:
    with (
        waiting_connections(accepted=3, waiting=10, backlog=16, family=family) as held,
        opened(Sockets(held.port)) as monitor,
    ):
        held.clients[0].sendall(b"GET / HTTP/1.1\r\n\r\n")
        held.clients[-1].sendall(b"GET / HTTP/1.1\r\n\r\n")
        held.clients[1].close()

        def settled() -> bool:
            found = sights(monitor)
            signals = ("accept_queue", "accept_limit", "sockets_unread", "sockets_open", "sockets_unclosed")
            with contextlib.suppress(KeyError):
                return [value(found, signal, held.port) for signal in signals] == [10, 16, 2, 12, 1]
            return False

        wait_until(settled, "all samples see the same")


def test_a_queue_that_overflows_is_counted() -> None:
    full = waiting_connections(accepted=0, waiting=3, backlog=2)
    with full as held, opened(Sockets(held.port)) as monitor, socket.socket() as refused:
        refused.setblocking(False)
        refused.connect_ex(("127.0.0.1", held.port))
        wait_until(lambda: value(sights(monitor), "accept_overflows") > 0, "it was counted")


def test_where_the_kernel_does_not_answer_proc_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(port: int, family: int) -> None:
        raise PermissionError

    monkeypatch.setattr(module, "listening_of", refused)
    with waiting_connections(accepted=1, waiting=4, backlog=16) as held, opened(Sockets(held.port)) as monitor:
        found = wait_until(lambda: "accept_queue" in str(found := sights(monitor)) and found, "it was sampled")
        assert value(found, "accept_queue", held.port) == 4
        assert value(found, "sockets_open", held.port) == 5
        assert [each for each in found if isinstance(each, Unseen)], "the limit"
        assert "accept_limit" not in str(found)


def test_a_port_on_which_nobody_listens() -> None:
    with closing(Sockets(free_port())) as monitor, pytest.raises(MonitorError, match="Nobody listens on port"):
        monitor.open()

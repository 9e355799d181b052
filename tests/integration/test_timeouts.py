"""When the wait for an answer that does not come is over."""

from __future__ import annotations

import socket

import gevent
import pytest

from loadcell.generator.sockets import GeventNetwork
from loadcell.http.failures import ReadTimeout
from loadcell.http.url import split

APART_S = 0.03


def test_each_wait_ends_at_its_own_time() -> None:
    """Not all at once at the next look at the clock: what is reported of a time-out is how long it was."""
    network = GeventNetwork()
    ends: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = split(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        began = network.now()

        def wait(seconds: float) -> None:
            stream = network.connect(url, began + 5, None)
            with pytest.raises(ReadTimeout):
                stream.exchange(b"GET / HTTP/1.1\r\n\r\n", began + seconds)
            ends.append(network.now() - began - seconds)
            stream.close()

        allowed = [0.2 + APART_S * n for n in range(10)]
        gevent.joinall([gevent.spawn(wait, seconds) for seconds in allowed], raise_error=True)
    network.close()
    assert len(ends) == len(allowed)
    assert min(ends) >= 0
    # A busy machine may be late with some of them; looking every 100 ms is late with most.
    assert sum(late < APART_S for late in ends) > len(allowed) / 2

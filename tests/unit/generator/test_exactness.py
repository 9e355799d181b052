"""From a scripted network to the interval: what was measured is what took place, exact to the histogram."""

from __future__ import annotations

import random

from loadcell.generator.recorder import Recorder
from loadcell.histogram import Histogram
from loadcell.http.network import FakeNetwork
from loadcell.http.session import Session
from loadcell.http.transport import Transport
from loadcell.scenario.events import RequestHook

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
BROKEN = b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno"


def test_every_response_time_is_in_the_interval_as_it_was() -> None:
    rng = random.Random(3)
    times_us = [round(rng.lognormvariate(9, 1.5)) for _ in range(2_000)]
    network = FakeNetwork([[BROKEN if n % 10 == 9 else OK for n in range(len(times_us))]])
    recorder = Recorder(network.now)
    hook = RequestHook()
    hook.recorder = recorder.on_request
    session = Session("http://shop", hook, None, Transport(network, recorder))
    ok, failed = Histogram(), Histogram()
    for n, us in enumerate(times_us):
        network.time = 0.0  # Near zero a float holds a microsecond exactly enough to round back to it.
        network.latency = us / 1e6
        session.get("/", name="all")
        (failed if n % 10 == 9 else ok).record(us)

    (entry,), _, _, connections = recorder.drain()
    assert (entry.requests, entry.failures, connections) == (2_000, 200, 1)
    assert (entry.ok, entry.failed) == (ok.to_bytes(), failed.to_bytes())
    assert (entry.total_us, entry.min_us, entry.max_us) == (sum(times_us), min(times_us), max(times_us))

"""All sources of a real service at once, some of which can't be read."""

from __future__ import annotations

import threading
from collections import defaultdict
from pathlib import Path

import pytest

from loadcell.clock import SystemClock
from loadcell.monitors.choice import monitors_for
from loadcell.monitors.reading import Batch
from loadcell.monitors.signals import SIGNALS, Seconds
from loadcell.monitors.watch import Watch
from tests.integration.loadcell_command import wait_until
from tests.integration.monitored import answered, free_port, uvicorn

pytest.importorskip("uvicorn")


def test_what_can_be_read_is_read_and_what_cannot_is_told_once(tmp_path: Path) -> None:
    heard: dict[str, list[Batch]] = defaultdict(list)
    seconds, lock = Seconds(), threading.Lock()

    def hear(batch: Batch) -> None:
        heard[batch.source].append(batch)
        with lock:
            seconds.add(batch)

    absent = free_port()
    with uvicorn(tmp_path) as (port, _):
        monitors = monitors_for(
            port=port,
            postgres=f"postgresql://127.0.0.1:{absent}/shop",
            prometheus=[f"http://127.0.0.1:{absent}", f"http://127.0.0.1:{port}"],
        )
        clock = SystemClock()
        watch = Watch(monitors, hear, clock, period_s=0.5)
        watch.start()
        try:
            answered(f"http://127.0.0.1:{port}/busy?0.3")
            wait_until(lambda: all(len(heard[name]) >= 4 for name in ("host", "processes", "sockets")), "all have been read")
        finally:
            watch.stop()
    told = {source: [batch.trouble.message for batch in batches if batch.trouble] for source, batches in heard.items()}
    broken = {source: messages for source, messages in told.items() if messages}
    assert {source: len(messages) for source, messages in broken.items()} == {
        "postgres": 1,
        f"prometheus http://127.0.0.1:{absent}/metrics": 1,
        f"prometheus http://127.0.0.1:{port}/metrics": 1,
    }
    assert "is not a page of Prometheus metrics" in broken[f"prometheus http://127.0.0.1:{port}/metrics"][0]
    with lock:
        signals = [each for _, each in seconds.take(clock.monotonic())]
    assert {name for each in signals for name in each} <= set(SIGNALS)
    assert max(each.get("cpu", 0.0) for each in signals) > 5
    assert {"cpu", "host_cpu", "memory", "workers", "accept_queue", "net_in", "disk_write", "loop_cpu"} <= {
        name for each in signals for name in each
    }

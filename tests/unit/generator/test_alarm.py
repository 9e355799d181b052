"""The alarm: rings once for each time it was set, not before."""

from __future__ import annotations

import os
import time

import gevent
import pytest
from gevent.event import Event

from loadcell.generator.alarm import Alarm


@pytest.mark.parametrize("native", [True, False])
def test_it_rings_once_and_when_it_was_last_set(native: bool) -> None:
    rung: list[float] = []
    heard = Event()

    def ring() -> None:
        rung.append(time.monotonic())
        heard.set()

    alarm = Alarm(ring)
    if not native:
        alarm._watcher.stop()
        alarm._watcher.close()
        os.close(alarm._fd)
        alarm._fd, alarm._watcher = -1, None
    set_at = time.monotonic()
    alarm.set(30)
    alarm.set(0.02)
    assert heard.wait(10)
    # The hub's own clock may be a moment behind.
    assert rung[0] - set_at >= 0.02 - (0.0 if native else 0.005)
    heard.clear()
    alarm.set(0)
    assert heard.wait(10)
    alarm.set(0)
    alarm.close()
    gevent.sleep(0)
    assert len(rung) == 2

"""Time that tests move by hand, and the real one."""

from __future__ import annotations

import time

from loadcell.clock import Clock, ManualClock, SystemClock


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(10.0, 1000.0)
    assert (clock.monotonic(), clock.wall()) == (10.0, 1000.0)
    assert (clock.monotonic(), clock.wall()) == (10.0, 1000.0)
    clock.advance(2.5)
    assert (clock.monotonic(), clock.wall()) == (12.5, 1002.5)


def test_the_system_clock_is_the_one_all_processes_of_the_machine_share() -> None:
    clock: Clock = SystemClock()
    before = time.clock_gettime(time.CLOCK_MONOTONIC), time.time()
    found = clock.monotonic(), clock.wall()
    after = time.clock_gettime(time.CLOCK_MONOTONIC), time.time()
    assert before <= found <= after
    assert before[0] <= found[0] <= after[0]

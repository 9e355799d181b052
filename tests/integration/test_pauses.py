"""How long a user rests between its tasks."""

from __future__ import annotations

import time

from loadcell.generator.equipment import Equipment


def test_a_pause_is_not_cut_short_by_the_work_before_it() -> None:
    """The loop's own idea of the time stands still while a task computes."""
    runtime = Equipment().runtime
    runtime.sleep(0.001)
    worked_until = time.monotonic() + 0.2
    while time.monotonic() < worked_until:
        pass
    began = time.monotonic()
    runtime.sleep(0.15)
    assert time.monotonic() - began >= 0.149

"""A controller with many machines, which are simulated: nothing is lost. How fast it is, is measured by `scale`."""

from __future__ import annotations

from tests.cluster.scale import measure


def test_all_figures_of_many_machines_are_counted() -> None:
    found = measure(machines=80, processes=4, entries=10, per_entry=5, seconds=4.0, warm_s=1.0)
    assert found.counted

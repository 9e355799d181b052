"""Of several machines each reading says which it is of, in such a way that a worker's readings still belong together."""

from __future__ import annotations

import pytest

from loadcell.agent.naming import qualified
from loadcell.monitors.reading import Reading
from loadcell.monitors.signals import summed


@pytest.mark.parametrize(
    ("signal", "of", "named"),
    [
        ("host_cpu", "", "web1"),
        ("workers", "", "web1"),
        ("worker_cpu", "71", "web1/71"),
        ("blocking_line", "71 app.py:3 handler", "web1/71 app.py:3 handler"),
        ("disk_busy", "sda", "web1/sda"),
        ("cpu_throttled", "/sys/fs/cgroup", "web1//sys/fs/cgroup"),
        ("db_statement_time", "select ?", "select ?"),
        ("db_active", "shop", "shop"),
        ("app_requests", "GET /", "GET /"),
    ],
)
def test_what_another_machine_may_have_too_is_named_after_its_own(signal: str, of: str, named: str) -> None:
    assert qualified(signal, of, "web1") == named


def test_the_signals_of_two_machines_are_added_up_or_the_worst_of_them() -> None:
    readings = []
    for machine in ("web1", "web2"):
        pairs = {"worker_cpu": ("7", 50.0), "service_cores": ("", 2.0), "workers": ("", 1.0), "host_cpu": ("", 40.0)}
        pairs |= {"net_in": ("eth0", 3.0), "net_out": ("lo", 1.0)}
        readings += [Reading(signal, value, qualified(signal, of, machine)) for signal, (of, value) in pairs.items()]
    found = summed(readings)
    assert found["workers"] == 2
    assert found["cpu"] == 25.0, "100 % of a core, of four"
    assert found["host_cpu"] == 40.0
    assert found["net_in"] == 6.0
    assert found["net_local"] == 2.0

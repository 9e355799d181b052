"""Many readings, few signals."""

from __future__ import annotations

import pytest

from loadcell.monitors.reading import Batch, Reading
from loadcell.monitors.signals import SIGNALS, Growth, Seconds, slope_of, summed
from loadcell.objectives.units import SIGNAL_UNITS


def test_workers_and_helpers_are_summed_and_cpu_is_of_the_cores_it_may_use() -> None:
    found = summed(
        [
            Reading("worker_cpu", 90, "11"),
            Reading("worker_cpu", 50, "12"),
            Reading("helper_cpu", 10, "10"),
            Reading("service_cores", 2),
            Reading("loop_cpu", 85, "11"),
            Reading("loop_cpu", 45, "12"),
            Reading("worker_memory", 100, "11"),
            Reading("worker_memory", 110, "12"),
            Reading("helper_memory", 30, "10"),
            Reading("worker_fds", 50, "11"),
            Reading("worker_fds", 95, "12"),
            Reading("worker_fds_limit", 100, "11"),
            Reading("worker_fds_limit", 100, "12"),
            Reading("app_memory", 99, ""),
        ]
    )
    assert found == {"cpu": 75, "loop_cpu": 85, "memory": 240, "descriptors": 95}


def test_what_the_service_says_of_itself_counts_where_nothing_else_is_known() -> None:
    assert summed([Reading("app_cpu", 40), Reading("app_memory", 99)]) == {"cpu": 40, "memory": 99}


def test_traffic_is_counted_once_and_loopback_apart() -> None:
    rates = {"eth0": 1.0, "db:9100 eth1": 0.5, "lo": 7.0, "docker0": 1.0, "veth12ab": 1.0}
    found = summed([*(Reading("net_in", rate, of) for of, rate in rates.items()), Reading("net_out", 2.0, "eth0")])
    assert found == {"net_in": 1.5, "net_out": 2.0, "net_local": 7.0}


def test_hosts_are_not_summed() -> None:
    readings = [
        Reading("host_cpu", 30),
        Reading("host_cpu", 80, "db:9100"),
        Reading("disk_read", 1, "a"),
        Reading("disk_read", 2, "b"),
    ]
    assert summed(readings) == {"host_cpu": 80, "disk_read": 3}


def test_batches_of_one_second_come_together() -> None:
    seconds = Seconds()
    seconds.add(Batch("host", 1.5, readings=[Reading("host_cpu", 30)]))
    seconds.add(Batch("postgres", 2.5, readings=[Reading("db_connections", 4, "shop")]))
    seconds.add(Batch("postgres", 1.5, readings=[Reading("db_connections", 3, "shop")]))
    assert seconds.take(2.0) == [(1.5, {"host_cpu": 30, "db_connections": 3})]
    assert seconds.take(3.0) == [(2.5, {"db_connections": 4})]
    assert seconds.take(4.0) == []


def test_growth_is_per_minute_and_of_all_workers() -> None:
    growth = Growth()
    found = [growth.update(float(second), {"11": 100 + second * 0.5, "12": 80.0}) for second in range(40)]
    assert found[14] is None
    assert found[39] == pytest.approx(30.0)


def test_a_worker_that_is_replaced_has_not_shrunk() -> None:
    growth = Growth()
    for second in range(60):
        growth.update(float(second), {"11": 500.0})
    found = [growth.update(float(second), {"12": 50.0}) for second in range(60, 90)]
    assert found[:10] == [None] * 10
    assert found[-1] == pytest.approx(0.0)


def test_one_peak_is_no_growth() -> None:
    assert slope_of([(float(second), 900.0 if second == 30 else 100.0) for second in range(60)]) == 0.0


def test_what_a_request_waits_for_is_the_mean_over_the_requests_of_all_workers() -> None:
    found = summed(
        [
            Reading("requests_finished", 30, "11"),
            Reading("requests_finished", 10, "12"),
            Reading("requests_finished", 0, "13"),
            Reading("request_pool_wait", 100, "11"),
            Reading("request_pool_wait", 20, "12"),
            Reading("loop_lag", 3, "11"),
            Reading("loop_lag", 80, "12"),
            Reading("gc_time", 4, "11"),
            Reading("gc_time", 12, "12"),
            Reading("requests_in_flight", 3, "11"),
            Reading("requests_in_flight", 4, "12"),
        ]
    )
    assert found == {"db_pool_wait": 80, "loop_lag": 80, "gc": 12, "in_flight": 7}


def test_objectives_know_every_signal_and_its_unit() -> None:
    assert {signal: unit.removeprefix("1") for signal, unit in SIGNALS.items()} == SIGNAL_UNITS

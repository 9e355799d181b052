"""When the generators were the limit of a run, and when they were not."""

from __future__ import annotations

import pytest

from loadcell.validity import LEAD, Exhaustion, Strain


def strain(cpus: list[float], lags: list[float] | None = None, name: str = "1") -> Strain:
    found = Strain()
    for cpu, lag in zip(cpus, lags or [1.0] * len(cpus), strict=True):
        found.second(name, cpu, lag)
    return found


def test_a_core_that_is_used_up_for_more_than_three_seconds_on_end() -> None:
    assert strain([50, 95, 95, 95, 50]).reasons() == []
    (reason,) = strain([50, 95, 95, 95, 95, 50]).reasons()
    assert "Generator 1 used more than 90 % of a core for 4 s" in reason
    assert "--processes" in reason
    assert strain([95, 95, 50] * 100).reasons() == [], "it caught up each time"


def test_a_loop_that_is_late_again_and_again() -> None:
    steady = [20.0] * 60
    assert strain(steady, [150.0] * 3 + [5.0] * 57).reasons() == [], "a hiccup or three are no bottleneck"
    (reason,) = strain(steady, [150.0] * 4 + [5.0] * 56).reasons()
    assert "150 ms late" in reason
    assert "blocks" in reason
    assert strain([20.0] * 600, [150.0] * 4 + [5.0] * 596).reasons() == [], "less than 1 % of all seconds"


def test_the_lead_carries_no_users() -> None:
    assert strain([100.0] * 20, [500.0] * 20, LEAD).reasons() == []
    assert strain([100.0] * 20, name=LEAD).cpu_max is None


@pytest.mark.parametrize("error", ["OSError(24, 'Too many open files')", "OSError(23, 'Too many open files in system')"])
def test_no_file_descriptors_left(error: str) -> None:
    exhaustion = Exhaustion()
    exhaustion.error(error, 7)
    (reason,) = exhaustion.reasons(connected=True)
    assert "7 requests failed" in reason
    assert "ulimit -n" in reason


def test_no_local_ports_left() -> None:
    exhaustion = Exhaustion()
    exhaustion.error("OSError(99, 'Cannot assign requested address')", 1)
    (reason,) = exhaustion.reasons(connected=True)
    assert "1 request failed" in reason
    assert "ip_local_port_range" in reason
    assert exhaustion.reasons(connected=False) == [], "there was no way to the service in the first place"


def test_errors_of_the_service_are_its_own() -> None:
    exhaustion = Exhaustion()
    for error in (
        "ConnectionRefusedError(111, 'Connection refused')",
        "500: OSError(24, 'Too many open files')",
        "HTTPError(24)",
    ):
        exhaustion.error(error, 5)
    assert exhaustion.reasons(connected=True) == []

"""What the service felt, in figures and in words."""

from __future__ import annotations

import pytest

from loadcell.monitors.signals import SIGNALS
from loadcell.report import service

SECONDS = {0: {"cpu": 10.0, "memory": 50.0}, 1: {"cpu": 30.0, "memory": 52.0}, 2: {"cpu": 80.0}}


def test_each_signal_has_its_least_mean_and_greatest_and_its_unit() -> None:
    found = service.figures(SECONDS)
    assert found["cpu"] == {"unit": "%", "min": 10.0, "avg": 40.0, "max": 80.0}
    assert found["memory"] == {"unit": "MB", "min": 50.0, "avg": 51.0, "max": 52.0}


def test_a_stage_has_those_of_its_own_seconds() -> None:
    assert service.figures(SECONDS, 1, 2)["cpu"]["avg"] == 30.0
    assert service.figures(SECONDS, 5, 9) == {}


def test_every_signal_has_its_words() -> None:
    assert set(SIGNALS) <= set(service.LABELS)


def test_of_what_there_was_nothing_nothing_is_said() -> None:
    quiet = service.figures({0: {"cpu": 0.0, "accept_queue": 0.0, "disk_write": 0.001}})
    assert [row.label for row in service.rows(quiet)] == [service.LABELS["cpu"]]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(83.21, "%", "83.2 %"), (1234.5, "MB", "1,234 MB"), (4.0, "", "4"), (0.5, "MB/s", "0.50 MB/s"), (12.0, "1/s", "12/s")],
)
def test_amounts(value: float, unit: str, text: str) -> None:
    assert service.amount(value, unit) == text

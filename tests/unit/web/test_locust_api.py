"""Locust's paths: what its files are called."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from loadcell.web.locust_api import _file_name


def test_the_name_of_a_file_can_be_sent_whatever_the_scenario_is_called() -> None:
    config = SimpleNamespace(scenario="load/\u0442\u0435\u0441\u0442 1.py", host="http://shop:8000")
    desk: Any = SimpleNamespace(config=config)
    name = _file_name(desk, "requests")
    assert name.isascii()
    assert name.endswith("______1_shop_8000_requests".removeprefix("_"))

"""The report that a script asks for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from loadcell.compat.figures import RequestStats
from loadcell.compat.locust.html import get_html_report, process_html_filename
from loadcell.scenario import User, task


class Shopper(User):
    host = "http://shop.test"

    @task
    def buy(self) -> None: ...


@pytest.fixture
def environment() -> Any:
    stats = RequestStats()
    stats.log_request("GET", "/<script>alert(1)</script>", 20, 4)
    stats.log_error("GET", "/<script>alert(1)</script>", "<b>no</b>")
    stats.history.append({"time": "t", "current_rps": ["t", 1.5], "user_count": ["t", "</script>"]})
    row = {"count": 1, "msg": "<i>", "traceback": "a\nb", "nodes": {"local"}}
    runner = SimpleNamespace(
        exceptions={1: row},
        user_classes=[Shopper],
        user_classes_count={"Shopper": 0},
        final_user_classes_count={"Shopper": 2},
    )
    return SimpleNamespace(stats=stats, runner=runner, host=None, locustfile="shop.py", profile=None, user_classes=[Shopper])


def test_holds_the_tables_and_escapes_what_the_scenario_says(environment: Any) -> None:
    page = get_html_report(environment)
    assert page.startswith("<!doctype html>")
    for title in (
        "Request Statistics",
        "Response Time Statistics",
        "Failures Statistics",
        "Exceptions Statistics",
        "Total Ratio",
    ):
        assert f"<h2>{title}</h2>" in page
    for text in ("http://shop.test", "shop.py", "Aggregated", "100.0% Shopper", "&lt;b&gt;no&lt;/b&gt;", "<pre>a\nb</pre>"):
        assert text in page
    assert "<script>alert" not in page
    assert page.count("</script>") == 1


def test_is_dark_if_wanted(environment: Any) -> None:
    assert "color-scheme:dark" in get_html_report(environment, theme="dark")
    assert "color-scheme:dark" not in get_html_report(environment, theme="")


def test_needs_a_runner(environment: Any) -> None:
    environment.runner = None
    with pytest.raises(ValueError, match="create_local_runner"):
        get_html_report(environment)


@pytest.mark.parametrize(("rate", "expected"), [(2.0, "10-2-60.html"), (0.5, "10-0.5-60.html"), (None, "10-{r}-60.html")])
def test_file_name_tells_the_load(rate: float | None, expected: str) -> None:
    options = SimpleNamespace(html_file="{u}-{r}-{t}.html", num_users=10, spawn_rate=rate, run_time=60)
    process_html_filename(options)
    assert options.html_file == expected

"""The HTML report as a browser shows it: offline, without errors, and with every name as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from loadcell import report
from loadcell.store import RunReader
from tests.browser.conftest import WITH_A_BROWSER
from tests.synthetic import HOSTILE, stepped_run, synthetic_run

pytestmark = WITH_A_BROWSER


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    path = folder / "report.html"
    with RunReader.open(synthetic_run(folder, seconds=60)) as reader:
        report.write_html(reader, path)
    return path


@pytest.fixture(scope="module")
def said(browser: Browser, page_file: Path) -> Iterator[tuple[Page, list[str], list[str]]]:
    """The open page, what its console complained of, and what it asked the network for."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(page_file.as_uri())
    page.wait_for_selector(".js-plotly-plot .main-svg")
    yield page, complaints, requests
    page.close()


def test_it_opens_offline_without_complaint(said: tuple[Page, list[str], list[str]]) -> None:
    _, complaints, requests = said
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


def test_it_draws_every_chart_with_named_axes(said: tuple[Page, list[str], list[str]]) -> None:
    page, _, _ = said
    titles = page.locator(".js-plotly-plot .xtitle").all_text_contents()
    assert page.locator(".js-plotly-plot").count() >= 5
    assert titles.count("Time since start (s)") >= 4
    assert "Response time (ms)" in titles


def test_a_chosen_entry_shows_its_own_distribution(said: tuple[Page, list[str], list[str]]) -> None:
    page, _, _ = said
    counts = "() => document.getElementById('distribution').data[0].y.reduce((sum, count) => sum + count, 0)"
    everything = page.evaluate(counts)
    names = page.locator("#entry option").all_text_contents()
    page.locator("#entry").select_option(label=next(name for name in names if "orders" in name))
    assert 0 < page.evaluate(counts) < everything


def test_names_from_the_service_stay_text(said: tuple[Page, list[str], list[str]]) -> None:
    page, _, _ = said
    assert page.title() != "owned"
    assert page.locator("img").count() == 0
    assert page.get_by_text(HOSTILE).count() >= 1


@pytest.mark.parametrize("width", [400, 1400])
def test_it_fits_the_window(said: tuple[Page, list[str], list[str]], width: int) -> None:
    page, _, _ = said
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width, timeout=10_000)


def test_the_charts_of_several_loads_are_drawn_and_fit_a_telephone(browser: Browser, tmp_path: Path) -> None:
    with stepped_run(tmp_path) as reader:
        report.write_html(reader, tmp_path / "report.html")
    page = browser.new_page(viewport={"width": 400, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.goto((tmp_path / "report.html").as_uri())
    page.wait_for_selector("#chart-scaling .main-svg")
    # A bar for each load and part, named below and above.
    assert page.locator("#chart-waterfall .bars .point").count() == 7 * 4
    assert page.locator("#chart-waterfall .xtick").all_text_contents()[0] == "1 user"
    assert "a database pool of 3?" in page.locator("#chart-scaling .annotation-text").all_text_contents()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert complaints == []
    page.close()

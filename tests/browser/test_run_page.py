"""The page as people use it: a run is started, watched, changed, stopped, understood, and laid over another one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import WITH_A_BROWSER
from tests.cli.served_page import Open, page
from tests.integration.loadcell_command import wait_until
from tests.synthetic import steady_run
from tests.target.launch import target_server

pytestmark = WITH_A_BROWSER

HOSTILE = "<script>window.hit=1</script><img src=x onerror=window.hit=1>"
SCENARIO = f"""
from loadcell import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.1)

    @task
    def read(self):
        self.client.get("/status/200", name="/read")

    @task
    def hostile(self):
        self.client.get("/status/404", name={HOSTILE!r})
"""
PATIENCE_MS = 20_000
_LOCAL = re.compile(r"(http|ws)://127\.0\.0\.1:|data:|blob:")
"""Where a page that works offline gets everything from."""


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    with target_server() as url:
        yield url


@pytest.fixture
def looked_at(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """An empty tab, and what its console complains of."""
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: complaints.append(request.url) if not _LOCAL.match(request.url) else None)
    yield tab, complaints
    tab.close()


def filled_in(tab: Page, opened: Open, **fields: str) -> None:
    tab.goto(opened.url)
    for label, value in fields.items():
        tab.get_by_label(label.replace("_", " "), exact=True).fill(value)


def start(tab: Page) -> None:
    tab.get_by_role("button", name="Start", exact=True).click()
    expect(tab.get_by_role("button", name="Stop")).to_be_visible(timeout=PATIENCE_MS)


def is_shown_as(shown: float, told: float) -> bool:
    """Whether the page's three digits are of a figure that the document tells to four places: each rounds by itself."""
    third_digit = 10 ** (math.floor(math.log10(told)) - 2) if 0 < told < 1000 else 1
    return abs(shown - told) <= third_digit / 2 + 0.00005 + 1e-9


def test_a_run_from_its_start_to_its_result(tmp_path: Path, target: str, looked_at: tuple[Page, list[str]]) -> None:
    tab, complaints = looked_at
    with page(tmp_path, "-H", target, "--objective", "p95 < 2s", scenario=SCENARIO) as opened:
        filled_in(tab, opened, Users_at_the_peak="many")
        expect(tab.get_by_text("--users 'many' is not a whole number")).to_be_visible(timeout=PATIENCE_MS)
        tab.get_by_label("Users at the peak").fill("3")
        tab.get_by_label("Users started per second").fill("10")
        expect(tab.get_by_text("is not a whole number")).to_be_hidden(timeout=PATIENCE_MS)
        start(tab)
        users = tab.locator(".lc-figure-value").first
        expect(users).to_have_text("3", timeout=PATIENCE_MS)
        tab.get_by_role("button", name="Change the load").click()
        tab.get_by_role("dialog").get_by_label("Users").fill("5")
        tab.get_by_role("dialog").get_by_label("How many a second").fill("10")
        tab.get_by_role("button", name="Change", exact=True).click()
        expect(users).to_have_text("5", timeout=PATIENCE_MS)
        tab.get_by_role("tab", name="Statistics").click()
        row = tab.get_by_role("row").filter(has_text="/read")
        wait_until(lambda: int(row.locator("td").nth(2).inner_text()) > 20, "requests are counted")
        assert tab.get_by_role("cell", name=HOSTILE).is_visible()
        tab.get_by_role("button", name="Stop").click()
        expect(tab.get_by_text("stopped")).to_be_visible(timeout=PATIENCE_MS)
        (run,) = opened.get("/api/v1/runs").json()
        document = opened.get(f"/api/v1/runs/{run['id']}").json()
        (read,) = [entry for entry in document["entries"] if entry["name"] == "/read"]
        expect(row.locator("td").nth(2)).to_have_text(str(read["requests"]), timeout=PATIENCE_MS)
        shown = [float(text) for text in row.locator("td").all_inner_texts()[2:12]]
        told = [read[name] for name in ("requests", "failures", "avg_ms", "min_ms", "max_ms", "p50_ms", "p95_ms", "p99_ms")]
        seen = [*shown[:2], *shown[4:]]
        assert all(is_shown_as(one, figure) for one, figure in zip(seen, told, strict=True)), (seen, told)
        tab.get_by_role("tab", name="Failures").click()
        expect(tab.locator("td.lc-pre").filter(has_text=HOSTILE).first).to_be_visible(timeout=PATIENCE_MS)
        tab.get_by_role("tab", name="Statistics").click()
        row.get_by_role("button").press("Enter")  # for those without a pointer; a click on it does the same
        expect(tab.get_by_role("dialog").locator(".main-svg").first).to_be_visible(timeout=PATIENCE_MS)
        tab.get_by_role("button", name="Close").click()
        expect(tab.locator(".lc-verdict")).to_contain_text("Passed", timeout=PATIENCE_MS)
        tab.get_by_role("tab", name="Result").click()
        report = tab.frame_locator("iframe")
        expect(report.get_by_role("heading", name="What to do next")).to_be_visible(timeout=PATIENCE_MS)
        # As high as what it holds: it is not scrolled inside of the page.
        inside, outside = report.locator("body"), tab.locator("iframe")
        wait_until(
            lambda: inside.evaluate("body => body.scrollHeight") <= outside.evaluate("frame => frame.clientHeight"),
            "the report is as high as what it holds",
        )
        for label, beginning in (
            ("Report (HTML)", b"<!doctype html>"),
            ("JSON", b"{"),
            ("CSV", b"Type,Name"),
            ("Run file", b"SQLite"),
        ):
            with tab.expect_download() as waited:
                tab.get_by_role("link", name=label).click()
            assert Path(waited.value.path()).read_bytes().lower().startswith(beginning.lower())
        tab.get_by_label("light or dark").click()
        expect(report.locator("body")).to_have_css("background-color", "rgb(16, 20, 27)", timeout=PATIENCE_MS)
        expect(tab.locator("body")).to_have_css("background-color", "rgb(16, 20, 27)", timeout=PATIENCE_MS)
        assert tab.evaluate("window.hit") is None
        assert complaints == []


def test_two_runs_are_laid_over_one_another(tmp_path: Path, target: str, looked_at: tuple[Page, list[str]]) -> None:
    tab, complaints = looked_at
    with page(tmp_path, "-H", target, scenario=SCENARIO) as opened:
        for users in ("1", "2"):
            assert opened.post("/api/v1/run", json={"options": {"users": users, "run-time": "2"}}).status_code == 202
            wait_until(lambda: opened.get("/api/v1/run").json()["exit_code"] is not None, "it is over")
        tab.goto(f"{opened.url}/runs")
        expect(tab.locator("tbody a").first).to_have_attribute("href", re.compile("/runs/2"), timeout=PATIENCE_MS)
        boxes = tab.locator("tbody .q-checkbox")
        expect(boxes).to_have_count(2, timeout=PATIENCE_MS)
        for number in range(2):
            boxes.nth(number).click()
        tab.get_by_role("button", name="Compare the two").click()
        expect(tab.locator(".main-svg").first).to_be_visible(timeout=PATIENCE_MS)
        first, second = sorted(opened.get("/api/v1/runs").json(), key=lambda run: str(run["id"]))
        sums = tab.get_by_role("row").filter(has_text="Aggregated").locator("td")
        assert (sums.nth(2).inner_text(), sums.nth(3).inner_text()) == (str(first["requests"]), str(second["requests"]))
        expect(tab.get_by_role("alert")).to_contain_text("They can't be compared")
        assert complaints == []


def test_two_runs_at_the_same_load_are_compared(tmp_path: Path, target: str, looked_at: tuple[Page, list[str]]) -> None:
    tab, complaints = looked_at
    with page(tmp_path, "-H", target, scenario=SCENARIO) as opened:
        for number, slower in ((1, 1.0), (2, 1.3)):
            steady_run(opened.shell.folder / ".loadcell/runs", f"run{number}", seed=number, slower=slower)
        tab.goto(f"{opened.url}/compare/run1/run2")
        expect(tab.locator(".lc-verdict")).to_contain_text("Regressed", timeout=PATIENCE_MS)
        expect(tab.frame_locator("iframe").locator(".main-svg").first).to_be_visible(timeout=PATIENCE_MS)
        expect(tab.frame_locator("iframe").get_by_role("cell", name="✗ regressed").first).to_be_visible()
        tab.get_by_role("link", name="The other way round").click()
        expect(tab.locator(".lc-verdict")).to_contain_text("Improved", timeout=PATIENCE_MS)
        assert complaints == []


def test_a_login_in_the_browser(tmp_path: Path, target: str, looked_at: tuple[Page, list[str]]) -> None:
    tab, _ = looked_at
    with page(tmp_path, "-H", target, "--web-login", scenario=SCENARIO, LOADCELL_WEB_PASSWORD="geheim") as opened:
        tab.goto(opened.url)
        tab.get_by_label(re.compile("Password")).fill("falsch")
        tab.get_by_role("button", name="Log in").click()
        expect(tab.get_by_role("alert")).to_contain_text("not the password", timeout=PATIENCE_MS)
        tab.get_by_label(re.compile("Password")).fill("geheim")
        tab.get_by_role("button", name="Log in").click()
        expect(tab.get_by_role("button", name="Start", exact=True)).to_be_visible(timeout=PATIENCE_MS)
        tab.get_by_role("button", name="Log out").click()
        expect(tab.get_by_label(re.compile("Password"))).to_be_visible(timeout=PATIENCE_MS)


def test_the_colours_that_were_chosen_are_remembered(tmp_path: Path, target: str, looked_at: tuple[Page, list[str]]) -> None:
    tab, complaints = looked_at
    with page(tmp_path, "-H", target, scenario=SCENARIO) as opened:
        tab.goto(opened.url)
        tab.get_by_label("light or dark").click()
        expect(tab.locator("body.body--dark")).to_be_attached(timeout=PATIENCE_MS)
        tab.goto(f"{opened.url}/runs")
        expect(tab.locator("body.body--dark")).to_be_attached(timeout=PATIENCE_MS)
        expect(tab.get_by_text("There is no run here yet")).to_be_visible(timeout=PATIENCE_MS)
        tab.get_by_role("link", name="API").click()
        expect(tab.get_by_text("/api/v1/run/points")).to_be_visible(timeout=PATIENCE_MS)
        assert complaints == []

"""Pictures of every page, light and dark, and of an assessment's report, into docs/images: `make pictures`. Takes about
six minutes.

What is seen is real: the shop with its PostgreSQL, under load from a run that is started on the page, or assessed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import psutil
from playwright.sync_api import Browser, Page, expect, sync_playwright

import loadcell_shop
from loadcell_shop.database import default_data
from loadcell_shop.filled import filled_database
from loadcell_shop.settings import Settings
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.cli.served_page import Open, page

FOLDER = Path(__file__).parents[1] / "docs" / "images"
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
REPORT = {"width": 1200, "height": 1250}
SCENARIO = Path(loadcell_shop.__file__).with_name("locustfile.py")
OBJECTIVES = ("p95 < 200ms", "error_rate < 1%", "server.cpu < 85%")
PATIENCE_MS = 60_000


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("--into", type=Path, default=FOLDER, help="another folder than docs/images")
    into: Path = parser.parse_args().into
    into.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as name,
        filled_database(Settings.from_environment(os.environ), default_data()) as database,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        # A minute of an assessment's load on a shop with one worker: there is a cause to be seen.
        words = ["-u", "1200", "-r", "40", "-t", "45s", "--app", "loadcell_shop.app:app", "--postgres", database]
        words += [word for objective in OBJECTIVES for word in ("--objective", objective)]
        scenario = SCENARIO.read_text()
        with page(
            Path(name) / "shop", *words, scenario=scenario, beside=SCENARIO.parent, SHOP_DATABASE_URL=database
        ) as opened:
            set_apart(opened)
            under_way(browser, opened, into)
            afterwards(browser, opened, into)
        with page(Path(name) / "locked", "--web-login", scenario=scenario, LOADCELL_WEB_PASSWORD="x") as opened:
            for tab, dark in tabs(browser, opened.url):
                shoot(tab, into, "login", dark)
        assessed(browser, Path(name), into)


def set_apart(opened: Open) -> None:
    """Give the service a core, as it would have a machine: else all that is seen is a noisy neighbour."""
    cores = sorted(os.sched_getaffinity(0))
    page_process = psutil.Process(opened.process.pid)
    page_process.cpu_affinity(cores[1:] or cores)
    for child in page_process.children(recursive=True):
        child.cpu_affinity(cores[:1])


def under_way(browser: Browser, opened: Open, into: Path) -> None:
    """The form, and a run as it goes."""
    for tab, dark in tabs(browser, opened.url):
        expect(tab.locator(".lc-plan .main-svg").first).to_be_visible(timeout=PATIENCE_MS)
        shoot(tab, into, "start", dark)
        if dark:
            tab.get_by_role("button", name="Start", exact=True).click()
            expect(tab.get_by_role("button", name="Stop")).to_be_visible(timeout=PATIENCE_MS)
    for tab, dark in tabs(browser, opened.url):
        tab.wait_for_timeout(0 if dark else 32_000)
        expect(tab.locator(".main-svg .trace path").first).to_be_attached(timeout=PATIENCE_MS)
        tab.wait_for_timeout(1_500)
        shoot(tab, into, "run", dark)
        tab.get_by_role("tab", name="Statistics").click()
        tab.wait_for_timeout(1_500)
        shoot(tab, into, "statistics", dark)


def afterwards(browser: Browser, opened: Open, into: Path) -> None:
    """The result, and the other pages."""
    with looking(browser, opened.url, "light") as tab:
        expect(tab.locator(".lc-verdict")).to_be_visible(timeout=PATIENCE_MS)
    assert opened.post("/api/v1/run", json={"options": {"users": "300", "run-time": "20"}}).status_code == 202
    with looking(browser, opened.url, "light") as tab:
        expect(tab.get_by_role("button", name="Stop")).to_be_visible(timeout=PATIENCE_MS)
        expect(tab.locator(".lc-verdict")).to_be_visible(timeout=PATIENCE_MS)
    first, second = sorted(str(run["id"]) for run in opened.get("/api/v1/runs").json())
    for name, path, shown in (
        ("result", f"/runs/{first}", "iframe"),
        ("ended", "/", ".lc-verdict"),
        ("runs", "/runs", "tbody tr"),
        ("two-runs", f"/compare/{first}/{second}", ".main-svg .trace path"),
        ("api", "/api", ".lc-path"),
    ):
        for tab, dark in tabs(browser, opened.url + path):
            tab.locator(shown).first.wait_for(state="attached", timeout=PATIENCE_MS)
            tab.wait_for_timeout(4_000)
            shoot(tab, into, name, dark)
    with looking(browser, opened.url, "light", PHONE) as tab:
        expect(tab.locator(".lc-verdict")).to_be_visible(timeout=PATIENCE_MS)
        tab.get_by_role("tab", name="Charts").click()
        tab.wait_for_timeout(2_000)
        shoot(tab, into, "phone", dark=False)


def assessed(browser: Browser, folder: Path, into: Path) -> None:
    """The report of a quick assessment, down to the cause."""
    subprocess.run([sys.executable, "-m", "loadcell", "demo", "--html", "report.html"], cwd=folder, check=True)
    with looking(browser, (folder / "report.html").as_uri(), "light", REPORT) as tab:
        expect(tab.locator(".main-svg").first).to_be_visible(timeout=PATIENCE_MS)
        tab.screenshot(path=into / "assessment.png")


def tabs(browser: Browser, url: str) -> Iterator[tuple[Page, bool]]:
    """A tab in each of the two colours, and whether it is the dark one."""
    for theme in THEMES:
        with looking(browser, url, theme) as tab:
            yield tab, theme == "dark"


@contextmanager
def looking(browser: Browser, url: str, theme: Literal["light", "dark"], size: dict[str, int] = DESK) -> Iterator[Page]:
    """A tab at an address."""
    context = browser.new_context(viewport=size, color_scheme=theme)  # type: ignore[arg-type]
    tab = context.new_page()
    tab.goto(url)
    yield tab
    context.close()


def shoot(tab: Page, into: Path, name: str, dark: bool) -> None:
    """Take a picture of what is to be seen without scrolling."""
    tab.screenshot(path=into / f"page-{name}{'-dark' if dark else ''}.png")


if __name__ == "__main__":
    sys.exit(main())

"""The HTML report: self-contained, and made of text whatever the names are."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from loadcell import report
from loadcell.errors import UsageError
from loadcell.report.frame import for_script
from loadcell.store import RunReader


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self._inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")
        if tag in ("script", "style"):
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif not self._inside:
            self.words.append(data)


@pytest.fixture(scope="module")
def text(shop_run: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("html") / "report.html"
    with RunReader.open(shop_run) as reader:
        report.write_html(reader, path)
    return path.read_text()


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def figures(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.scripts[0])
    return found


def test_nothing_is_loaded_from_elsewhere(page: Page) -> None:
    assert not [tag for tag, _ in page.tags if tag in ("link", "img", "iframe", "object", "base", "form")]
    assert not [attributes for _, attributes in page.tags if "src" in attributes or "href" in attributes]


def test_names_are_text(page: Page) -> None:
    assert len(page.scripts) == 3, "a name has added a script"
    assert not [attributes for _, attributes in page.tags if any(name.startswith("on") for name in attributes)]
    assert any("<img src=x onerror=alert(1)>" in words for words in page.words)
    assert "<img" not in json.dumps(figures(page)["errors"]), "plotly reads tags in its texts"


def test_the_policy_lets_only_the_pages_own_scripts_run(page: Page) -> None:
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy") or ""
    assert "default-src 'none'" in policy
    hashes = re.findall(r"'sha256-([^']+)'", policy)
    own = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in page.scripts[1:]]
    assert hashes == own


def test_json_can_not_leave_its_script_element() -> None:
    data = {"</script><!--": "<script>&\u2028"}
    assert not set("<>&\u2028") & set(for_script(data))
    assert json.loads(for_script(data)) == data


def test_the_page_says_what_the_document_says(page: Page, shop: RunReader) -> None:
    total = report.document(shop)["total"]
    words = " ".join(page.words)
    for figure in (f"{total['requests']:,}", f"{total['failures']:,}", "Exit code 1", "KeyError: <id>", shop.facts.id):
        assert figure in words
    choices = [tag for tag, _ in page.tags if tag == "option"]
    assert len(choices) == len(figures(page)["distributions"]) == 6


def test_a_long_run_is_drawn_with_at_most_2000_points(make_run: Callable[..., Path], tmp_path: Path) -> None:
    with RunReader.open(make_run(tmp_path, seconds=4500, rps=4, ramp_s=5)) as reader:
        report.write_html(reader, tmp_path / "long.html")
        requests = reader.total().requests
    data = figures(Page((tmp_path / "long.html").read_text()))["throughput"]["data"][0]
    assert len(data["x"]) == 1500
    assert sum(rate or 0 for rate in data["y"]) * 3 == pytest.approx(requests, rel=0.01)


def test_a_page_that_can_not_be_written_is_told(shop: RunReader, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be written"):
        report.write_html(shop, tmp_path)

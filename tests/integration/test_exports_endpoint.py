"""Where the page is served."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from loadcell.errors import UsageError
from loadcell.exports.endpoint import Endpoint
from loadcell.exports.feed import build_info
from loadcell.exports.pages import page_of


def served(host: str, port: int = 0) -> Endpoint:
    return Endpoint(page_of(lambda: [build_info()]), host, port)


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "http://127.0.0.1:"), ("::1", "http://[::1]:")])
def test_a_page_at_its_address_and_nothing_elsewhere(host: str, shown: str) -> None:
    endpoint = served(host)
    try:
        assert endpoint.url.startswith(shown)
        with urllib.request.urlopen(endpoint.url, timeout=10) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            assert b"loadcell_build_info{" in answer.read()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(endpoint.url.replace("/metrics", "/"), timeout=10)
    finally:
        endpoint.close()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(endpoint.url, timeout=10)


def test_an_address_that_is_not_of_this_machine() -> None:
    with pytest.raises(UsageError, match=r"Metrics can't be served on 203\.0\.113\.7:0: Cannot assign"):
        served("203.0.113.7")


def test_a_port_that_is_taken() -> None:
    endpoint = served("127.0.0.1")
    try:
        port = int(endpoint.url.rpartition(":")[2].removesuffix("/metrics"))
        with pytest.raises(UsageError, match="Address already in use"):
            served("127.0.0.1", port)
    finally:
        endpoint.close()

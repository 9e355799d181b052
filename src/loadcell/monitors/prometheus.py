"""A page of Prometheus metrics: of the service itself, or of node_exporter on its host."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit, urlunsplit

import httpx

from loadcell.errors import MonitorError
from loadcell.monitors.app_metrics import AppMetrics
from loadcell.monitors.exposition import Page, parse
from loadcell.monitors.node_metrics import NodeMetrics
from loadcell.monitors.reading import Reading, Sight, Unseen
from loadcell.monitors.turns import Turns, differ
from loadcell.text import HIDDEN, masked

_PATIENCE_S = 2.0
_LARGEST = 16_000_000
_FIRST_LOOKS = 6
_PLAIN = {"Accept": "text/plain;version=0.0.4"}
_FORM = "Name the page of metrics with --prometheus, as in http://HOST:PORT/metrics."


def shown(url: str) -> str:
    """The address of a page without what may be secret in it.

    >>> shown("http://anna:secret@127.0.0.1:9100/metrics?key=secret")
    'http://anna:***@127.0.0.1:9100/metrics?***'
    """
    parts = urlsplit(url)
    return masked(urlunsplit(parts._replace(query=HIDDEN if parts.query else "", fragment="")))


class Prometheus:
    """One page. Refused for good once it turns out to be of another worker at each scrape."""

    def __init__(self, url: str) -> None:
        """Without a path, /metrics is meant."""
        parts = urlsplit(url)
        self._url = url if parts.path.strip("/") or parts.query else urlunsplit(parts._replace(path="/metrics"))
        self._shown = shown(self._url)
        self.source = f"prometheus {self._shown}"
        self._host = parts.netloc.rpartition("@")[2]
        self._client: httpx.Client | None = None
        self._refusal: MonitorError | None = None
        self._turns = Turns()
        self._app = AppMetrics()
        self._node = NodeMetrics(self._host)
        self._started: float | None = None

    def open(self) -> None:
        if self._refusal is not None:
            raise self._refusal
        if not self._url.startswith(("http://", "https://")):
            raise MonitorError(f"{self._shown} is no address of a page", _FORM)
        self._turns, self._app, self._node, self._started = Turns(), AppMetrics(), NodeMetrics(self._host), None
        # A connection that is kept would lead to the same worker each time, and hide the others.
        self._client = httpx.Client(
            timeout=_PATIENCE_S,
            headers=_PLAIN,
            follow_redirects=True,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        if differ([self._page() for _ in range(_FIRST_LOOKS)]):
            self._refuse()

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def read(self, now: float) -> Iterable[Sight]:
        page = self._page()
        if self._turns.taken(page):
            self._refuse()
        if page.started != self._started:
            # Another process: its counters have nothing to do with those before.
            self._app, self._started = AppMetrics(), page.started
        return list(self._readings(page, now))

    def _readings(self, page: Page, now: float) -> Iterator[Sight]:
        if NodeMetrics.knows(page):
            yield from self._node.readings(page, now)
            return
        found: list[Reading] = list(self._app.readings(page, now))
        yield from found
        if not AppMetrics.knows(page):
            yield Unseen(
                f"requests, in {self._shown}",
                "Use prometheus-fastapi-instrumentator in the service, or name the page of node_exporter.",
            )

    def _refuse(self) -> None:
        self._refusal = MonitorError(
            f"{self._shown} is not used: each scrape is answered by another worker, for itself alone",
            "Set PROMETHEUS_MULTIPROC_DIR for the service, so that a page holds all workers, or run it with one.",
        )
        raise self._refusal

    def _page(self) -> Page:
        try:
            return parse(self._fetch())
        except ValueError as error:
            raise MonitorError(f"{self._shown} is not a page of Prometheus metrics", _FORM) from error

    def _fetch(self) -> str:
        assert self._client is not None
        deadline = time.monotonic() + _PATIENCE_S
        try:
            with self._client.stream("GET", self._url) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise MonitorError(f"{self._shown} answers with status {answer.status_code}", _FORM)
                body = bytearray()
                for part in answer.iter_bytes():
                    body += part
                    if time.monotonic() > deadline:
                        raise httpx.ReadTimeout("")
                    if len(body) > _LARGEST:
                        raise MonitorError(f"{self._shown} is larger than {_LARGEST / 1e6:.0f} MB", _FORM)
        except httpx.TimeoutException as error:
            raise MonitorError(
                f"{self._shown} did not answer within {_PATIENCE_S:.0f} s", "Is the service overloaded?"
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise MonitorError(f"{self._shown} can't be read: {error}", _FORM) from error
        return body.decode("utf-8", "replace")

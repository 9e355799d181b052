"""What all sessions of one process share: the network, remembered heads and targets, and where samples go."""

from __future__ import annotations

from typing import Any, Protocol

from loadcell.http import url as urls
from loadcell.http.network import Network
from loadcell.http.url import Url
from loadcell.http.wire import Heads

_KEPT_TARGETS = 10_000


class Entry(Protocol):
    """The statistics of one method and name, as far as a session feeds them."""

    times: list[int]
    """Response times of successes since the last fold, in µs: appending here is the whole cost of counting a request."""
    received: int
    """Bytes of body."""

    def fold(self) -> None:
        """Count what `times` holds; called by who appended when there are many."""


class Sink(Protocol):
    """Where the samples of one process go."""

    def entries_of(self, method: str) -> dict[str, Any]:
        """The known entries of a method by name; a live view, from which names may be missing."""

    def entry(self, method: str, name: str) -> Any:
        """The entry of a method and name, made when it is new."""

    def success(self, method: str, name: str, us: int, received: int) -> None:
        """Count a request that succeeded."""

    def failure(self, method: str, name: str, us: int, received: int, error: BaseException) -> None:
        """Count a request that failed."""

    def interrupted(self, method: str, name: str) -> None:
        """Count a request that was sent, and given up because its user was stopped."""

    def phases(self, method: str, name: str, *, connect_us: int, tls_us: int, body_us: int, redirects: int) -> None:
        """Add what of a request's time went to other than waiting for the answer."""

    def connected(self) -> None:
        """Count a connection that was opened with success."""


class Target:
    """A URL, ready to be sent to."""

    __slots__ = ("host", "line", "origin", "url")

    def __init__(self, url: Url, host: str | None = None) -> None:
        """`host`: a Host header of the scenario's own."""
        self.url = url
        self.host = host
        self.line = f"{url.target} HTTP/1.1\r\nHost: {host or url.authority}\r\n".encode("latin-1")
        """The request line after the method, and the Host header."""
        self.origin = f"{url.scheme}://{url.host}:{url.port}"


class Transport:
    """Shared by the sessions of one process."""

    def __init__(self, network: Network, sink: Sink) -> None:
        self.network = network
        self.sink = sink
        self.heads = Heads()
        self._targets: dict[str, dict[str, Target]] = {}

    def targets_of(self, base_url: str) -> dict[str, Target]:
        """The remembered targets of a base URL, by the URL text as the scenario wrote it."""
        return self._targets.setdefault(base_url, {})

    def target(self, base_url: str, text: str) -> Target:
        """The target of a URL that is absolute or continues the base URL; InvalidURL when it is neither."""
        known = self.targets_of(base_url)
        target = known.get(text)
        if target is None:
            absolute = text if text[:12].lower().startswith(("http://", "https://", "http+unix://")) else base_url + text
            target = Target(urls.split(absolute))
            if len(known) >= _KEPT_TARGETS:
                known.clear()
            # A request with credentials in its URL must be made ready each time.
            if target.url.userinfo is None:
                known[text] = target
        return target

"""What all sessions of one process share: the network, remembered heads and targets, and where samples go."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from loadcell.http import url as urls
from loadcell.http.connection import Pool
from loadcell.http.headers import encoded
from loadcell.http.network import Network
from loadcell.http.url import Url
from loadcell.http.wire import Heads

if TYPE_CHECKING:
    from loadcell.http.headers import Headers
    from loadcell.http.wire import Head

_KEPT_TARGETS = 10_000
_KEPT_BLOCKS = 1_000


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

    def left_out(self, method: str, name: str) -> None:
        """Count a request that --read-only kept from being sent."""

    def phases(self, method: str, name: str, *, connect_us: int, tls_us: int, body_us: int, redirects: int) -> None:
        """Add what of a request's time went to other than waiting for the answer."""

    def connected(self) -> None:
        """Count a connection that was opened with success."""


class Target:
    """A URL, ready to be sent to, and what its service last answered with."""

    __slots__ = ("answer", "answer_length", "get", "head", "host", "line", "origin", "text", "url")

    def __init__(self, url: Url, host: str | None = None, text: str | None = None) -> None:
        """`host`: a Host header of the scenario's own; `text`: the absolute URL as the scenario wrote it, where known."""
        self.url = url
        self.text = text
        self.host = host
        self.line = encoded(f"{url.target} HTTP/1.1\r\nHost: {host or url.authority}\r\n")
        """The request line after the method, and the Host header."""
        # Interned, so that the hot path compares origins by identity.
        self.origin = sys.intern(f"{url.scheme}://{url.host}:{url.port}")
        self.get: Outgoing | None = None
        """A plain GET with the headers that the first session to send one had: mostly those of all."""
        self.answer = b""
        """The head of the last answer that the fast path took, with the empty line; a service repeats it for a second."""
        self.answer_length = -1
        """That answer's length, body included."""
        self.head: Head | None = None

    def plain_get(self, block: bytes) -> Outgoing:
        """A GET with a session's header block."""
        get = Outgoing("GET", self, block, b"")
        if self.get is None:
            self.get = get
        return get

    def learn(self, data: bytes, heads: Heads) -> Head | None:
        """Read an answer that is all there, and remember its head; None when it is not for the fast path."""
        raw, end, content = data.partition(b"\r\n\r\n")
        head = heads.get(raw)
        if head is None or not head.keep_alive or len(content) != head.length or not end:
            return None
        self.answer = raw + end
        self.answer_length = len(data)
        self.head = head
        return head


class Outgoing:
    """A request as it goes over the wire: the method, where to, and the bytes."""

    __slots__ = ("block", "body", "data", "headers", "method", "target")

    def __init__(self, method: str, target: Target, block: bytes, body: bytes, headers: Headers | None = None) -> None:
        """`block`: header lines and the empty line. `headers`: those of `block` where they are the request's own."""
        self.method = method
        self.target = target
        self.block = block
        self.body = body
        self.headers = headers
        self.data = b"%b %b%b%b" % (method.encode("ascii"), target.line, block, body)


class Transport:
    """Shared by the sessions of one process."""

    latest: ClassVar[Transport | None] = None
    """The process's own, for sessions that a scenario makes by hand; set by who makes it."""

    def __init__(self, network: Network, sink: Sink, *, read_only: bool = False) -> None:
        """`read_only`: leave requests out that may change data."""
        self.network = network
        self.read_only = read_only
        self.sink = sink
        self.heads = Heads()
        self._blocks: dict[bytes, bytes] = {}
        self._targets: dict[str, dict[str, Target]] = {}
        self._pools: dict[int, tuple[Any, Pool]] = {}

    def pool_of(self, shared: Any) -> Pool | None:
        """The pool of those sessions that were given this object as theirs: one of ours, or one of another library's."""
        if shared is None or isinstance(shared, Pool):
            return shared
        return self._pools.setdefault(id(shared), (shared, Pool()))[1]

    def block(self, lines: bytes) -> bytes:
        """A header block of these lines; the same object for the same lines, so that sessions share what is made of it."""
        block = lines + b"\r\n"
        if len(self._blocks) >= _KEPT_BLOCKS:
            self._blocks.clear()
        return self._blocks.setdefault(block, block)

    def targets_of(self, base_url: str) -> dict[str, Target]:
        """The remembered targets of a base URL, by the URL text as the scenario wrote it."""
        return self._targets.setdefault(base_url, {})

    def head_of(self, origin: str) -> Head | None:
        """The head of an answer that came from there; None where none is remembered."""
        origins = set()
        for known in self._targets.values():
            for target in known.values():
                origins.add(target.origin)
                if target.head is not None and target.origin == origin:
                    return target.head
        # Heads whose bodies came apart from them are not kept with their targets.
        return self.heads.some() if origins == {origin} else None

    def target(self, base_url: str, text: str) -> Target:
        """The target of a URL that is absolute or continues the base URL; InvalidURL when it is neither."""
        known = self.targets_of(base_url)
        target = known.get(text)
        if target is None:
            absolute = text if text[:12].lower().startswith(("http://", "https://", "http+unix://")) else base_url + text
            target = Target(urls.split(absolute), text=absolute)
            if len(known) >= _KEPT_TARGETS:
                known.clear()
            # A request with credentials in its URL must be made ready each time.
            if target.url.userinfo is None:
                known[text] = target
        return target

"""One keep-alive connection at a time: taking it from the pool, one request and its answer over it, giving it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from loadcell.http.failures import RemoteDisconnected, ResponseTooLarge
from loadcell.http.network import Stream
from loadcell.http.tls import Trust
from loadcell.http.wire import Head, Heads, ResponseParser

MAX_BODY = 256 * 1024 * 1024
IDLE_PER_ORIGIN = 10
IDLE_IN_ALL = 20


class Idle:
    """Idle connections, all made with the same trust. The one used last is at hand; further ones are kept by origin."""

    __slots__ = ("_others", "last", "origin")

    def __init__(self) -> None:
        self.last: Stream | None = None
        """The connection that was used last; whoever takes it puts None in its place."""
        self.origin = ""
        """The origin of `last`."""
        self._others: list[tuple[str, Stream]] = []
        """Further ones with their origins, the oldest first."""

    def take(self, origin: str) -> Stream | None:
        """A connection that still seems to live."""
        if self.last is not None and self.origin == origin:
            stream, self.last = self.last, None
            if not stream.stale:
                return stream
            stream.close()
        while (other := self._newest(origin)) is not None:
            if not other.stale:
                return other
            other.close()
        return None

    def _newest(self, origin: str) -> Stream | None:
        for index in reversed(range(len(self._others))):
            if self._others[index][0] == origin:
                return self._others.pop(index)[1]
        return None

    def give(self, origin: str, stream: Stream) -> None:
        """Keep a connection for the next request."""
        if self.last is None:
            self.last, self.origin = stream, origin
            return
        if sum(kept == origin for kept, _ in self._others) >= IDLE_PER_ORIGIN:
            stream.close()
            return
        self._others.append((origin, stream))
        if len(self._others) > IDLE_IN_ALL:
            self._others.pop(0)[1].close()

    def close(self) -> None:
        """Close all of them."""
        if self.last is not None:
            self.last.close()
            self.last = None
        for _, stream in self._others:
            stream.close()
        self._others.clear()

    def __del__(self) -> None:
        # Of a session that the scenario made and dropped: the network holds what is open until somebody closes it.
        self.close()


class Pool:
    """Idle connections. Not shared between users unless the scenario does so."""

    __slots__ = ("_by_trust",)

    def __init__(self) -> None:
        self._by_trust: dict[Trust, Idle] = {}

    def idle(self, trust: Trust) -> Idle:
        """Those that were made with this trust."""
        return self._by_trust.setdefault(trust, Idle())

    def close(self) -> None:
        """Close all of them."""
        for idle in self._by_trust.values():
            idle.close()


def bounded(pieces: Iterable[bytes], limit: float) -> Iterator[bytes]:
    """The same pieces; ResponseTooLarge beyond `limit` bytes in all."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise ResponseTooLarge(f"response body exceeds {limit / 2**20:.0f} MiB")
        yield piece


class Answer:
    """A response under way on a stream: its head, then its body whole or piece by piece."""

    __slots__ = ("_expires", "_parser", "_pieces", "_stream", "complete", "head")

    def __init__(self, stream: Stream, method: str, first: bytes, expires: Callable[[], float], heads: Heads) -> None:
        """`first` is what the exchange returned; `expires` gives the moment until which the next bytes are awaited."""
        self._stream = stream
        self._expires = expires
        self._parser: ResponseParser | None = None
        self._pieces: list[bytes] = []
        self.complete = False
        """Whether the whole response was read and the connection can carry another one."""
        if not first:
            raise RemoteDisconnected("Remote end closed connection without response")
        self.head = self._read_plain(method, first, heads) or self._parse_head(method, first)

    def _read_plain(self, method: str, first: bytes, heads: Heads) -> Head | None:
        end = first.find(b"\r\n\r\n")
        if end < 0 or method == "HEAD":
            return None
        raw = first[:end]
        head = heads.get(raw) or heads.read(raw)
        if head is not None:
            self._pieces.append(first[end + 4 :])
        return head

    def _parse_head(self, method: str, data: bytes) -> Head:
        parser = self._parser = ResponseParser(method)
        parser.feed(data)
        while parser.head is None:
            data = self._stream.receive(self._expires())
            if not data:
                raise RemoteDisconnected("server closed the connection in the middle of the response head")
            parser.feed(data)
        return parser.head

    def pieces(self, limit: float = MAX_BODY) -> Iterator[bytes]:
        """The body as it comes, still content-encoded. ResponseTooLarge beyond `limit` bytes."""
        if self.head.length > limit and self._parser is None:
            raise ResponseTooLarge(f"response body of {self.head.length} bytes exceeds {limit / 2**20:.0f} MiB")
        yield from bounded(self._plain_pieces() if self._parser is None else self._parsed_pieces(self._parser), limit)

    def _plain_pieces(self) -> Iterator[bytes]:
        missing = self.head.length
        piece = self._pieces.pop()
        while True:
            missing -= len(piece)
            if missing < 0:
                yield piece[:missing]
                return  # More came than was announced: complete, but not fit for another request.
            if piece:
                yield piece
            if not missing:
                self.complete = self.head.keep_alive
                return
            piece = self._stream.receive(self._expires())
            if not piece:
                raise RemoteDisconnected("server closed the connection in the middle of the response body")

    def _parsed_pieces(self, parser: ResponseParser) -> Iterator[bytes]:
        while True:
            piece = parser.take()
            if piece:
                yield piece
            if parser.done:
                self.complete = self.head.keep_alive and not parser.excess
                return
            data = self._stream.receive(self._expires())
            if data:
                parser.feed(data)
            else:
                parser.end()

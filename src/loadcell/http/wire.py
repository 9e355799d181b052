"""HTTP/1.1 as bytes: response heads, and a parser for whatever the fast path leaves. No I/O.

The fast path serves a response that has one Content-Length and nothing that changes how it is read; its head is looked up
by its very bytes, since a service repeats them until the second of its Date header changes. Everything else (chunked
bodies, bodies that last until the connection closes, interim responses, odd heads) goes through httptools.
"""

from __future__ import annotations

import re
from typing import Any

import httptools

from loadcell.http.failures import MalformedResponse, RemoteDisconnected, ResponseTooLarge

MAX_HEAD = 64 * 1024
_STATUS = re.compile(rb"HTTP/1\.([01]) ([2-9]\d\d)(?: ([^\r\n\x00]*))?(?=\r\n|\Z)")
_LINES = re.compile(rb"(?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[\t\x20-\x7e\x80-\xff]*+)*+\Z")
_TELLING = re.compile(
    rb"\r\n(content-length|transfer-encoding|connection|proxy-connection|set-cookie|location|upgrade):[ \t]*([^\r]*)", re.I
)
_LENGTH_DIGITS = 18
_KEPT_HEADS = 1024
_KEPT_HEAD_BYTES = 4096


class Head:
    """A response's status line and headers, read as far as reading on requires."""

    __slots__ = ("encoded", "keep_alive", "length", "location", "plain", "raw", "reason", "set_cookie", "status")

    def __init__(self, raw: bytes, status: int, reason: str, length: int, keep_alive: bool) -> None:
        self.raw = raw
        """Status line and header lines, without the empty line."""
        self.status = status
        self.reason = reason
        self.length = length
        """Bytes of body; -1 when the head alone does not tell."""
        self.keep_alive = keep_alive
        self.encoded = b"content-encoding:" in raw.lower()
        """Whether the body must be decoded."""
        self.set_cookie = False
        self.location: str | None = None
        self.plain = False
        """Whether the fast path may deliver it: a known length, no cookie, no redirect."""


def read_head(raw: bytes) -> Head | None:
    """What the fast path needs of a head; None when httptools must read it, which is whenever anything is unusual."""
    match = _STATUS.match(raw)
    if match is None or not _LINES.match(raw, match.end()):
        return None
    minor, code, reason = match.groups()
    status = int(code)
    length = -1
    connection = b""
    set_cookie = False
    location: str | None = None
    for name, value in _TELLING.findall(raw, match.end()):
        kind = name.lower()
        if kind == b"content-length":
            if length >= 0 or not value.isdigit() or len(value) > _LENGTH_DIGITS:
                return None
            length = int(value)
        elif kind == b"connection":
            if connection or value.lower() not in (b"keep-alive", b"close"):
                return None
            connection = value.lower()
        elif kind == b"set-cookie":
            set_cookie = True
        elif kind == b"location":
            location = value.decode("latin-1").strip()
        else:
            return None
    if length < 0 or status in (204, 304):
        return None
    keep_alive = connection != b"close" if minor == b"1" else connection == b"keep-alive"
    head = Head(raw, status, (reason or b"").decode("latin-1"), length, keep_alive)
    head.set_cookie = set_cookie
    head.location = location
    head.plain = not set_cookie and location is None
    return head


class Heads:
    """Remembers heads by their bytes; forgets all when it holds 1,024."""

    __slots__ = ("_known", "get")

    def __init__(self) -> None:
        self._known: dict[bytes, Head | None] = {}
        self.get = self._known.get

    def some(self) -> Head | None:
        """One of those that are remembered; None where none is."""
        return next((head for head in self._known.values() if head is not None), None)

    def read(self, raw: bytes) -> Head | None:
        """As read_head, remembered where remembering pays."""
        head = read_head(raw)
        if head is not None and head.plain and len(raw) <= _KEPT_HEAD_BYTES:
            if len(self._known) >= _KEPT_HEADS:
                self._known.clear()
            self._known[raw] = head
        return head


class ResponseParser:
    """Reads one final response from bytes as they come, skipping interim ones.

    After each `feed`: `head` once it is complete, `take()` the body bytes so far, `done` when the response has ended.
    Raises MalformedResponse, ResponseTooLarge (head) and, from `end`, RemoteDisconnected.
    """

    def __init__(self, method: str) -> None:
        self.head: Head | None = None
        self.done = False
        self.excess = False
        """Bytes came after the response's end."""
        self._method = method
        self._body: list[bytes] = []
        self._received = 0
        self._parser: Any = httptools.HttpResponseParser(self)
        self._reason = b""
        self._fields: list[tuple[bytes, bytes]] = []

    def feed(self, data: bytes) -> None:
        """Read on. What an interim response leaves of `data` belongs to the next."""
        if self.done:
            self.excess = True
            return
        self._feed(data)
        if self.head is None:
            self._received += len(data)
            if self._received > MAX_HEAD:
                raise ResponseTooLarge(f"response head exceeds {MAX_HEAD // 1024} KiB")

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.done = True
        except httptools.HttpParserError as error:
            # A body that must not be there (HEAD) is read as a next response; the response itself is complete.
            if self.done:
                self.excess = True
                return
            raise MalformedResponse(f"malformed response: {_reason_of(error)}") from error

    def end(self) -> None:
        """The other side has closed: right for a body that lasts until then, else RemoteDisconnected."""
        if self.head is None or self.head.length >= 0 or self._chunked():
            raise RemoteDisconnected("server closed the connection in the middle of the response body")
        self.done = True

    def take(self) -> bytes:
        """The body bytes that came since the last call, still content-encoded."""
        body = b"".join(self._body)
        self._body.clear()
        return body

    def _chunked(self) -> bool:
        return any(name.lower() == b"transfer-encoding" and b"chunked" in value.lower() for name, value in self._fields)

    # httptools calls these.

    def on_status(self, reason: bytes) -> None:
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers come here too, after the head is complete; they are dropped, as requests does.
        if self.head is None:
            self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != 101:
            return
        self.head = self._make_head(status)
        if self._method == "HEAD":
            self.done = True

    def on_body(self, data: bytes) -> None:
        if self.done:
            self.excess = True
        else:
            self._body.append(data)

    def on_message_complete(self) -> None:
        if self.head is not None:
            self.done = True
        else:
            # An interim response has ended; the parser goes on with the next message by itself.
            self._reason = b""
            self._fields = []

    def on_message_begin(self) -> None:
        if self.done:
            self.excess = True

    def _make_head(self, status: int) -> Head:
        lines = [b"HTTP/%s %d %s" % (self._parser.get_http_version().encode(), status, self._reason)]
        lines += [name + b": " + value for name, value in self._fields]
        found = {name.lower(): value for name, value in self._fields}
        length = found.get(b"content-length", b"")
        bodiless = self._method == "HEAD" or status in (204, 304)
        persistent = self._parser.get_http_version() == "1.1"
        head = Head(
            raw=b"\r\n".join(lines),
            status=status,
            reason=self._reason.decode("latin-1"),
            length=int(length) if length.isdigit() else -1,
            keep_alive=self._parser.should_keep_alive() or (bodiless and persistent),
        )
        if status == 101 or b"close" in found.get(b"connection", b"").lower():
            head.keep_alive = False
        head.set_cookie = b"set-cookie" in found
        location = found.get(b"location")
        head.location = None if location is None else location.decode("latin-1").strip()
        return head


def _reason_of(error: Exception) -> str:
    text = str(error.args[0]) if error.args else type(error).__name__
    return text.strip().rstrip(".")[:120]

"""HTTP/1.1 as this server needs it: a request read from bytes, an answer turned into bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from tests.target.stations import Station

BODY = b'{"status":"ok","id":1}'
JSON = ("Content-Type", "application/json")


class BadRequest(Exception):
    """The client's bytes are no HTTP request, or the query does not fit the behaviour."""


@dataclass(slots=True)
class Request:
    """One request: the target taken apart, header names as sent."""

    method: str
    target: str
    version: str
    headers: list[tuple[str, str]]
    body: bytes
    path: str
    name: str
    """The first segment of the path: the behaviour asked for."""
    arguments: list[str]
    query: list[tuple[str, str]]

    def header(self, name: str, default: str = "") -> str:
        """The first value of a header, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name), default)

    def text(self, name: str, default: str = "") -> str:
        """A value of the query."""
        return dict(self.query).get(name, default)

    def number(self, name: str, default: float) -> float:
        """A number of the query."""
        return float(dict(self.query).get(name, default))

    @property
    def keep_alive(self) -> bool:
        """Whether the client wants the connection to stay."""
        wish = self.header("connection").lower()
        return "keep-alive" in wish if self.version == "HTTP/1.0" else "close" not in wish


@dataclass(slots=True)
class Answer:
    """A well-formed answer with a Content-Length, sent at once, after a delay, or when a station has served it."""

    body: bytes = BODY
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (JSON,)
    latency_ms: Callable[[], float] | None = None
    """Asked for the delay of each answer to the same request."""
    station: Station | None = None
    close: bool = False
    """Close the connection afterwards, and say so."""

    def encode(self, *, without_body: bool = False, close: bool = False) -> bytes:
        """The bytes on the wire; to a HEAD request without the body."""
        lines = list(self.headers)
        bodiless = self.status in (204, 304) or self.status < 200
        if not bodiless:
            lines.append(("Content-Length", str(len(self.body))))
        if close or self.close:
            lines.append(("Connection", "close"))
        return head(self.status, lines) + (b"" if without_body or bodiless else self.body)


def head(status: int, headers: Iterable[tuple[str, str]]) -> bytes:
    """A status line and headers, up to the empty line."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def parse(block: bytes) -> Request:
    """Read a request's head (without its empty line); the body is empty still."""
    first, *rest = block.decode("latin-1").split("\r\n")
    try:
        method, target, version = first.split(" ")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in rest)]
    except ValueError:
        raise BadRequest(f"no request line: {first!r}") from None
    parts = urlsplit(target)
    name, *arguments = [unquote(each) for each in parts.path.removeprefix("/").split("/")]
    query = parse_qsl(parts.query, keep_blank_values=True)
    return Request(method, target, version, headers, b"", parts.path, name, arguments, query)


def body_of(request: Request, data: bytes) -> tuple[bytes, int] | None:
    """The body at the start of the data and the bytes it takes there, or None while it is not complete."""
    if "chunked" in request.header("transfer-encoding").lower():
        return _dechunked(data)
    length = request.header("content-length", "0")
    if not length.isdecimal():
        raise BadRequest(f"Content-Length is no number: {length!r}")
    size = int(length)
    return (data[:size], size) if len(data) >= size else None


def _dechunked(data: bytes) -> tuple[bytes, int] | None:
    body, position = bytearray(), 0
    while True:
        end = data.find(b"\r\n", position)
        if end < 0:
            return None
        try:
            size = int(data[position:end].split(b";")[0], 16)
        except ValueError:
            raise BadRequest("a chunk size is no number") from None
        position = end + 2
        if size == 0:
            break
        if len(data) < position + size + 2:
            return None
        body += data[position : position + size]
        position += size + 2
    while (end := data.find(b"\r\n", position)) > position:
        position = end + 2
    return (bytes(body), position + 2) if end >= 0 else None

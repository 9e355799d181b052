"""What is asked of an agent and how it answers, as far as HTTP goes: heads of requests and of answers; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus

import httptools

from loadcell.guard import is_loopback

LARGEST_HEAD = 8192
JSON = "application/json"
LINES = "application/x-ndjson"
TEXT = "text/plain; charset=utf-8"


class NotUnderstood(ValueError):
    """What was sent is no request, or has more to it than a question."""


@dataclass(slots=True)
class Request:
    """The head of a request; agents take no other part of one."""

    method: str = ""
    path: str = ""
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    """By name in small letters."""
    keeps: bool = True
    """Whether another request may follow on the connection."""

    @classmethod
    def of(cls, head: bytes) -> Request:
        """The request of a head, its empty line included."""
        gathered = _Gathered()
        parser = httptools.HttpRequestParser(gathered)
        try:
            parser.feed_data(head)
            url = httptools.parse_url(gathered.url)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raise NotUnderstood("no request") from error
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in gathered.headers}
        if headers.get("content-length", "0").strip() != "0" or "transfer-encoding" in headers:
            raise NotUnderstood("a request with a body")
        return cls(
            method=parser.get_method().decode(),
            path=(url.path or b"/").decode("latin-1"),
            query=(url.query or b"").decode("latin-1"),
            headers=headers,
            keeps=parser.get_http_version() == "1.1" and "close" not in headers.get("connection", "").lower(),
        )


class _Gathered:
    """What the parser says."""

    def __init__(self) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))


def head(status: HTTPStatus, kind: str, length: int | None, *more: str) -> bytes:
    """The head of an answer; without a length, it lasts as long as the connection."""
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", f"Content-Type: {kind}", "Cache-Control: no-store", *more]
    lines.append("Connection: close" if length is None else f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def names_this_machine(host: str) -> bool:
    """Whether a Host header names loopback: a page in a browser that was led here under a name of its own says that name.

    >>> names_this_machine("127.0.0.1:8900"), names_this_machine("[::1]:8900"), names_this_machine("evil.example")
    (True, True, False)
    """
    name, _, port = host.rpartition(":")
    return is_loopback((name if name and port.isdecimal() else host).strip("[]"))

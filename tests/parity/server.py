"""A small deterministic service: every answer follows from the request, and every request is counted."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


class Handler(BaseHTTPRequestHandler):
    """/ok · /status/N · /json · /echo · /redirect/N · /login, /me (cookie) · /basic (a:b) · /slow/MS · /bytes/N · /hangup"""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        """Answer any method."""
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server: Any = self.server
        with server.counting:
            server.served[f"{self.command} {url.path}"] += 1
        first, _, rest = url.path.strip("/").partition("/")
        handle = getattr(self, f"on_{first}", None)
        if handle is None:
            self.reply(404, b"nothing here")
        else:
            handle(rest, dict(parse_qsl(url.query)), body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = answer

    def reply(self, status: int, body: bytes = b"ok", kind: str = "text/plain", **headers: str) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def on_ok(self, rest: str, query: dict[str, str], body: bytes) -> None:
        self.reply(200)

    def on_status(self, rest: str, query: dict[str, str], body: bytes) -> None:
        self.reply(int(rest), b"" if rest in ("204", "304") else b"ok")

    def on_json(self, rest: str, query: dict[str, str], body: bytes) -> None:
        self.reply(200, b'{"id": 7, "tags": ["a", "b"]}', "application/json")

    def on_echo(self, rest: str, query: dict[str, str], body: bytes) -> None:
        kept = {name: self.headers.get(name) for name in ("Content-Type", "Accept", "X-Trace", "Authorization")}
        if (kept["Content-Type"] or "").startswith("multipart/"):
            kept["Content-Type"], body = "multipart", b"%d parts" % body.count(b"Content-Disposition")
        found = {"method": self.command, "query": query, "body": body.decode(), "headers": kept}
        self.reply(200, json.dumps(found, sort_keys=True).encode(), "application/json")

    def on_redirect(self, rest: str, query: dict[str, str], body: bytes) -> None:
        left = int(rest)
        self.reply(302, b"", Location=f"/redirect/{left - 1}" if left > 1 else "/ok")

    def on_login(self, rest: str, query: dict[str, str], body: bytes) -> None:
        self.reply(200, Set_Cookie="session=abc; Path=/")

    def on_me(self, rest: str, query: dict[str, str], body: bytes) -> None:
        self.reply(200 if "session=abc" in (self.headers.get("Cookie") or "") else 401)

    def on_basic(self, rest: str, query: dict[str, str], body: bytes) -> None:
        wanted = "Basic " + base64.b64encode(b"a:b").decode()
        self.reply(200 if self.headers.get("Authorization") == wanted else 401)

    def on_slow(self, rest: str, query: dict[str, str], body: bytes) -> None:
        time.sleep(int(rest) / 1000)
        self.reply(200)

    def on_bytes(self, rest: str, query: dict[str, str], body: bytes) -> None:
        self.reply(200, b"x" * int(rest))

    def on_hangup(self, rest: str, query: dict[str, str], body: bytes) -> None:
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Service(ThreadingHTTPServer):
    """Counts what it served by method and path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.counting = threading.Lock()
        self.served: Counter[str] = Counter()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextmanager
def service() -> Iterator[Service]:
    """A service on a free port of loopback, for the time of the block."""
    server = Service()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()

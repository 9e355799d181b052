"""A shop that checks what it is sent, counts what it serves, and speaks a small protocol of its own besides."""

from __future__ import annotations

import json
import re
import socketserver
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

_LENGTH = struct.Struct(">I")


class Handler(BaseHTTPRequestHandler):
    """One route a method `METHOD_first-part-of-the-path`; 4xx for whoever does not keep to the rules."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        """Answer any method."""
        url = urlsplit(self.path)
        self.query = parse_qs(url.query)
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        first, _, self.rest = url.path.strip("/").partition("/")
        shop: Any = self.server
        with shop.counting:
            shop.served[self.command] += 1
        handle = getattr(self, f"{self.command}_{first or 'index'}", None)
        if handle is None:
            self.send(404, {"error": "no such route"})
        else:
            handle(shop)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def send(self, status: int, body: Any, kind: str = "application/json", **headers: str) -> None:
        """Send an answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def cookie(self, name: str) -> str:
        """A cookie's value; empty without it."""
        found = re.search(rf"\b{name}=([^;]+)", self.headers.get("Cookie") or "")
        return found[1] if found else ""

    def GET_index(self, shop: Any) -> None:
        self.send(200, b"<h1>shop</h1>", "text/html")

    def POST_login(self, shop: Any) -> None:
        sent = self.json() or {}
        if not sent.get("user") or sent.get("password") != f"{sent['user']}-pw":
            self.send(401, {"error": "wrong password"})
            return
        self.send(
            200, {"token": f"t-{sent['user']}", "refresh": f"r-{sent['user']}"}, Set_Cookie=f"session={sent['user']}; Path=/"
        )

    def POST_refresh(self, shop: Any) -> None:
        refresh = (self.json() or {}).get("refresh", "")
        ok = refresh.startswith("r-")
        self.send(200 if ok else 401, {"token": f"t-{refresh[2:]}", "refresh": refresh})

    def GET_profile(self, shop: Any) -> None:
        ok = (self.headers.get("Authorization") or "").startswith("Bearer t-")
        self.send(200 if ok else 401, {"name": (self.headers.get("Authorization") or "")[9:]})

    def GET_form(self, shop: Any) -> None:
        token = f"csrf{next(shop.numbers)}"
        page = f'<form><input type="hidden" name="csrf" value="{token}"></form>'.encode()
        self.send(200, page, "text/html", Set_Cookie=f"csrf={token}; Path=/")

    def POST_form(self, shop: Any) -> None:
        token = parse_qs(self.body.decode()).get("csrf", [""])[0]
        ok = bool(token) and token == self.cookie("csrf")
        self.send(200 if ok else 403, {"saved": ok})

    def GET_items(self, shop: Any) -> None:
        if self.rest:
            self.send(200, {"id": int(self.rest), "price": 10 + int(self.rest)})
        else:
            page = int(self.query.get("page", ["1"])[0])
            self.send(200, {"items": [{"id": 10 * page + n} for n in range(10)], "next": page + 1})

    def POST_cart(self, shop: Any) -> None:
        ok = bool(self.cookie("session")) and "id" in (self.json() or {})
        self.send(201 if ok else 400, {"ok": ok})

    def DELETE_cart(self, shop: Any) -> None:
        self.send(200, {"ok": True})

    def POST_checkout(self, shop: Any) -> None:
        ok = bool(self.cookie("session"))
        self.send(200 if ok else 401, {"order": next(shop.numbers)})

    def POST_graphql(self, shop: Any) -> None:
        sent = self.json() or {}
        if sent.get("operationName") == "Broken":
            self.send(200, {"data": None, "errors": [{"message": "no such field"}]})
        else:
            self.send(200, {"data": {sent.get("operationName", "?"): sent.get("variables")}})

    def POST_upload(self, shop: Any) -> None:
        ok = (self.headers.get("Content-Type") or "").startswith("multipart/form-data; boundary=")
        self.send(200 if ok else 415, {"bytes": len(self.body), "parts": self.body.count(b"Content-Disposition")})

    def GET_download(self, shop: Any) -> None:
        self.send(200, b"x" * int(self.rest), "application/octet-stream")

    def POST_jobs(self, shop: Any) -> None:
        job = next(shop.numbers)
        shop.jobs[job] = 2
        self.send(202, {"id": job})

    def GET_jobs(self, shop: Any) -> None:
        left = shop.jobs.get(int(self.rest), 0)
        shop.jobs[int(self.rest)] = left - 1
        self.send(200, {"state": "pending" if left > 0 else "done"})

    def GET_trace(self, shop: Any) -> None:
        found = self.headers.get("X-Correlation-Id") or ""
        self.send(200 if found else 400, {"id": found}, X_Correlation_Id=found)

    def GET_flaky(self, shop: Any) -> None:
        fails = next(shop.numbers) % 5 == 0
        self.send(503 if fails else 200, {"ok": not fails})

    def PUT_settings(self, shop: Any) -> None:
        self.send(200, self.json() or {})

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Shop(ThreadingHTTPServer):
    """Counts what it served by method."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.counting = threading.Lock()
        self.served: Counter[str] = Counter()
        self.numbers = count(1)
        self.jobs: dict[int, int] = {}

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class Shout(socketserver.BaseRequestHandler):
    """Answers each message, four bytes of length and the text, in capitals."""

    def handle(self) -> None:
        stream = self.request.makefile("rwb")
        while len(head := stream.read(4)) == 4:
            text = stream.read(_LENGTH.unpack(head)[0]).upper()
            stream.write(_LENGTH.pack(len(text)) + text)
            stream.flush()


class ShoutServer(socketserver.ThreadingTCPServer):
    """On a free port of loopback."""

    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextmanager
def shop() -> Iterator[tuple[Shop, ShoutServer]]:
    """Both servers, for the time of the block."""
    servers = (Shop(), ShoutServer(("127.0.0.1", 0), Shout))
    for server in servers:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield servers
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()

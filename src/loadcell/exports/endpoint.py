"""The place where Prometheus fetches the page: a small HTTP server in threads of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from loadcell.errors import UsageError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/metrics"
_PATIENCE_S = 10.0
_LOOK_S = 0.1
"""How often it is looked whether to end."""


class Endpoint:
    """Serves a page at /metrics from the moment it is made until `close`, or until the process ends."""

    def __init__(self, page: WSGIApplication, host: str, port: int) -> None:
        """Port 0: a free one. UsageError if nobody may listen there."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        kind = type("_Server", (_Server,), {"address_family": family})
        try:
            self._server = kind((host, port), _Handler)
        except OSError as error:
            where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            raise UsageError(
                f"Metrics can't be served on {where}: {error.strerror or error}.",
                "Name another port with --metrics-port; 0 takes a free one.",
            ) from error
        self._server.set_app(_only_there(page))
        self._thread = threading.Thread(target=self._server.serve_forever, args=[_LOOK_S], name="metrics", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The page's address."""
        host, port = self._server.server_address[:2]
        shown = f"[{host!s}]" if ":" in str(host) else str(host)
        return f"http://{shown}:{port}{PATH}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 16

    def server_bind(self) -> None:
        # As HTTPServer does it, without asking for the machine's full name, which may take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()

    def handle_error(self, request: object, client_address: object) -> None:
        """Who asked has gone away: that is nobody's concern here."""


class _Handler(WSGIRequestHandler):
    timeout = _PATIENCE_S

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the terminal belongs to the run."""


def _only_there(page: WSGIApplication) -> WSGIApplication:
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PATH:
            return page(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [f"The metrics are at {PATH}.\n".encode()]

    return answer

"""Listens, on a loopback port (plain or TLS) or a Unix socket, and says where."""

import argparse
import asyncio
import contextlib
import importlib
import signal
import ssl
import sys
import urllib.parse
from collections.abc import Coroutine
from typing import Any

from tests.target import answers, faults, stations, telling
from tests.target.connection import Connection, Server
from tests.target.supervisor import die_with_parent, steady_port, supervise


def main() -> None:
    """Serve until SIGTERM or Ctrl-C; prints one line when it listens."""
    parser = argparse.ArgumentParser(prog="python -m tests.target", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="serve HTTPS with these PEM files")
    parser.add_argument("--unix", metavar="PATH", help="listen on a Unix socket instead")
    parser.add_argument("--spin", action="store_true", help="never sleep: no wake-up time in the latencies, a core lost")
    parser.add_argument(
        "--max-connections", type=int, metavar="N", help="while so many are open, further ones are refused by the system"
    )
    parser.add_argument("--restart-after", type=float, metavar="S", help="when the server dies, it is back after S seconds")
    parser.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.supervised:
        die_with_parent()
    elif options.restart_after is not None:
        supervise(sys.argv[1:], options.restart_after)
        return
    with contextlib.suppress(KeyboardInterrupt):
        _run(serve(options.port, options.tls, options.unix, spin=options.spin, most=options.max_connections))


class Door:
    """A listening port that is closed while there are as many connections as there may be."""

    def __init__(self, server: Server, most: int, tls: ssl.SSLContext | None) -> None:
        self._server = server
        self._most = most
        self._tls = tls
        self._port = 0
        self._listener: asyncio.AbstractServer | None = None
        self._opening: asyncio.Task[int] | None = None
        server.admits, server.left = self._admits, self._left

    async def open(self, port: int) -> int:
        """Listen; returns the port."""
        listener = await self._server.loop.create_server(
            lambda: Connection(self._server), "127.0.0.1", port, ssl=self._tls, backlog=16000
        )
        self._port = int(listener.sockets[0].getsockname()[1])
        self._listener = listener
        return self._port

    def _admits(self) -> bool:
        open_now = self._server.truth.open
        if open_now >= self._most and self._listener is not None:
            self._listener.close()
            self._listener = None
        return open_now <= self._most

    def _left(self) -> None:
        opening = self._opening is not None and not self._opening.done()
        if self._listener is None and not opening and self._server.truth.open < self._most:
            self._opening = self._server.loop.create_task(self.open(self._port))


async def serve(port: int, tls: list[str] | None, unix: str | None, *, spin: bool = False, most: int | None = None) -> None:
    """Listen and serve until a signal comes; `most`: so many connections at a time."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stopped.set)
    behaviours = {**answers.BEHAVIOURS, **faults.BEHAVIOURS, **stations.BEHAVIOURS, **telling.BEHAVIOURS}
    server = Server(loop, behaviours, answers.ready_made())
    context = None
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
    if unix is not None:
        await loop.create_unix_server(lambda: Connection(server), unix, ssl=context)
        url = "http+unix://" + urllib.parse.quote(unix, safe="")
    else:
        if most is not None:
            port = port or steady_port()
        port = await Door(server, most or sys.maxsize, context).open(port)
        url = f"{'http' if context is None else 'https'}://127.0.0.1:{port}"
    print(f"target: listening on {url}", flush=True)  # noqa: T201 - the line whoever started it waits for
    if spin:
        _spin(loop)
    await stopped.wait()


def _spin(loop: asyncio.AbstractEventLoop) -> None:
    loop.call_soon(_spin, loop)


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        new_loop = importlib.import_module("uvloop").new_event_loop
    except ImportError:
        new_loop = asyncio.new_event_loop
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(work)

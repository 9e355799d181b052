"""Listens, on a loopback port (plain or TLS) or a Unix socket, and says where."""

import argparse
import asyncio
import contextlib
import importlib
import signal
import ssl
import urllib.parse
from collections.abc import Coroutine
from typing import Any

from tests.target import answers, faults, telling
from tests.target.connection import Connection, Server


def main() -> None:
    """Serve until SIGTERM or Ctrl-C; prints one line when it listens."""
    parser = argparse.ArgumentParser(prog="python -m tests.target", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="serve HTTPS with these PEM files")
    parser.add_argument("--unix", metavar="PATH", help="listen on a Unix socket instead")
    parser.add_argument("--spin", action="store_true", help="never sleep: no wake-up time in the latencies, a core lost")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        _run(serve(options.port, options.tls, options.unix, spin=options.spin))


async def serve(port: int, tls: list[str] | None, unix: str | None, *, spin: bool = False) -> None:
    """Listen and serve until a signal comes."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stopped.set)
    behaviours = {**answers.BEHAVIOURS, **faults.BEHAVIOURS, **telling.BEHAVIOURS}
    server = Server(loop, behaviours, answers.ready_made())
    context = None
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
    if unix is not None:
        listener = await loop.create_unix_server(lambda: Connection(server), unix, ssl=context)
        url = "http+unix://" + urllib.parse.quote(unix, safe="")
    else:
        listener = await loop.create_server(lambda: Connection(server), "127.0.0.1", port, ssl=context, backlog=16000)
        scheme = "http" if context is None else "https"
        url = f"{scheme}://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    print(f"target: listening on {url}", flush=True)  # noqa: T201 - the line whoever started it waits for
    if spin:
        _spin(loop)
    await stopped.wait()
    listener.close()


def _spin(loop: asyncio.AbstractEventLoop) -> None:
    loop.call_soon(_spin, loop)


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        new_loop = importlib.import_module("uvloop").new_event_loop
    except ImportError:
        new_loop = asyncio.new_event_loop
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(work)

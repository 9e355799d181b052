"""`python -m loadcell_shop`: starts PostgreSQL, fills it, serves the shop, and stops everything at SIGTERM or Ctrl-C."""

import argparse
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import uvicorn
from sqlalchemy.engine import make_url

from .database import default_data
from .errors import ShopError
from .filled import filled_database
from .settings import Settings

HOST = "127.0.0.1"
GRACE_SECONDS = 10  # for requests under way when the shop is told to stop


def main(arguments: Sequence[str]) -> int:
    """Run the shop until it is told to stop; returns the exit code."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # from here on as Ctrl-C: everything is put away
    try:
        _run(Settings.from_environment(os.environ), options)
    except ShopError as error:
        print(f"shop: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadcell_shop", description="An example service to put load on.")
    parser.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1; 0 takes a free one (default: 8000)")
    parser.add_argument("--workers", type=int, default=1, help="number of processes that serve (default: 1)")
    parser.add_argument("--data", type=Path, default=default_data(), help="PostgreSQL's directory (default: %(default)s)")
    parser.add_argument("--database-only", action="store_true", help="run the filled database without the service")
    options = parser.parse_args(arguments)
    if options.workers < 1:
        parser.error("--workers must be at least 1")
    if not 0 <= options.port <= 65535:
        parser.error("--port must be between 0 and 65535")
    return options


def _run(settings: Settings, options: argparse.Namespace) -> None:
    # Before the database is started, so that a busy port is told at once.
    port = 0 if options.database_only else _usable_port(options.port)
    with filled_database(settings, options.data) as url:
        print(f"shop: database at {make_url(url)}", flush=True)  # printed without its password
        if options.database_only:
            signal.pause()
        else:
            _serve(port, options.workers, url)


def _usable_port(port: int) -> int:
    """Return the port, or a free one for 0; raises ShopError when someone else listens on it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ShopError(f"Port {port} cannot be used ({error.strerror}). Choose another one with --port.") from None
        usable: int = probe.getsockname()[1]
        return usable


def _serve(port: int, workers: int, database_url: str) -> None:
    """Serve until a signal comes."""
    os.environ["SHOP_DATABASE_URL"] = database_url  # workers read their settings from the environment
    threading.Thread(target=_announce, args=(port,), daemon=True).start()
    uvicorn.run(
        f"{__package__}.app:app",
        host=HOST,
        port=port,
        workers=workers,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _announce(port: int) -> None:
    """Print where the shop listens, once it does."""
    while True:
        try:
            socket.create_connection((HOST, port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            print(f"shop: listening on http://{HOST}:{port}", flush=True)
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

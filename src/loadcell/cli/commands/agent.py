"""`loadcell agent`: reads the service's host for controllers elsewhere, until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import ssl
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loadcell.cli import speech
from loadcell.cli.options import Parser
from loadcell.config import values
from loadcell.errors import EXIT_PASSED, ConfigError, UsageError
from loadcell.guard import is_loopback

if TYPE_CHECKING:
    from loadcell.agent.protocol import Latest
    from loadcell.agent.server import Door
    from loadcell.agent.sources import Sources
    from loadcell.monitors.reading import Batch

_DESCRIPTION = "Reads the service and its host for a loadcell run or assess on another machine (--agent HOST:PORT)."
_EPILOG = (
    "It only reads, listens on 127.0.0.1 unless told otherwise, and sends numbers, names and statements without their "
    "values. Ctrl-C or SIGTERM ends it. docs/agent.md says more."
)
_EVERYWHERE = ("0.0.0.0", "::")
_VALUES: dict[str, Callable[[str], Any]] = {
    "port": values.positive_int,
    "pid": values.positive_int,
    "postgres": values.some_text,
    "prometheus": values.metrics_url,
    "probe_dir": values.path,
    "token_file": values.path,
    "tls_cert": values.path,
    "tls_key": values.path,
}


def run(words: list[str]) -> int:
    """Serve until a signal comes; returns the exit code. UsageError if that can't be."""
    given = _settled(_parser().parse_args(words))
    door = _door(given)
    from loadcell.agent.sources import Sources

    sources = Sources(
        port=given.port,
        pid=given.pid,
        postgres=given.postgres,
        prometheus=tuple(given.prometheus),
        probe=given.probe_dir and given.probe_dir.absolute(),
    )
    asyncio.run(_serve(sources, door))
    return EXIT_PASSED


def _parser() -> Parser:
    parser = Parser(prog="loadcell agent", description=_DESCRIPTION, epilog=_EPILOG)
    what = parser.add_argument_group("what to watch")
    what.add_argument("--port", metavar="N", help="the port that the service listens on here: its workers are found by it")
    what.add_argument("--pid", metavar="N", help="a process of the service, as where it is in a container")
    what.add_argument(
        "--postgres", metavar="DSN", help="its PostgreSQL; LOADCELL_POSTGRES keeps it out of the list of processes"
    )
    what.add_argument(
        "--prometheus", metavar="URL", action="append", default=[], help="a page of metrics; once for each page"
    )
    what.add_argument("--probe-dir", metavar="FOLDER", help="where its workers have their probes: its LOADCELL_PROBE_DIR")
    who = parser.add_argument_group("who may read")
    who.add_argument(
        "--listen",
        metavar="[HOST:]PORT",
        default=str(values.AGENT_PORT),
        help=f"127.0.0.1:{values.AGENT_PORT} when absent; any other host needs a token and TLS",
    )
    who.add_argument(
        "--token-file", metavar="FILE", help="who reads must have the token in this file, which is closed to others"
    )
    who.add_argument("--tls-cert", metavar="FILE", help="the certificate to show (PEM)")
    who.add_argument("--tls-key", metavar="FILE", help="its key, unless that is in the same file")
    return parser


def _settled(given: argparse.Namespace) -> argparse.Namespace:
    """The words as values. ConfigError with all mistakes."""
    mistakes = []
    given.postgres = given.postgres or os.environ.get("LOADCELL_POSTGRES") or None
    for name, parse in _VALUES.items():
        raw = getattr(given, name)
        try:
            found = [parse(text) for text in raw] if isinstance(raw, list) else None if raw is None else parse(raw)
        except ValueError as error:
            shown = "" if name == "postgres" else f" {raw!r}"
            mistakes.append(f"--{name.replace('_', '-')}{shown} {error}")
        else:
            setattr(given, name, found)
    if not mistakes and not any((given.port, given.pid, given.postgres, given.prometheus, given.probe_dir)):
        mistakes.append("There is nothing to watch: name the service by --port N or --pid N.")
    if mistakes:
        raise ConfigError(mistakes, "'loadcell agent --help' lists the options.")
    return given


def _door(given: argparse.Namespace) -> Door:
    """Where to listen, and for whom. UsageError unless it is closed as well as its address demands."""
    from loadcell.agent.server import Door
    from loadcell.agent.token import read_token

    host, port = _place(given.listen)
    if not is_loopback(host):
        lacking = {"--token-file FILE": given.token_file, "--tls-cert FILE and --tls-key FILE": given.tls_cert}
        if missing := [words for words, value in lacking.items() if value is None]:
            raise UsageError(
                f"An agent on {host} can be reached from other machines: it needs {' and '.join(missing)}.",
                "On 127.0.0.1 it needs neither, and ssh -L leads there (docs/agent.md).",
            )
    if given.tls_key is not None and given.tls_cert is None:
        raise UsageError("--tls-key needs --tls-cert FILE.")
    return Door(
        host,
        port,
        token=None if given.token_file is None else read_token(given.token_file),
        tls=None if given.tls_cert is None else _tls(given.tls_cert, given.tls_key),
    )


def _place(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535 or (colon and not host):
        raise UsageError(f"--listen {text!r} is no address: write PORT or HOST:PORT.")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    return "127.0.0.1" if host.lower() == "localhost" else host, int(port)


def _tls(certificate: Path, key: Path | None) -> ssl.SSLContext:
    def ask() -> str:
        raise UsageError(f"The key {key or certificate} is encrypted.", "Give one without a passphrase, closed to others.")

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for path in (certificate, key or certificate):
        try:
            path.open("rb").close()
        except OSError as error:
            raise UsageError(f"{path} can't be read: {error.strerror}.") from error
    try:
        context.load_cert_chain(certificate, key, password=ask)
    except ssl.SSLError as error:
        why = error.reason or str(error)
        raise UsageError(
            f"{certificate} and {key or 'the key in it'} are no certificate and its key ({why}).", "Both in PEM form."
        ) from error
    return context


async def _serve(sources: Sources, door: Door) -> None:
    from loadcell.agent.server import Agent
    from loadcell.clock import SystemClock
    from loadcell.machine import version_of

    board = _Board()
    version = version_of("loadcell")
    agent = Agent(sources, door, SystemClock(), version=version, log=board.log, page=_page)
    try:
        await agent.start()
    except OSError as error:
        why = error.strerror if error.errno else str(error)
        hint = "Another agent? --listen names another port."
        raise UsageError(f"Nobody can listen on {door.host}, port {door.port}: {why}.", hint) from error
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, ended.set)
    board.open(version, sources, door, agent.port)
    look = asyncio.ensure_future(agent.check())
    look.add_done_callback(lambda done: None if done.cancelled() else board.looked(done.result()))
    await ended.wait()
    look.cancel()
    board.log("ends")
    await agent.stop()


def _page(latest: Latest, accept: str) -> tuple[str, bytes]:
    """What Prometheus reads; loaded when it does."""
    from loadcell.exports.feed import build_info
    from loadcell.exports.pages import written
    from loadcell.exports.server_figures import latest as each
    from loadcell.exports.server_figures import sums

    return written([build_info(), *sums(latest.signals), *each(latest.readings)], accept)


class _Board:
    """What the agent says of itself, on stderr."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)

    def open(self, version: str, sources: Sources, door: Door, port: int) -> None:
        """Who it is, what it watches, where it listens and how it is read."""
        from loadcell.machine import describe_machine, host_name

        machine, host = describe_machine(()), host_name()
        cores = "1 core" if machine["cores"] == 1 else f"{machine['cores']} cores"
        name = f"[{door.host}]" if ":" in door.host else door.host
        address = f"{name}:{port}"
        self._line(
            "agent", f"{host}: {cores}, {machine['memory_mb'] / 1000:.1f} GB, {machine['system']}, Loadcell {version}"
        )
        self._line("watches", " · ".join(sources.words()))
        scheme = "https" if door.tls else "http"
        who = "with the token" if door.token else "whoever is on this machine"
        self._line("listens", f"{scheme}://{address}, to {who}")
        if door.host in _EVERYWHERE:
            address = f"{host}:{port}"
        elif is_loopback(door.host) and door.tls:
            address = f"https://{address}"
        token = " --agent-token-file FILE" if door.token else ""
        self._line("read it", f"loadcell run --agent {address}{token} …")
        if is_loopback(door.host):
            self._line("", f"elsewhere after: ssh -N -L {port}:{name}:{port} {host}")

    def looked(self, batches: list[Batch]) -> None:
        """How a first look at each source went."""
        for batch in batches:
            if batch.trouble is not None:
                hint = f" {batch.trouble.hint}" if batch.trouble.hint else ""
                self._line("not yet", f"{batch.trouble.message}.{hint}", "yellow")
            for unseen in batch.unseen:
                self._line("unseen", f"{unseen.what}. {unseen.remedy}", "yellow")
        fine = [batch.source for batch in batches if batch.trouble is None]
        if fine:
            self._line("ready", ", ".join(fine), "green")

    def log(self, text: str) -> None:
        """A line with the time."""
        self._line(time.strftime("%H:%M:%S"), text, "dim")

    def _line(self, label: str, text: str, style: str = "bold") -> None:
        from rich.table import Table
        from rich.text import Text

        from loadcell.text import one_line

        text = one_line(text)
        shown: Table | Text = Text.assemble((f"{label:<8}", style), "  ", text)
        if self._console.is_terminal:
            shown = Table.grid(padding=(0, 2, 0, 0))
            shown.add_column(width=8)
            shown.add_column(overflow="fold")
            shown.add_row(Text(label, style), Text(text))
        try:
            # In a file a line stays a line, however long.
            self._console.print(shown, soft_wrap=not self._console.is_terminal)
        except OSError:
            speech.give_up(sys.stderr)

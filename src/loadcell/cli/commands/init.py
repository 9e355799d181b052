"""`loadcell init`: write a scenario to begin with, from a specification or a recording where there is one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from loadcell.cli.options import Parser
from loadcell.cli.outputs import check_writable
from loadcell.cli.speech import emit, note
from loadcell.errors import EXIT_PASSED, UsageError

if TYPE_CHECKING:
    from loadcell.scaffold import Written

STDOUT = "-"
_FILE = "locustfile.py"
_EPILOG = (
    "Credentials are never written into the scenario: it reads them from the environment. "
    "Load only what is yours to load; what changes data belongs on a service made for it."
)


def run(words: list[str]) -> int:
    """Write the scenario; returns the exit code."""
    given = _parser().parse_args(words)
    _check(given)
    path = Path(given.output).expanduser()
    if given.output != STDOUT:
        if path.exists() and not path.is_dir() and not given.force:
            raise UsageError(f"{path} is there already.", "Name another file with -o, or overwrite it with --force.")
        if why := check_writable(path):
            raise UsageError(f"-o '{path}' {why}.")
    written = _written(given)
    if given.output == STDOUT:
        emit(written.source)
    else:
        path.write_text(written.source, encoding="utf-8")
        note(f"{path}: {written.notes[0] if written.notes else 'a scenario to begin with'}")
    for line in written.notes[1:]:
        note(f"  {line}")
    if given.output != STDOUT:
        settings = "".join(f"{name}=… " for name in written.variables)
        note(f"Next: {settings}loadcell -f {path} {written.address}".rstrip())
    return EXIT_PASSED


def _parser() -> Parser:
    parser = Parser(
        prog="loadcell init",
        description="Writes a scenario: from the service's OpenAPI specification, from a recording of a browser, or a small "
        "one to begin with.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "--openapi",
        metavar="SPEC",
        help="an OpenAPI 3 document in JSON or YAML, by URL or FILE, or the application that has it, as module:app",
    )
    parser.add_argument("--har", metavar="FILE", type=Path, help="a recording, as browsers save it from their network panel")
    parser.add_argument(
        "--access-log", metavar="FILE", type=Path, help="with --openapi: the service's log, for the real mix of requests"
    )
    parser.add_argument(
        "--writes", action="store_true", help="with --openapi: also do what changes data, instead of commenting it out"
    )
    parser.add_argument("-H", "--host", metavar="URL", default="", help="the service; else what the specification says")
    parser.add_argument(
        "-o", "--output", metavar="FILE", default=_FILE, help=f"the scenario; {_FILE} when absent, - for stdout"
    )
    parser.add_argument("--force", action="store_true", help="overwrite the file if it is there already")
    parser.add_argument(
        "--app-python", metavar="PROGRAM", default=sys.executable, help="the Python of module:app; this one when absent"
    )
    return parser


def _check(given: argparse.Namespace) -> None:
    if given.openapi is not None and not given.openapi.strip():
        raise UsageError("--openapi is empty.", "Name the specification: a URL, a file, or module:app.")
    if given.openapi and given.har:
        raise UsageError("--openapi and --har can't go into one scenario.", "Write two, with -o.")
    for name in ("access_log", "writes"):
        if getattr(given, name) and not given.openapi:
            raise UsageError(f"--{name.replace('_', '-')} needs --openapi.", "A specification tells what may be asked for.")
    if given.host and not given.host.lower().startswith(("http://", "https://")):
        raise UsageError(f"--host '{given.host}' has no scheme: write http://{given.host}")


def _written(given: argparse.Namespace) -> Written:
    from loadcell import scaffold

    file = _FILE if given.output == STDOUT else given.output
    if given.openapi:
        return scaffold.from_specification(
            given.openapi,
            file=file,
            host=given.host,
            writes=given.writes,
            access_log=given.access_log and given.access_log.expanduser(),
            python=given.app_python,
        )
    if given.har:
        return scaffold.from_recording(given.har.expanduser(), file=file, host=given.host)
    return scaffold.to_begin_with(file=file, host=given.host)

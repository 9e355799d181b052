"""A generator at the controller's service, from the first command to the last."""

from __future__ import annotations

import logging
import signal
from typing import Any

import gevent

from loadcell.compat import modules
from loadcell.errors import LoadcellError
from loadcell.generator.link import Link, LinkHandler, watch_parent
from loadcell.messages import Load, Refused, clean
from loadcell.process.generator import Generator, exit_code_of


def _set_up_logging(link: Link, level: str) -> None:
    logging.basicConfig(level=level.upper(), handlers=[LinkHandler(link)], format="%(message)s")


def _catch_exit(generator: Generator) -> None:
    """A sys.exit in a user's greenlet ends the run, not the process in the middle of a second."""
    hub = gevent.get_hub()
    native = hub.handle_system_error

    def handle(kind: type[BaseException], value: BaseException, tb: Any = None) -> None:
        if isinstance(value, SystemExit):
            generator.exit_requested(value.code)
        else:
            native(kind, value, tb)

    hub.handle_system_error = handle


def serve(fd: int, parent: int, lease: int | None = None) -> int:
    """Serve the controller, process `parent`, at the other end of a socket, for as long as the lease behind the descriptor
    `lease` lasts; returns the process's exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watch_parent(parent, lease)
    link = Link(fd)
    load = next(link.commands(), None)
    if not isinstance(load, Load):
        return 4
    if not load.options.get("skip_log_setup"):
        _set_up_logging(link, str(load.options.get("loglevel") or "INFO"))
    if load.role == "lead" or load.index > 0:
        # What there is to say about the file, the first process that carries users says.
        logging.getLogger("loadcell.compat").setLevel(logging.ERROR)
    modules.install()
    generator = Generator(link, load)
    _catch_exit(generator)
    try:
        link.send(generator.load())
        generator.serve()
    except LoadcellError as error:
        link.send(Refused(clean(error.message), clean(error.hint), error.exit_code))
    except SystemExit as error:
        link.send(Refused("The scenario called sys.exit() while it was loaded.", exit_code=exit_code_of(error.code)))
    finally:
        link.flush()
    return 0

"""Logging as Locust sets it up, for scripts that do it themselves."""

from __future__ import annotations

import logging
import logging.config
import socket
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from loadcell.scenario.events import UNHANDLED

HOSTNAME = socket.gethostname().partition(".")[0]
_KEPT = 500


class LogReader(logging.Handler):
    """Keeps the last lines."""

    def __init__(self) -> None:
        super().__init__()
        self.logs: deque[str] = deque(maxlen=_KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        self.logs.append(self.format(record))


def setup_logging(loglevel: str, logfile: str | None = None) -> None:
    """Log to stderr, or to `logfile`; the tables of `locust.stats_logger` go to stderr as they are.

    ValueError for a level that does not exist.
    """
    level = loglevel.upper()
    formatter = {"format": f"[%(asctime)s] {HOSTNAME}/%(levelname)s/%(name)s: %(message)s"}
    target: dict[str, Any] = {"class": "logging.StreamHandler", "formatter": "lines"}
    if logfile:
        Path(logfile).parent.mkdir(parents=True, exist_ok=True)
        target = {"class": "logging.FileHandler", "filename": logfile, "formatter": "lines"}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"lines": formatter, "plain": {"format": "%(message)s"}},
            "handlers": {
                "target": target,
                "reader": {"()": LogReader, "formatter": "lines"},
                "tables": {"class": "logging.StreamHandler", "formatter": "plain"},
            },
            "loggers": {"locust.stats_logger": {"handlers": ["tables", "reader"], "level": "INFO", "propagate": False}},
            "root": {"handlers": ["target", "reader"], "level": level},
        }
    )


def get_logs() -> list[str]:
    """The last lines that were logged since `setup_logging`."""
    readers = [handler for handler in logging.getLogger().handlers if isinstance(handler, LogReader)]
    return list(readers[0].logs) if readers else []


def greenlet_exception_logger(logger: logging.Logger, level: int = logging.CRITICAL) -> Callable[[Any], None]:
    """A function for `greenlet.link_exception`: logs what ended the greenlet, and lets the command end with code 2."""

    def log(greenlet: Any) -> None:
        kind, error, trace = greenlet.exc_info
        if kind is SystemExit:
            logger.log(min(logging.INFO, level), "sys.exit(%s) called (use log level DEBUG for callstack)", error)
            return
        logger.log(level, "Unhandled exception in greenlet: %s", greenlet, exc_info=(kind, error, trace))
        UNHANDLED.seen = True

    return log


class _Module(ModuleType):
    """This module, with a name that scripts read and set."""

    @property
    def unhandled_greenlet_exception(self) -> bool:
        """Whether something failed that nobody handled: the command then ends with exit code 2."""
        return UNHANDLED.seen

    @unhandled_greenlet_exception.setter
    def unhandled_greenlet_exception(self, seen: bool) -> None:
        UNHANDLED.seen = seen


sys.modules[__name__].__class__ = _Module

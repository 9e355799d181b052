"""What there is to say of a run, into the logging of the program that started it."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from loadcell.controller.run import write_line
from loadcell.facade.quoted import quoted
from loadcell.messages import Event, Log
from loadcell.text import masked, one_line

logger = logging.getLogger("loadcell")


def note(text: str) -> None:
    """What happens."""
    logger.info("%s", masked(text))


def warn(texts: Iterable[str]) -> None:
    """Warnings, each once."""
    for text in dict.fromkeys(texts):
        logger.warning("%s", quoted(masked(text)))


def output(generator: str, stream: str, line: str) -> None:
    """What the scenario printed, to the same stream."""
    write_line(generator, stream, quoted(line))


def log(generator: str, line: Log) -> None:
    """What the scenario or a process logged, under the same name."""
    level = logging.getLevelNamesMapping().get(line.level.upper(), logging.INFO)
    logging.getLogger(line.logger).log(level, "%s", quoted(line.text))


def event(found: Event) -> None:
    """What the reader of the run should know; the rest is in the run file."""
    if found.level != "info":
        level = logging.ERROR if found.level == "error" else logging.WARNING
        logger.log(level, "%s", quoted(one_line(found.text)))

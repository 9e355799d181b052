"""What the command says in words: notes and errors go to stderr, documents to stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from loadcell.errors import ConfigError, LoadcellError

_RED, _YELLOW, _PLAIN = "\x1b[1;31m", "\x1b[33m", "\x1b[0m"


def note(text: str) -> None:
    """One line to stderr."""
    sys.stderr.write(f"{text}\n")


def warn(texts: Iterable[str]) -> None:
    """Warnings to stderr, each once."""
    for text in dict.fromkeys(texts):
        note(_marked("warning:", _YELLOW, text))


def complain(error: LoadcellError) -> None:
    """An error to stderr: what is wrong, one line each, and what to do."""
    for mistake in error.mistakes if isinstance(error, ConfigError) else (error.message,):
        note(_marked("error:", _RED, mistake))
    if error.hint:
        note(f"  {error.hint}")


def emit(text: str) -> None:
    """A document to stdout; its last line is ended."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def has_colour() -> bool:
    """Whether stderr is a terminal whose reader wants colours."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _marked(word: str, colour: str, text: str) -> str:
    return f"{colour}{word}{_PLAIN} {text}" if has_colour() else f"{word} {text}"

"""What the command says in words: notes and errors go to stderr, documents to stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

from loadcell.errors import ConfigError, LoadcellError
from loadcell.text import masked, printable

_RED, _YELLOW, _PLAIN = "\x1b[1;31m", "\x1b[33m", "\x1b[0m"


def note(text: str) -> None:
    """One line to stderr."""
    write_line(sys.stderr, printable(text))


def write_line(stream: TextIO, line: str) -> None:
    """One line, at once. Whoever read along may have left; the run and its files matter more."""
    try:
        try:
            stream.write(f"{line}\n")
        except UnicodeError:
            encoding = stream.encoding or "ascii"
            stream.write(f"{line}\n".encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except OSError:
        give_up(stream)


def give_up(stream: TextIO) -> None:
    """Nobody takes what is written there any more: let it vanish, or Python would fail at its exit once more."""
    with suppress(OSError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def warn(texts: Iterable[str]) -> None:
    """Warnings to stderr, each once."""
    for text in dict.fromkeys(texts):
        _mark("warning:", _YELLOW, text)


def complain(error: LoadcellError) -> None:
    """An error to stderr: what is wrong, one line each, and what to do."""
    for mistake in error.mistakes if isinstance(error, ConfigError) else (error.message,):
        _mark("error:", _RED, mistake)
    if error.hint:
        note(f"  {error.hint}")


def emit(text: str) -> None:
    """A document to stdout; its last line is ended."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def has_colour() -> bool:
    """Whether stderr is a terminal whose reader wants colours."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _mark(word: str, colour: str, text: str) -> None:
    shown = f"{colour}{word}{_PLAIN}" if has_colour() else word
    write_line(sys.stderr, f"{shown} {printable(masked(text))}")

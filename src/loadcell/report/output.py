"""Writing files where the user asked for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import msgspec

from loadcell.errors import UsageError
from loadcell.report.document import document
from loadcell.report.locust_json import locust_json
from loadcell.store import RunReader


@contextmanager
def written(path: Path, *, newline: str | None = None) -> Iterator[TextIO]:
    """A new text file at `path`, folders included. UsageError if it can't be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline=newline) as file:
            yield file
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{path} can't be written: {reason}.", "Name a file you may write to.") from error


def write_json(reader: RunReader, path: Path) -> None:
    """Write the result document. UsageError if `path` can't be written."""
    write_text(as_json(document(reader)), path)


def as_json(data: object) -> str:
    """A document as JSON that people can read as well."""
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"


def write_text(text: str, path: Path) -> None:
    """Write a text. UsageError if `path` can't be written."""
    with written(path) as file:
        file.write(text)


def write_locust_json(reader: RunReader, path: Path) -> None:
    """Write Locust's list. UsageError if `path` can't be written."""
    text = json.dumps(locust_json(reader), indent=4)
    with written(path) as file:
        file.write(text + "\n")

"""GitHub Actions: the summary of the job, and annotations. Nothing of it where GITHUB_ACTIONS is not set."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from loadcell.cli import speech
from loadcell.errors import ConfigError, LoadcellError
from loadcell.text import masked

if TYPE_CHECKING:
    from loadcell.compare import Comparison
    from loadcell.report.annotations import Annotation
    from loadcell.sweep import Sweep


MOST_BYTES = 1024 * 1024
"""A step whose summary is longer has none."""
_CUT = "\n… and more than GitHub shows of one step.\n"


def is_here() -> bool:
    """Whether this is a step of a job."""
    return os.environ.get("GITHUB_ACTIONS", "").lower() in ("true", "1")


@contextmanager
def commands_stopped(stream: TextIO | None = None) -> Iterator[None]:
    """Whatever is printed meanwhile is only text: names and answers of a service must not command the runner.

    `stream` (stderr) is told to stop, and to go on.
    """
    if not is_here():
        yield
        return
    stream, token = stream or sys.stderr, secrets.token_hex(16)
    speech.write_line(stream, f"::stop-commands::{token}")
    try:
        yield
    finally:
        speech.write_line(stream, f"::{token}::")


def tell_of_run(path: Path) -> None:
    """Tell the job of the run in this file."""
    if not is_here():
        return
    from loadcell.report.annotations import of_run
    from loadcell.report.job_summary import job_summary
    from loadcell.store import RunReader

    try:
        with RunReader.open(path) as reader:
            summary, annotations = job_summary(reader), of_run(reader)
    except LoadcellError as error:
        speech.warn([f"the job is told nothing of the run: {error.message}"])
        return
    _tell(summary, annotations, sys.stderr)


def tell_of_error(error: LoadcellError) -> None:
    """Tell the job why there was no run, or why it broke off."""
    if is_here():
        from loadcell.report.annotations import Annotation

        why = "; ".join(error.mistakes) if isinstance(error, ConfigError) else error.message
        speech.write_line(sys.stderr, Annotation("error", "Load test failed", masked(why)).command)


def tell_of_comparison(comparison: Comparison, fail_on: Collection[str], stream: TextIO) -> None:
    """Tell the job of a comparison that ends with an error where `fail_on` says; on a stream that holds no document."""
    if not is_here():
        return
    from loadcell.report.annotations import of_comparison
    from loadcell.report.compared import markdown

    _tell(markdown(comparison), of_comparison(comparison, fail_on), stream)


def tell_of_sweep(sweep: Sweep) -> None:
    """Tell the job which setting to take."""
    if is_here():
        from loadcell.report.swept import markdown

        _tell(markdown(sweep), (), sys.stderr)


def _tell(summary: str, annotations: Iterable[Annotation], stream: TextIO) -> None:
    for annotation in annotations:
        speech.write_line(stream, annotation.command)
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8") as file:
            written = file.tell() if file.seekable() else 0
            file.write(_fitting(f"{summary}\n", MOST_BYTES - written))
    except OSError as error:
        speech.warn([f"the summary of the job can't be written to {path}: {error.strerror}"])


def _fitting(summary: str, room: int) -> str:
    """The lines at its beginning that there is room for, and that there are more."""
    if len(summary.encode()) <= room:
        return summary
    kept = summary.encode()[: max(0, room - len(_CUT.encode()))].decode(errors="ignore")
    lines = kept.rpartition("\n")[0]
    return f"{lines}\n{_CUT}" if lines else ""

"""Several runs, one after another, as one command: what `retest` and `sweep` have in common."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from loadcell.cli import speech
from loadcell.cli.commands import assess
from loadcell.cli.commands import run as plain
from loadcell.cli.session import carry_out_one
from loadcell.config import RunConfig
from loadcell.errors import LoadcellError, UsageError
from loadcell.surroundings.clustered import clustered
from loadcell.surroundings.served import served
from loadcell.text import HIDDEN, masked_command

_VERBS = {"run": plain.configured, "assess": assess.configured}


class Interrupted(LoadcellError):
    """The user has ended the series; what was measured until then is kept."""


def words_of(command: str, name: str) -> list[str]:
    """The words that a stored run was started with, without `loadcell`. UsageError if they can't be used again."""
    words = shlex.split(command)[1:]
    if not words:
        raise UsageError(f"The run {name} does not say how it was started.", "It was not started by a command of Loadcell.")
    return words


def completed(words: Sequence[str], more: Sequence[str], name: str) -> list[str]:
    """The words with further ones, which take the place of what was hidden when the run `name` was stored.

    UsageError if something is hidden yet.
    """
    found: list[str] = []
    given = {word.partition("=")[0] for word in more}
    for word in words:
        if HIDDEN not in word:
            found.append(word)
            continue
        flag = (
            word.partition("=")[0] if word.startswith("-") else found.pop() if found and found[-1].startswith("-") else word
        )
        if flag not in given:
            raise UsageError(
                f"The command of {name} had a secret in it, which is not stored: {shlex.join(words)}",
                f"Give it again at the end, behind --: … -- {flag if flag.startswith('-') else '--OPTION'} VALUE",
            )
    return [*found, *more]


def configured(words: Sequence[str]) -> RunConfig:
    """What a command says, to be run several times."""
    verb = words[0] if words and words[0] in _VERBS else "run"
    rest = list(words[1:] if words and words[0] in _VERBS else words)
    return quiet(_VERBS[verb](rest))


def quiet(config: RunConfig) -> RunConfig:
    """The same without files of its own, and with little said of each run."""
    # A document on stdout is what the whole series says in the end.
    return replace(
        config,
        headless=True,
        json="",
        json_list_file=None,
        html=None,
        csv_prefix=None,
        junit_file=None,
        logfile=None,
        loglevel="WARNING",
        only_summary=not sys.stderr.isatty(),
        dry_run=False,
    )


def command_line(words: Sequence[str]) -> str:
    """How the run file says that it was started."""
    return masked_command(["loadcell", *words])


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C between two runs ends the series: a run leaves the signal ignored, lest impatience cost its results."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def carried_out(config: RunConfig, line: str) -> Path:
    """Carry out one of the runs; the file of it. LoadcellError if it carried no load, Interrupted if it was ended."""
    with clustered(config, speech) as (config, cluster), served(config, speech) as config:
        outcome, interrupted = carry_out_one(config, line, (), cluster)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if interrupted:
        raise Interrupted("The series was ended before its time.", "Its runs are kept: 'loadcell runs' lists them.")
    if outcome.path is None:
        raise LoadcellError("A run of the series carried no load.", " ".join(outcome.reasons))
    return outcome.path

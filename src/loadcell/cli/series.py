"""Several runs, one after another, as one command: what `retest` and `sweep` have in common."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from loadcell.cli import speech
from loadcell.cli.commands import assess
from loadcell.cli.commands import run as plain
from loadcell.cli.main import VERBS
from loadcell.cli.session import carry_out_one
from loadcell.config import RunConfig
from loadcell.errors import LoadcellError, UsageError
from loadcell.guard import is_loopback
from loadcell.surroundings.clustered import clustered
from loadcell.surroundings.served import served
from loadcell.text import HIDDEN, masked_command

if TYPE_CHECKING:
    from loadcell.service.hosted import Hosted
    from loadcell.store import RunFacts

_LOAD = frozenset(("-u", "--users", "-r", "--spawn-rate", "-t", "--run-time"))
_VERBS = {"run": plain.configured, "assess": assess.configured}


class Interrupted(LoadcellError):
    """The user has ended the series; what was measured until then is kept."""


def again(facts: RunFacts, more: Sequence[str]) -> tuple[RunConfig, str]:
    """What makes a stored run once more, with further words, and its command line.

    UsageError if it does not say how it was started, had a secret in its command that `more` does not give, or has no end.
    """
    words = shlex.split(facts.command)[1:]
    if not words:
        raise UsageError(
            f"The run {facts.id} does not say how it was started.", "It was not started by a command of Loadcell."
        )
    if words[0] in VERBS and words[0] not in _VERBS:
        raise UsageError(
            f"The run {facts.id} was made by 'loadcell {words[0]}', which starts more than a run.",
            "Only what 'loadcell run' and 'loadcell assess' have made can be made again.",
        )
    words = completed(words, more, facts.id)
    config = configured(words)
    if not config.effort:
        config = _as_it_was(config, facts, more)
    return config, command_line(words)


def _as_it_was(config: RunConfig, facts: RunFacts, more: Sequence[str]) -> RunConfig:
    """With the load that the run had, which on the page may have been another than its command says."""
    course = config.course
    model = "closed" if course is None else course.model
    if model != facts.model:
        raise UsageError(
            f"The run {facts.id} had another load than its command says: {facts.plan}.",
            "It was started from the page. Give the load at the end, behind --.",
        )
    if course is None and not {word.partition("=")[0] for word in more} & _LOAD:
        config = replace(config, users=facts.users, spawn_rate=facts.spawn_rate, run_time_s=facts.run_time_s)
    if config.run_time_s is None and (config.course is None or config.course.duration_s is None):
        raise UsageError(f"The run {facts.id} had no end of its own.", "Give it one, behind --: … -- -t 1m")
    return config


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


def words_of(option: str, text: str) -> list[str]:
    """The words of a command that an option gives, as a shell takes them. UsageError if it can't be read so."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"The command of {option} can't be read: {error}.", "Write it as in a shell.") from None


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C between two runs ends the series."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def carried_out(config: RunConfig, line: str) -> Path:
    """Carry out one of the runs; the file of it. LoadcellError if it carried no load, Interrupted if it was ended."""
    try:
        with clustered(config, speech) as (config, cluster), served(config, speech) as config:
            outcome, interrupted = carry_out_one(config, line, (), cluster)
    finally:
        # A run leaves the signal ignored and blocked, lest impatience cost its results.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if interrupted:
        raise Interrupted("The series was ended before its time.", "Its runs are kept: 'loadcell runs' lists them.")
    if outcome.path is None:
        raise LoadcellError("A run of the series carried no load.", " ".join(outcome.reasons))
    return outcome.path


def address(service: Hosted, like: str | None) -> str:
    """Where a service answers that was started here, with the scheme and the path of another address of it."""
    parts = urlsplit(like or "")
    return f"{parts.scheme or 'http'}://127.0.0.1:{service.port}{parts.path.rstrip('/')}"


def local_port(url: str, option: str) -> int:
    """The port of an address of this machine. UsageError if it is none: what is started here does not answer elsewhere."""
    parts = urlsplit(url)
    if parts.port is None or not is_loopback(parts.hostname or ""):
        raise UsageError(f"{option} {url!r} is no address with a port of this machine.", "Write it as http://127.0.0.1:8001")
    return parts.port

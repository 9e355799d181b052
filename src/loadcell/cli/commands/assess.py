"""`loadcell assess`: the whole method, from a baseline to a verdict."""

from __future__ import annotations

from loadcell.cli import options, speech
from loadcell.cli.commands import run as plain
from loadcell.config import RunConfig
from loadcell.config.values import positive_duration
from loadcell.errors import EXIT_PASSED, UsageError
from loadcell.surroundings.assessed import assessed
from loadcell.text import masked_command

_EFFORTS = {"--quick": "quick", "--thorough": "thorough"}

_PLANNED = ("--plan", "--stages")

_HELP = """usage: loadcell assess -f FILE -H URL [options] [UserClass ...]

Finds out how much a service carries: baseline, load steps, search for the capacity, stress to the breaking point,
recovery, baseline again. Ends in a verdict, and in a report (--html FILE, --json FILE, or 'loadcell report last').
Never against a service that others depend on: it is loaded until it breaks.

how thoroughly:
  (neither)       about 10 minutes
  --quick         two to three minutes: the interval of the capacity says how much that is worth
  --thorough      load steps of 5 minutes, in which leaks and slow decline show: an hour or more
  --search-time T    how long the trials around the capacity may be measured, for example 20s: in less time the interval
                     is wider; 50s with --quick, 15m with --thorough, else 4m30s

what is asked:
  --objective TEXT   what the service must keep to: 'p95 < 300ms', "p99 of 'GET /items/[id]' < 800ms", 'error_rate < 1%',
                     'rps >= 500', 'recovery < 30s'; may be repeated. Without any: error_rate < 1% and
                     p95 < 5 times the baseline's or 100 ms, whichever is more
  -u N               the most users to try; 10,000 when absent
  --rate R           count the load in iterations/s (open model), and try at most R

Everything else is as in 'loadcell run' (see 'loadcell --help'): --processes, --tags, --html, --json, --junit …
"""


def run(words: list[str]) -> int:
    """Assess a service as the words say; returns the exit code."""
    if "-h" in words or "--help" in words:
        speech.emit(_HELP)
        return EXIT_PASSED
    apart, effort, search_s = _take_apart(words)
    if apart.wanted:
        return plain.answer(apart)
    config = _configured(apart, effort, search_s)
    if config.dry_run:
        from loadcell.cli.dry_run import dry_run

        return dry_run(config)
    return plain.carry_out(config, masked_command(["loadcell", "assess", *words]))


def configured(words: list[str]) -> RunConfig:
    """What the words after `assess` say. UsageError if they say nothing that can be carried out."""
    return _configured(*_take_apart(words))


def _take_apart(words: list[str]) -> tuple[options.Words, str, float | None]:
    efforts = [_EFFORTS[word] for word in words if word in _EFFORTS]
    if len(set(efforts)) > 1:
        raise UsageError("--quick and --thorough exclude each other.", "Leave one of them out.")
    if planned := [word for word in words if word.partition("=")[0] in _PLANNED]:
        flag = planned[0].partition("=")[0]
        raise UsageError(f"{flag}: an assessment decides on the load by itself.", "Leave it out, or use 'loadcell run'.")
    search_s, others = _search_time([word for word in words if word not in _EFFORTS])
    return options.take_apart(others, plain.own_options), (efforts or ["usual"])[0], search_s


def _configured(apart: options.Words, effort: str, search_s: float | None) -> RunConfig:
    config = plain.prepare(apart)
    if config.run_time_s is not None:
        speech.warn(["--run-time: an assessment ends by itself (ignored)"])
    if given := [name for name in ("plan", "stages", "spawn_rate") if name in config.given]:
        names = " and ".join(f"--{name.replace('_', '-')}" for name in given)
        speech.warn([f"{names}: an assessment decides on the load by itself (ignored)"])
    return assessed(config, effort, search_s)


def _search_time(words: list[str]) -> tuple[float | None, list[str]]:
    """What --search-time says, in s, and the words without it. UsageError if it is no time."""
    found, others, rest = None, [], iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if name != "--search-time":
            others.append(word)
            continue
        value = value if equals else next(rest, "")
        try:
            found = positive_duration(value)
        except ValueError as error:
            raise UsageError(f"--search-time: {value!r} {error}.") from None
    return found, others

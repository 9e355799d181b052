"""Runs that a program starts: blocking, settled as those of the command line, ending in a `Result`."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from loadcell.config import RunConfig, find_scenarios, settle
from loadcell.controller.progress import Progress
from loadcell.controller.run import Run
from loadcell.errors import ConfigError, LoadcellError, UsageError
from loadcell.facade import logged
from loadcell.facade.apart import carried_out
from loadcell.facade.keywords import flags_of, words_of
from loadcell.facade.result import Result
from loadcell.facade.scenarios import Scenario, named
from loadcell.surroundings.assessed import assessed
from loadcell.surroundings.clustered import clustered
from loadcell.surroundings.describe import describe
from loadcell.surroundings.downloads import fetch_scenarios
from loadcell.surroundings.exported import exported
from loadcell.surroundings.served import served
from loadcell.surroundings.sources import sources
from loadcell.text import masked, masked_command

Effort = Literal["quick", "usual", "thorough"]


def run(
    scenario: Scenario,
    *,
    host: str | None = None,
    app: str | None = None,
    users: int | None = None,
    spawn_rate: float | None = None,
    rate: float | None = None,
    seconds: float | None = None,
    objectives: str | Sequence[str] | None = None,
    arguments: Sequence[str] = (),
    watch: Callable[[Progress], None] | None = None,
    **options: Any,
) -> Result:
    """Put load on a service and wait for the end: after `seconds`, when the scenario ends it, or at Ctrl-C.

    The keywords are the options of `loadcell run`, with _ for -; what is left out comes from the configuration files and
    variables that the command reads too. `arguments` are words of the scenario's own options; `watch` is called once a
    second, in another thread. A missed objective raises nothing: the result has it.

    TypeError for an argument that there is not; ConfigError, ScenarioError, ServiceError and what else `loadcell.errors`
    lists where there can be no run.
    """
    given = {"host": host, "app": app, "users": users, "spawn_rate": spawn_rate, "rate": rate, "seconds": seconds}
    with _no_secrets_told():
        config, words = _settled("loadcell.run", scenario, {**given, "objectives": objectives, **options}, arguments)
        return _carried_out(config, ["loadcell", "run", *words], watch)


def assess(
    scenario: Scenario,
    *,
    effort: Effort = "usual",
    search_seconds: float | None = None,
    host: str | None = None,
    app: str | None = None,
    users: int | None = None,
    rate: float | None = None,
    objectives: str | Sequence[str] | None = None,
    arguments: Sequence[str] = (),
    watch: Callable[[Progress], None] | None = None,
    **options: Any,
) -> Result:
    """Find out how much a service carries and where it breaks, as `loadcell assess` does; `users` is the most to try.

    It is loaded until it breaks. `search_seconds` is how long the trials around the capacity may take, instead of what goes
    with the effort. Otherwise as `run`.
    """
    if effort not in ("quick", "usual", "thorough"):
        raise TypeError(f"loadcell.assess() has no effort {effort!r}: it is quick, usual or thorough")
    if search_seconds is not None and not 0 < search_seconds < math.inf:
        raise TypeError(f"loadcell.assess() got search_seconds={search_seconds!r}, which is no number of seconds above 0")
    if decided := [name for name in ("seconds", "spawn_rate", "plan", "stages") if name in options]:
        raise TypeError(f"loadcell.assess() has no argument {decided[0]!r}: an assessment decides on the load by itself")
    given = {"host": host, "app": app, "users": users, "rate": rate, "objectives": objectives}
    thoroughly = [] if effort == "usual" else [f"--{effort}"]
    if search_seconds is not None:
        thoroughly += ["--search-time", f"{search_seconds:g}s"]
    with _no_secrets_told():
        config, words = _settled("loadcell.assess", scenario, {**given, **options}, arguments)
        return _carried_out(assessed(config, effort, search_seconds), ["loadcell", "assess", *thoroughly, *words], watch)


@contextmanager
def _no_secrets_told() -> Iterator[None]:
    """Errors end up in the logs of a CI system, with what they quote of URLs."""
    try:
        yield
    except LoadcellError as error:
        error.message, error.hint = masked(error.message), masked(error.hint)
        error.args = (error.message,)
        if isinstance(error, ConfigError):
            error.mistakes = tuple(map(masked, error.mistakes))
        raise


def _settled(
    function: str, scenario: Scenario, keywords: dict[str, Any], arguments: Sequence[str]
) -> tuple[RunConfig, list[str]]:
    """The configuration, and the words of a command line that says the same."""
    _refuse_in_generator(function)
    # A program lives longer than a command: what an earlier run has read may be another by now.
    fetch_scenarios.cache_clear()
    describe.cache_clear()
    if isinstance(arguments, str):
        raise TypeError(f"{function}() takes arguments as a list of words, as ['--tenant', '7'], not as one text")
    file, user_class = named(scenario)
    flags = flags_of(function, keywords)
    if user_class is not None:
        if "user-classes" in flags:
            raise TypeError(f"{function}() takes user_classes with a file, not with the class {user_class}")
        flags["user-classes"] = [user_class]
    flags["locustfile"] = file = fetch_scenarios(file)
    settled = settle(flags, sources(), arguments=tuple(arguments), own=lambda: describe(file).own)
    logged.warn(settled.warnings)
    find_scenarios(settled.config.scenario)
    # A folder that is named from here stays that folder, wherever the program goes.
    config = replace(settled.config, runs_dir=settled.config.runs_dir.absolute())
    return config, [*words_of(flags), *arguments, "--headless"]


def _carried_out(config: RunConfig, words: Sequence[str], watch: Callable[[Progress], None] | None) -> Result:
    with (
        exported(config, logged) as followers,
        clustered(config, logged) as (config, cluster),
        served(config, logged) as config,
    ):
        outcome = carried_out(
            lambda: Run(
                config,
                watch=watch or (lambda progress: None),
                on_output=logged.output,
                on_log=logged.log,
                on_event=logged.event,
                command_line=masked_command(words),
                followers=followers,
                cluster=cluster,
            )
        )
    if outcome.path is None:
        raise LoadcellError("The run was stopped before the load began.")
    return Result(Path(outcome.path))


def _refuse_in_generator(function: str) -> None:
    """A scenario that starts a run while it is loaded would do so again in each of that run's processes."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("threading"):
        raise UsageError(
            f"{function}() was called in a process that gevent has patched, as those that carry load are.",
            "In a file that holds users too, put the call below: if __name__ == '__main__':",
        )

"""`loadcell run`: from words to a finished run, its files and its exit code."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from loadcell.cli import describe, options, outputs, speech
from loadcell.cli.surroundings import sources
from loadcell.config import Raw, RunConfig, settle, settle_one
from loadcell.errors import EXIT_PASSED, LoadcellError, ScenarioError

if TYPE_CHECKING:
    from rich.console import Console


def run(words: list[str]) -> int:
    """Put load on a service as the words say; returns the exit code."""
    apart = options.take_apart(words, _own_options)
    if apart.wanted == "version":
        return _print_version()
    if apart.wanted == "help":
        return _print_help(_scenario(apart.flags, apart.config_file))
    if apart.wanted == "list":
        return _print_user_classes(_scenario(apart.flags, apart.config_file))
    settled = settle(
        apart.flags,
        sources(apart.config_file),
        arguments=apart.arguments,
        own=lambda: _own_options(apart.flags, apart.config_file),
    )
    speech.warn(settled.warnings)
    return _run(settled.config, shlex.join(["loadcell", *words]))


def _run(config: RunConfig, command_line: str) -> int:
    _check_scenario(config.scenario)
    outputs.check(config)
    from loadcell.cli.session import carry_out

    outcome = carry_out(config, command_line)
    if outcome.path is None:
        speech.note("stopped before the load began")
        return outcome.exit_code
    from loadcell.report import print_summary
    from loadcell.store import RunReader

    with RunReader.open(outcome.path) as reader:
        print_summary(reader, _console())
        written = outputs.write(config, reader)
    for name in written:
        speech.note(f"written: {name}")
    return outcome.exit_code


def _scenario(flags: dict[str, Raw], config_file: Path | None) -> str:
    return str(settle_one("scenario", flags, sources(config_file)))


def _own_options(flags: dict[str, Raw], config_file: Path | None) -> frozenset[str]:
    """The names of the scenario's own options; none where it can't be loaded, which the run itself will say."""
    scenario = _scenario(flags, config_file)
    try:
        return describe.describe(scenario).own if describe.exists(scenario) else frozenset()
    except ScenarioError:
        return frozenset()


def _check_scenario(scenario: str) -> None:
    if describe.exists(scenario):
        return
    if scenario == RunConfig().scenario:
        raise ScenarioError(f"There is no {scenario} in {Path.cwd()}.", "Name a scenario with -f FILE.")
    raise ScenarioError(f"There is no scenario {scenario}.", "Name a Locust file with -f FILE.")


def _print_version() -> int:
    from importlib.metadata import version

    speech.emit(f"loadcell {version('loadcell')} (Python {sys.version.split()[0]})")
    return EXIT_PASSED


def _print_help(scenario: str) -> int:
    description, problem = None, ""
    if describe.exists(scenario):
        try:
            description = describe.describe(scenario)
        except LoadcellError as error:
            problem = error.message.splitlines()[0]
    speech.emit(options.help_text(scenario, description))
    if problem:
        speech.note(f"The options of {scenario} itself are missing here: {problem}")
    return EXIT_PASSED


def _print_user_classes(scenario: str) -> int:
    _check_scenario(scenario)
    classes = describe.describe(scenario).user_classes
    speech.emit("\n".join(["Available Users:", *(f"    {name}" for name in classes)]))
    return EXIT_PASSED


def _console() -> Console:
    """Where the final tables go: stderr, for documents go to stdout."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 120)

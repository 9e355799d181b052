"""`loadcell run`: from words to a finished run, its files and its exit code."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from loadcell.cli import github, options, outputs, speech
from loadcell.config import Raw, RunConfig, find_scenarios, settle, settle_one
from loadcell.errors import EXIT_PASSED, EXIT_USAGE, LoadcellError, ScenarioError, UsageError
from loadcell.surroundings import describe
from loadcell.surroundings.clustered import clustered
from loadcell.surroundings.downloads import fetch_scenarios
from loadcell.surroundings.exported import exported
from loadcell.surroundings.served import served
from loadcell.surroundings.sources import sources
from loadcell.text import masked_command

if TYPE_CHECKING:
    from rich.console import Console

    from loadcell.controller.run import Outcome


def run(words: list[str]) -> int:
    """Put load on a service as the words say; returns the exit code."""
    apart = options.take_apart(words, own_options)
    if apart.wanted:
        return answer(apart)
    config = prepare(apart)
    if config.show_task_ratio or config.show_task_ratio_json:
        return describe.print_ratio(config)
    if config.dry_run:
        from loadcell.cli.dry_run import dry_run

        return dry_run(config)
    command_line = masked_command(["loadcell", *words])
    return carry_out(config, command_line) if config.headless else _open_page(config, apart, command_line)


def _open_page(config: RunConfig, apart: options.Words, command_line: str) -> int:
    """Let runs be started from the page; returns the exit code of the last one."""
    outputs.check(config)
    from loadcell.cli.page import open_page

    with (
        exported(config, speech) as followers,
        clustered(config, speech) as (config, cluster),
        served(config, speech) as config,
    ):
        return open_page(config, apart, command_line, followers, _show_ended, cluster)


def _show_ended(config: RunConfig, outcome: Outcome) -> int:
    return outcome.exit_code if outcome.path is None else _show(config, outcome.path, outcome.exit_code)[0]


def answer(apart: options.Words) -> int:
    """Print what alone was wanted: the version, the help or the user classes."""
    if apart.wanted == "version":
        return _print_version()
    scenario = _scenario(apart.flags, apart.config_file)
    return _print_help(scenario) if apart.wanted == "help" else _print_user_classes(scenario)


def prepare(apart: options.Words) -> RunConfig:
    """The settled configuration, its scenario being there."""
    settled = settle(
        apart.flags,
        sources(apart.config_file),
        arguments=apart.arguments,
        own=lambda: own_options(apart.flags, apart.config_file),
    )
    speech.warn(settled.warnings)
    config = replace(settled.config, scenario=fetch_scenarios(settled.config.scenario))
    find_scenarios(config.scenario)
    return config


def configured(words: list[str]) -> RunConfig:
    """What the words of a run say. UsageError if they say nothing that can be carried out."""
    return prepare(options.take_apart(words, own_options))


def carry_out(config: RunConfig, command_line: str) -> int:
    """Carry out what was settled, show the result, write the files, tell a CI job; returns the exit code."""
    outputs.check(config)
    with github.commands_stopped():
        outcome, exit_code, problems = _carried_out(config, command_line)
    if outcome.path is not None:
        github.tell_of_run(outcome.path)
    for problem in problems:
        github.tell_of_error(problem)
    return exit_code


def _carried_out(config: RunConfig, command_line: str) -> tuple[Outcome, int, list[LoadcellError]]:
    from loadcell.cli.session import carry_out

    with exported(config, speech) as followers:
        with clustered(config, speech) as (config, cluster), served(config, speech) as config:
            outcome = carry_out(config, command_line, followers, cluster)
        if outcome.path is None:
            speech.note("stopped before the load began")
            return outcome, outcome.exit_code, []
        return outcome, *_show(config, outcome.path, outcome.exit_code)


def _show(config: RunConfig, path: Path, exit_code: int) -> tuple[int, list[LoadcellError]]:
    """Write the files and show the result; returns the exit code, and what could not be written."""
    from loadcell.report import print_summary
    from loadcell.store import RunReader

    with RunReader.open(path) as reader:
        # The files come first: whoever reads along may leave in the middle of the tables.
        written, problems = outputs.write(config, reader)
        try:
            print_summary(reader, _console())
        except (OSError, SystemExit):  # Rich ends the process where nobody reads.
            speech.give_up(sys.stderr)
        if config.json_list:
            try:
                outputs.print_list(reader)
            except OSError as error:
                speech.give_up(sys.stdout)
                problems.append(UsageError(f"The list can't be written to stdout: {error.strerror}."))
    for name in written:
        speech.note(f"written: {name}")
    for problem in problems:
        speech.complain(problem)
    return exit_code or (EXIT_USAGE if problems else EXIT_PASSED), problems


def _scenario(flags: dict[str, Raw], config_file: Path | None) -> str:
    return fetch_scenarios(str(settle_one("scenario", flags, sources(config_file))))


def own_options(flags: dict[str, Raw], config_file: Path | None) -> frozenset[str]:
    """The names of the scenario's own options; none where it can't be loaded, which the run itself will say."""
    scenario = _scenario(flags, config_file)
    try:
        return describe.describe(scenario).own
    except ScenarioError:
        return frozenset()


def _print_version() -> int:
    from importlib.metadata import version

    speech.emit(f"loadcell {version('loadcell')} (Python {sys.version.split()[0]})")
    return EXIT_PASSED


def _print_help(scenario: str) -> int:
    description, problem = None, ""
    try:
        description = describe.describe(scenario)
    except LoadcellError as error:
        if scenario != RunConfig().scenario or Path(scenario).exists():
            problem = error.message.splitlines()[0]
    speech.emit(options.help_text(scenario, description))
    if problem:
        speech.note(f"The options of {scenario} itself are missing here: {problem}")
    return EXIT_PASSED


def _print_user_classes(scenario: str) -> int:
    classes = describe.describe(scenario).user_classes
    speech.emit("\n".join(["Available Users:", *(f"    {name}" for name in classes)]))
    return EXIT_PASSED


def _console() -> Console:
    """Where the final tables go: stderr, for documents go to stdout."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 120)

"""`loadcell retest RUN`: the same scenario and plan again, as often as it takes to tell whether something has changed."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from loadcell.cli import compared, github
from loadcell.cli.commands import history
from loadcell.cli.speech import note
from loadcell.errors import LoadcellError
from loadcell.surroundings.sources import runs_dir

if TYPE_CHECKING:
    from loadcell.cli.options import Parser
    from loadcell.compare import Comparison, Question
    from loadcell.config import RunConfig
    from loadcell.store import RunReader

RUNS = 5
LOOKS = 3
"""How often the runs are compared, where more may be made: each time the intervals are as much wider as that takes."""

_HELP = """Runs the scenario and plan of a stored run again, and compares. Without --against, the new runs are what comes
after that run. With it, two revisions are measured in turns (A B B A …): the run's own service is A, and what the command
starts is B, on this machine and only while it is measured."""


def run(words: list[str]) -> int:
    """Run again and compare; returns the exit code of the comparison."""
    at = words.index("--") if "--" in words else len(words)
    given = _parser().parse_args(words[:at])
    compared.check(given)
    most = max(given.most or given.runs, given.runs)
    from loadcell.cli import series
    from loadcell.compare import check_load, compare
    from loadcell.store import RunReader, find_run

    folder = runs_dir(history.flags(given))
    first = find_run(folder, given.run)
    with RunReader.open(first) as reader:
        check_load(reader)
        config, line = series.again(reader.facts, words[at + 1 :])
    measure = _Measure(replace(config, runs_dir=folder), line, given)
    looks = LOOKS if most > given.runs else 1
    question = compared.question(given, looks=looks, only_after=not given.against)
    with series.interruptible(), ExitStack() as stack:
        sides: tuple[list[RunReader], list[RunReader]] = ([], [])
        if not given.against:
            sides[0].append(stack.enter_context(RunReader.open(first)))
        wanted = given.runs
        for look in range(looks):
            with github.commands_stopped():
                is_complete = _gather(measure.until(wanted), sides, question, stack)
            found = compare(*sides, question)
            wanted = min(most, _asked(found))
            if not is_complete or wanted <= measure.done or look == looks - 1:
                break
            note(f"not known yet: {wanted} runs of each side should tell")
        return compared.show(found, *sides, given)


def _gather(
    runs: Iterator[tuple[Path, int]], sides: tuple[list[RunReader], list[RunReader]], question: Question, stack: ExitStack
) -> bool:
    """Take further runs in; False if they ended before their time, with something to compare."""
    from loadcell.compare import Incomparable, compare
    from loadcell.store import RunReader

    try:
        for path, side in runs:
            sides[side].append(stack.enter_context(RunReader.open(path)))
            if len(sides[0]) == len(sides[1]) == 1:
                compare(*sides, question)  # what can't be compared is told at once
    except (LoadcellError, KeyboardInterrupt) as error:
        if not all(sides) or isinstance(error, Incomparable):
            raise
        note(f"{error.message if isinstance(error, LoadcellError) else 'stopped'} What follows is of the runs by then.")
        return False
    return True


def _parser() -> Parser:
    parser = history.parser("retest", _HELP)
    parser.usage = "loadcell retest RUN [options] [-- words to be added to the run's own]"
    history.add_run(parser)
    parser.add_argument("-n", "--runs", metavar="N", type=_whole, default=RUNS, help=f"how many runs of each side ({RUNS})")
    parser.add_argument("--most", metavar="N", type=_whole, default=None,
                        help="go on up to so many, where they are asked for (as many as -n)")  # fmt: skip
    parser.add_argument("--against", metavar="COMMAND", default="",
                        help="starts the other revision: 'uvicorn shop.main:app --port {port}'")  # fmt: skip
    parser.add_argument("--against-host", metavar="URL", default="",
                        help="where it answers, if {port} is not in the command")  # fmt: skip
    parser.add_argument("--prepare", metavar="COMMAND", default="",
                        help="carried out before each run: puts data back to where it began, empties caches")  # fmt: skip
    compared.add_options(parser)
    return parser


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _asked(found: Comparison) -> int:
    return max((row.runs_needed or 0 for row in found.judged if row.verdict == "inconclusive"), default=0)


class _Measure:
    """Makes the runs, in turns where there are two revisions."""

    def __init__(self, config: RunConfig, line: str, given: argparse.Namespace) -> None:
        from loadcell.cli.series import local_port, words_of
        from loadcell.service.command import check_command, check_program

        host: str = given.against_host
        self._config = config
        self._line = line
        self._against = words_of("--against", given.against)
        self._against_host = host
        self._port = local_port(host, "--against-host") if host else None
        if self._against:
            check_command(self._against, "--against-host", has_address=bool(host))
            check_program(self._against, os.environ.get("PATH"))
        self._prepare = words_of("--prepare", given.prepare)
        self.done = 0
        """How many runs of each side there are."""

    def until(self, wanted: int) -> Iterator[tuple[Path, int]]:
        """The files of further runs, with the side of each: 0 before, 1 after."""
        from loadcell.cli import series
        from loadcell.service.preparation import carry_out

        while self.done < wanted:
            # A B, B A, A B …: what drifts meanwhile meets both alike.
            for side in ((0, 1) if self.done % 2 == 0 else (1, 0)) if self._against else (1,):
                label = f" of {'AB'[side]}" if self._against else ""
                note(f"run {self.done + 1} of {wanted}{label} …")
                if self._prepare:
                    carry_out(self._prepare, os.environ)
                with self._service(side) as config:
                    yield series.carried_out(config, self._line), side
            self.done += 1

    @contextmanager
    def _service(self, side: int) -> Iterator[RunConfig]:
        if not (self._against and side):
            yield self._config
            return
        from loadcell.cli.series import address
        from loadcell.service.command import CommandService

        service = CommandService(self._against, self._port)
        service.start()
        try:
            # The service of the run is another, and so are its processes and its probes.
            others = self._config.given - {"workers", "app_python"}
            like = self._against_host or self._config.host
            yield replace(
                self._config,
                app=None,
                app_python=None,
                probe_dir=None,
                host=address(service, like),
                given=others,
                is_hosted=self._config.app is not None,  # its load is that of A, the low one before it included
            )
        finally:
            service.stop()

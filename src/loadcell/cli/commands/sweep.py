"""`loadcell sweep`: which number of workers, which size of a pool is right."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from loadcell.cli import github, options, speech
from loadcell.cli.commands import assess, history
from loadcell.cli.outputs import check_writable
from loadcell.config import RunConfig
from loadcell.errors import EXIT_PASSED, EXIT_USAGE, ConfigError, LoadcellError, UsageError
from loadcell.objectives import parse_objective
from loadcell.text import masked_command

if TYPE_CHECKING:
    from loadcell.service.hosted import Hosted
    from loadcell.sweep import Axis, Cell, Sweep, Trial

REPEAT = 2

_HELP = """usage: loadcell sweep -f FILE --app MODULE:APP --workers 1,2,4 [options]
       loadcell sweep -f FILE --workers 1,2,4 [options] -- COMMAND with {workers} and {port}

Starts the service with each setting, finds out how much it carries (about a minute each), and stops it again; then says
which setting to take, what limits it there, and the memory it costs.

what is varied:
  --workers 1,2,4        worker processes: of --app, or {workers} in the command
  --axis NAME=a,b,c      {NAME} in the command, else the environment variable NAME: pools, threads, keep-alive, flags;
                         may be repeated: every combination is tried

the service:
  --app MODULE:APP       an ASGI application, started with uvicorn on a free port, the probe in it (--app-python)
  -- COMMAND             anything else: -- gunicorn shop:app -k uvicorn_worker.UvicornWorker -w {workers} -b 127.0.0.1:{port}
                         without {port}, -H says where it will listen
  --prepare COMMAND      carried out before each start of the service, with the setting in it as above: puts data back to
                         where it began, empties caches

how thoroughly:
  --repeat N             how often each setting is tried, in another order each time (2); those that are clearly worse
                         than the best are left out from the second time on
  --search-time T        how long trials around a capacity may take (30s)

what is written:
  --json [FILE]          the answer as a document (to stdout)
  --html FILE            a page with a chart of each axis

Everything else is as in 'loadcell assess' (see 'loadcell assess --help'): --objective, -u, --rate, --processes, --postgres …
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be swept."""

    axes: tuple[Axis, ...]
    command: tuple[str, ...]
    prepare: tuple[str, ...]
    repeat: int
    json: str | None
    html: Path | None


def run(words: list[str]) -> int:
    """Try every setting and say which one to take."""
    at = words.index("--") if "--" in words else len(words)
    mine = words[:at]
    if "-h" in mine or "--help" in mine:
        speech.emit(_HELP)
        return EXIT_PASSED
    asked, rest = _take_out(mine, words[at + 1 :])
    from loadcell.sweep import cells
    from loadcell.sweep.axes import WORKERS

    tried = cells(asked.axes)
    config = assess.configured(["--quick", *rest])
    if bool(config.app) == bool(asked.command):
        raise UsageError(
            "A sweep starts the service itself: name it with --app, or by its command behind --.",
            "For example: loadcell sweep --app main:app --workers 1,2,4",
        )
    if (
        asked.command
        and any(one.name == WORKERS for one in asked.axes)
        and not any("{workers}" in one for one in asked.command)
    ):
        raise UsageError(
            "The command has no {workers}, so --workers would change nothing.", "Write it where the number goes."
        )
    if asked.command:
        from loadcell.service.command import check_command

        check_command(asked.command, "-H", has_address=config.host is not None, names=[one.name for one in asked.axes])
    # An answer that took an hour must have a place to go to.
    files = {"json": None if asked.json in (None, "-") else Path(str(asked.json)).expanduser(), "html": asked.html}
    if mistakes := [f"--{name} '{file}' {why}" for name, file in files.items() if file and (why := check_writable(file))]:
        raise ConfigError(mistakes)
    line = masked_command(["loadcell", "sweep", *words])
    with github.commands_stopped():
        found = _Sweeper(asked, _short(config), line).swept(tried)
        exit_code = _show(found, asked)
    github.tell_of_sweep(found)
    return exit_code


def _short(config: RunConfig) -> RunConfig:
    """A short search for the capacity, of which nothing is written but its run file."""
    from loadcell.cli.series import quiet

    return replace(quiet(config), effort="short")


def _take_out(words: Sequence[str], command: Sequence[str]) -> tuple[Asked, list[str]]:
    """What is a sweep's own among the words, and the rest."""
    from loadcell.cli.series import words_of
    from loadcell.sweep.axes import WORKERS, axis

    parser = options.Parser(prog="loadcell sweep", add_help=False, allow_abbrev=False)
    parser.add_argument("--workers", default="")
    parser.add_argument("--axis", action="append", default=[])
    parser.add_argument("--prepare", default="")
    parser.add_argument("--repeat", default=str(REPEAT))
    parser.add_argument("--json", nargs="?", const="-")
    parser.add_argument("--html", type=Path)
    given, rest = parser.parse_known_args(list(words))
    if not given.repeat.isdecimal() or not int(given.repeat):
        raise UsageError(f"--repeat {given.repeat!r} is not a number from 1.")
    axes = [axis(given.workers, WORKERS)] if given.workers else []
    axes += [axis(text) for text in given.axis]
    html = given.html.expanduser() if given.html else None
    prepare = tuple(words_of("--prepare", given.prepare))
    return Asked(tuple(axes), tuple(command), prepare, int(given.repeat), given.json, html), rest


class _Sweeper:
    """Starts the service with each setting, and measures it."""

    def __init__(self, asked: Asked, config: RunConfig, line: str) -> None:
        self._asked = asked
        self._config = config
        self._line = line
        self._trials: dict[Cell, list[Trial]] = {}

    def swept(self, tried: list[Cell]) -> Sweep:
        """Every setting, as often as it takes. LoadcellError if none carried anything, or if it was interrupted at once."""
        from loadcell.cli import series
        from loadcell.sweep import answer, contenders, order

        self._trials = {cell: [] for cell in tried}
        wanted = tried
        try:
            with series.interruptible():
                for round_ in range(self._asked.repeat):
                    self._round(order(wanted, round_), round_)
                    wanted = contenders(self._trials)
                    if len(wanted) < 2:
                        break
        except (series.Interrupted, KeyboardInterrupt):
            if not any(self._trials.values()):
                raise series.Interrupted("The sweep was ended before its first setting was measured.") from None
            speech.note("stopped: what follows is what is known by now")
        if not any(trial.capacity for found in self._trials.values() for trial in found):
            raise _nothing(self._trials)
        tried_at_all = {cell: found for cell, found in self._trials.items() if found}
        objectives = [objective.text for objective in self._config.objectives]
        return answer(self._asked.axes, tried_at_all, objectives, len(os.sched_getaffinity(0)))

    def _round(self, cells: Sequence[Cell], round_: int) -> None:
        from loadcell.sweep.axes import shown

        for number, cell in enumerate(cells, 1):
            speech.note(f"round {round_ + 1} of {self._asked.repeat}, {number} of {len(cells)}: {shown(cell)} …")
            trial = self._trial(cell)
            self._trials[cell].append(trial)
            speech.note(f"  {_told(trial)}")

    def _trial(self, cell: Cell) -> Trial:
        from loadcell.cli import series
        from loadcell.service.preparation import carry_out
        from loadcell.store import RunReader
        from loadcell.sweep import Trial, trial_of
        from loadcell.sweep.axes import filled

        try:
            if self._asked.prepare:
                prepare, extra = filled(self._asked.prepare, cell)
                carry_out(prepare, {**os.environ, **extra})
            with self._service(cell) as config:
                path = series.carried_out(config, self._line)
        except series.Interrupted:
            raise
        except LoadcellError as error:
            return Trial(run="", problem=error.message)
        with RunReader.open(path) as reader:
            if not self._config.objectives:
                # What the first setting was held to, all others are.
                texts = dict.fromkeys(result.text for result in reader.objectives)
                self._config = replace(self._config, objectives=tuple(map(parse_objective, texts)))
            return trial_of(reader)

    @contextmanager
    def _service(self, cell: Cell) -> Iterator[RunConfig]:
        from loadcell.cli import series
        from loadcell.service.app import App
        from loadcell.service.command import PORT, CommandService
        from loadcell.sweep.axes import WORKERS, filled

        command, extra = filled(self._asked.command, cell)
        config = self._config
        service: Hosted
        if config.app is not None:
            workers = int(extra.pop(WORKERS, config.workers))
            environment = {**os.environ, **extra}
            app = App(config.app, workers, config.app_python or sys.executable, environment=environment)
            service = app
        else:
            needs_port = config.host is not None and not any(PORT in word for word in command)
            port = series.local_port(config.host or "", "-H") if needs_port else None
            service = CommandService(command, port, environment={**os.environ, **extra})
        service.start()
        try:
            probe_dir = app.probe_dir if config.app is not None else config.probe_dir
            host = series.address(service, config.host)
            yield replace(config, app=None, host=host, probe_dir=probe_dir, given=config.given - {"workers"})
        finally:
            service.stop()


def _told(trial: Trial) -> str:
    from loadcell.report.swept.words import capacity_words

    return trial.problem or capacity_words(trial.capacity, trial.low, trial.high, trial.unit, at_least=trial.at_least)


def _nothing(trials: dict[Cell, list[Trial]]) -> LoadcellError:
    from loadcell.sweep.axes import shown

    problems: dict[str, list[str]] = {}
    for cell, found in trials.items():
        for trial in found:
            if trial.problem:
                problems.setdefault(trial.problem, []).append(shown(cell))
    why = "; ".join(f"{', '.join(dict.fromkeys(cells))}: {problem}" for problem, cells in list(problems.items())[:3])
    return UsageError("No setting carried anything.", why or "None was measured.")


def _show(found: Sweep, asked: Asked) -> int:
    from loadcell.report import output, swept

    text = output.as_json(swept.document(found))
    if asked.json == "-":
        speech.emit(text)
    else:
        swept.print_sweep(found, history.console())
        if asked.json:
            output.write_text(text, Path(asked.json).expanduser())
            speech.note(f"written: {asked.json}")
    if asked.html:
        swept.write_html(found, asked.html)
        speech.note(f"written: {asked.html}")
    return EXIT_PASSED if found.recommended is not None else EXIT_USAGE

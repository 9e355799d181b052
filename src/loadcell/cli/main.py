"""The command `loadcell`: finds the verb, and turns whatever happens into words and an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from loadcell.cli.speech import complain, give_up, note
from loadcell.config import closest
from loadcell.errors import EXIT_INTERNAL, LoadcellError, UsageError

EXIT_BROKEN_PIPE = 128 + signal.SIGPIPE
EXIT_INTERRUPTED = 128 + signal.SIGINT


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: the module that carries it out, and a line of help."""

    module: str
    help: str


VERBS = {
    "run": Verb("loadcell.cli.commands.run", "put load on a service; may be left out"),
    "assess": Verb("loadcell.cli.commands.assess", "find out how much a service carries, and where it breaks"),
    "init": Verb("loadcell.cli.commands.init", "write a scenario, from a specification or a recording"),
    "python": Verb("loadcell.cli.commands.python", "run a script that uses Locust as a library"),
    "runs": Verb("loadcell.cli.commands.runs", "list the stored runs, the newest first"),
    "compare": Verb("loadcell.cli.commands.compare", "did it get better, and did the bottleneck move"),
    "retest": Verb("loadcell.cli.commands.retest", "run a stored run again, several times, and compare"),
    "sweep": Verb("loadcell.cli.commands.sweep", "which number of workers, which size of a pool is right"),
    "show": Verb("loadcell.cli.commands.show", "show the figures of a stored run"),
    "demo": Verb("loadcell.cli.commands.demo", "assess a real service, started here for it: about two minutes"),
    "doctor": Verb("loadcell.cli.commands.doctor", "is this machine fit to generate load"),
    "agent": Verb("loadcell.cli.commands.agent", "read the service's host for a controller elsewhere"),
    "report": Verb("loadcell.cli.commands.report", "write the HTML report of a stored run"),
    "dashboard": Verb("loadcell.cli.commands.dashboard", "print a Grafana dashboard for --metrics-port"),
}

_TELL_A_JOB = frozenset(("run", "assess", "compare", "retest", "sweep"))


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _carry_out(words)
        sys.stdout.flush()
        return code
    except LoadcellError as error:
        _tell(error, words)
        return error.exit_code
    except KeyboardInterrupt:
        note("interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        give_up(sys.stdout)
        return EXIT_BROKEN_PIPE
    except Exception as error:
        _tell_internal(error, words)
        return EXIT_INTERNAL


def _carry_out(words: list[str]) -> int:
    for word in words:
        if any("\ud800" <= character <= "\udfff" for character in word):
            raise UsageError(f"{word!a} is no text in UTF-8, and could not be kept with the run.")
    name = words[0] if words else ""
    if name in VERBS:
        words = words[1:]
    elif name.isalpha() and name.islower():
        raise UsageError(
            f"There is no command {name!r}{closest(name, VERBS) or '.'}",
            f"The commands are {', '.join(VERBS)}; user classes are named after 'run'.",
        )
    else:
        name = "run"
    code: int = import_module(VERBS[name].module).run(words)
    return code


def _tell(error: LoadcellError, words: Sequence[str]) -> None:
    from loadcell.cli import github

    # It may quote what a service or a scenario has written.
    with github.commands_stopped():
        complain(error)
    _tell_job(error, words)


def _tell_job(error: LoadcellError, words: Sequence[str]) -> None:
    from loadcell.cli import github

    if not words or words[0] not in VERBS or words[0] in _TELL_A_JOB:
        github.tell_of_error(error)


def _tell_internal(error: Exception, words: Sequence[str]) -> None:
    import traceback

    from loadcell.cli import github

    what = f"internal error: {type(error).__name__}: {error}"
    with github.commands_stopped():
        _write_internal(what, "".join(traceback.format_exception(error)), words)
    _tell_job(LoadcellError(what), words)


def _write_internal(what: str, text: str, words: Sequence[str]) -> None:
    import tempfile

    if "DEBUG" in {word.rpartition("=")[2].upper() for word in words}:
        note(f"{text}{what}")
        return
    with tempfile.NamedTemporaryFile("w", prefix="loadcell-error-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write(text)
    note(f"{what} (a fault of Loadcell's; the details are in {file.name})")

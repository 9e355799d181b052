"""`loadcell report RUN`: the HTML report of one run."""

from __future__ import annotations

from pathlib import Path

from loadcell.cli.commands import history
from loadcell.cli.outputs import check_writable
from loadcell.cli.speech import emit
from loadcell.errors import EXIT_PASSED, ConfigError


def run(words: list[str]) -> int:
    """Write a stored run's report and print its path."""
    parser = history.parser("report", "Writes the HTML report of a stored run and prints its path.")
    history.add_run(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="where to (RUN.html)")
    given = parser.parse_args(words)
    from loadcell import report

    with history.open_run(given) as reader:
        path = Path(given.output).expanduser() if "output" in given else Path(f"{reader.facts.id}.html")
        if problem := check_writable(path):
            raise ConfigError([f"--output '{path}' {problem}"])
        report.write_html(reader, path)
    emit(str(path))
    return EXIT_PASSED

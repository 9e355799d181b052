"""`loadcell report RUN`: the HTML report of one run, or its objectives as test cases."""

from __future__ import annotations

from pathlib import Path

from loadcell.cli.commands import history
from loadcell.cli.outputs import check_writable
from loadcell.cli.speech import emit
from loadcell.errors import EXIT_PASSED, ConfigError


def run(words: list[str]) -> int:
    """Write a stored run's report and print its path; with --junit that file, and the report only where it was named."""
    parser = history.parser("report", "Writes the HTML report of a stored run and prints its path.")
    history.add_run(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="where to (RUN.html)")
    parser.add_argument("--junit", metavar="FILE", help="write its objectives as test cases of JUnit instead; with -o both")
    given = parser.parse_args(words)
    from loadcell import report

    with history.open_run(given) as reader:
        files = {f"--{name}": Path(getattr(given, name)).expanduser() for name in ("output", "junit") if name in given}
        if not files:
            files = {"--output": Path(f"{reader.facts.id}.html")}
        if mistakes := [f"{name} '{path}' {why}" for name, path in files.items() if (why := check_writable(path))]:
            raise ConfigError(mistakes)
        for name, path in files.items():
            (report.write_html if name == "--output" else report.write_junit)(reader, path)
    emit("\n".join(map(str, files.values())))
    return EXIT_PASSED

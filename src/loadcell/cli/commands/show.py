"""`loadcell show RUN`: the figures of one run."""

from __future__ import annotations

from loadcell.cli.commands import history
from loadcell.cli.speech import emit
from loadcell.errors import EXIT_PASSED


def run(words: list[str]) -> int:
    """Print a stored run's final tables, or its result document."""
    parser = history.parser("show", "Shows the figures of a stored run.")
    history.add_run(parser)
    parser.add_argument("--json", action="store_true", default=False, help="print the result document")
    given = parser.parse_args(words)
    from loadcell import report

    with history.open_run(given) as reader:
        if given.json:
            import json

            emit(json.dumps(report.document(reader), indent=2))
        else:
            report.print_summary(reader, history.console())
    return EXIT_PASSED

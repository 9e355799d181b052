"""`loadcell python SCRIPT`: a script that uses Locust as a library."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from loadcell.cli.speech import emit
from loadcell.errors import EXIT_PASSED, UsageError

_HELP = """usage: loadcell python SCRIPT [ARGUMENT ...]
       loadcell python -m MODULE [ARGUMENT ...]

Runs a Python script in which `import locust` is answered by Loadcell, as a scenario's is: for scripts that make an
Environment and a runner themselves, and for `run_single_user`. Exit code and output are the script's."""


def run(words: list[str]) -> int:
    """Become the script's process."""
    if words[:1] in (["-h"], ["--help"]):
        emit(_HELP)
        return EXIT_PASSED
    if not words or words == ["-m"]:
        raise UsageError("There is no script to run.", "Name one: 'loadcell python SCRIPT'.")
    if words[0] != "-m" and not Path(words[0]).is_file():
        raise UsageError(f"There is no file {words[0]}.", "Name a script: 'loadcell python SCRIPT'.")
    return _become(words)


def _become(words: list[str]) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "loadcell.library", *words])

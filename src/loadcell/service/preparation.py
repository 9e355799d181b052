"""A command of the user's that is carried out before a run, so that all begin alike: data put back, caches emptied."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence

from loadcell.errors import ServiceError
from loadcell.service.output import last_of

_SHOWN_LINES = 15
_OUTPUT_END = 64 * 1024
"""Bytes of its output that are looked at."""


def carry_out(words: Sequence[str], environment: Mapping[str, str]) -> None:
    """Carry the command out, and return when it has ended. ServiceError if it can't be, or ends with another code than 0."""
    name = " ".join(words)
    if shutil.which(words[0], path=environment.get("PATH")) is None:
        raise ServiceError(f"There is no program {words[0]!r}", "Write --prepare as in a shell, without pipes.")
    with tempfile.TemporaryFile() as output:
        try:
            code = subprocess.run(
                words, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
            ).returncode
        except OSError as error:
            raise ServiceError(f"The preparation {name} can't be carried out: {error.strerror}") from error
        if code == 0:
            return
        output.seek(max(output.seek(0, os.SEEK_END) - _OUTPUT_END, 0))
        shown = last_of(output.read().decode(errors="replace"), _SHOWN_LINES)
    hint = "\n".join(("The last that it wrote:", *(f"    {line}" for line in shown.splitlines()))) if shown else ""
    raise ServiceError(f"The preparation {name} ended with exit code {code}", hint)

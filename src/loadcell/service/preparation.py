"""A command of the user's that is carried out before a run, so that all begin alike: data put back, caches emptied."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from loadcell.errors import ServiceError
from loadcell.service.output import end_of, quoted
from loadcell.text import masked_command, masked_word


def carry_out(words: Sequence[str], environment: Mapping[str, str]) -> None:
    """Carry the command out, and return when it has ended. ServiceError if it can't be, or ends with another code than 0."""
    name = masked_command(words)
    if shutil.which(words[0], path=environment.get("PATH")) is None:
        raise ServiceError(f"There is no program {masked_word(words[0])!r}", "Write --prepare as in a shell, without pipes.")
    with tempfile.NamedTemporaryFile() as output:
        try:
            code = subprocess.run(
                words, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
            ).returncode
        except OSError as error:
            raise ServiceError(f"The preparation {name} can't be carried out: {error.strerror}") from error
        if code:
            raise ServiceError(f"The preparation {name} ended with exit code {code}", quoted(end_of(Path(output.name))))

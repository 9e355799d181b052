"""A service that a command of the user's starts, such as `gunicorn main:app -w 4 -b 127.0.0.1:{port}`."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from loadcell.clock import Clock
from loadcell.errors import ServiceError, UsageError
from loadcell.service.hosted import Hosted
from loadcell.service.ports import free_port
from loadcell.text import masked_command, masked_word

PORT = "{port}"
_PLACEHOLDER = re.compile(r"(?<!\$)\{(\w+)\}")
"""Not a shell's ${VARIABLE}."""


def check_command(words: Sequence[str], option: str, *, has_address: bool, names: Collection[str] = ()) -> None:
    """UsageError where a command has a placeholder that nothing fills in, or tells no port and `option` no address.

    Filled in are `{port}`, and what is in `names`. Braces that look like neither are the command's own.
    """
    known = {"port", *names}
    for name in _PLACEHOLDER.findall(" ".join(words)):
        if name not in known and (near := get_close_matches(name, known | {"workers"}, n=1)):
            hint = f"Did you mean {{{near[0]}}}?" if near[0] in known else "--workers 1,2,4 does, in a sweep."
            raise UsageError(f"Nothing fills in the {{{name}}} of the command.", hint)
    if not has_address and not any(PORT in word for word in words):
        raise UsageError(
            "The port at which the command will listen is not known.",
            f"Write {PORT} where the command has it, or name its address with {option} URL.",
        )


def check_program(words: Sequence[str], path: str | None) -> None:
    """ServiceError where a command's program is not in one of the folders of `path`."""
    if not words or shutil.which(words[0], path=path) is None:
        raise ServiceError(
            f"There is no program {masked_word(words[0]) if words else ''!r}",
            "Write the command as in a shell, without pipes.",
        )


class CommandService(Hosted):
    """Whatever the command starts, on a port of 127.0.0.1."""

    def __init__(
        self,
        words: Sequence[str],
        port: int | None = None,
        folder: Path | None = None,
        *,
        patience_s: float = 60.0,
        environment: Mapping[str, str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`{port}` in one of the words stands for a free port; without it, `port` is where the service will listen."""
        super().__init__(masked_command(words), folder, patience_s=patience_s, environment=environment, clock=clock)
        self._words = words
        self._given = port

    def _choose_port(self) -> int:
        if any(PORT in word for word in self._words):
            return free_port()
        if self._given is None:
            raise ServiceError(
                f"The port of {self._name} is not known", f"Write {PORT} where the command has it, or name it with -H URL."
            )
        try:
            socket.create_connection(("127.0.0.1", self._given), 1.0).close()
        except OSError:
            return self._given
        raise ServiceError(
            f"Port {self._given} of 127.0.0.1 is in use already, so {self._name} can't have it",
            f"Stop what listens there, or write {PORT} in the command for a free one.",
        )

    def _command(self) -> Sequence[str]:
        command = [word.replace(PORT, str(self._port)) for word in self._words]
        check_program(command, self._environment.get("PATH"))
        return command

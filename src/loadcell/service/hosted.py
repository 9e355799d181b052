"""A service that is started here: its processes are one group, which is waited for, watched and ended."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from loadcell.clock import Clock, SystemClock
from loadcell.errors import ServiceError
from loadcell.service.kept_group import KeptGroup
from loadcell.service.output import cause_in, end_of, last_of, quoted

_LOOK_S = 0.05
_CONNECT_S = 1.0


class Hosted(ABC):
    """A service on a port of 127.0.0.1. All its processes are one group, and end with this process."""

    def __init__(
        self,
        name: str,
        folder: Path | None,
        *,
        patience_s: float,
        environment: Mapping[str, str] | None,
        clock: Clock | None,
    ) -> None:
        """`name` is what messages call it, `folder` its working directory, `patience_s` how long it may take to start."""
        self._name = name
        self._folder = Path.cwd() if folder is None else folder
        self._patience_s = patience_s
        self._environment = os.environ if environment is None else environment
        self._clock = clock or SystemClock()
        self._private: Path | None = None
        self._group: KeptGroup | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @abstractmethod
    def _command(self) -> Sequence[str]:
        """What starts it; its port and its private folder are there by then. ServiceError if there is nothing to start."""

    @abstractmethod
    def _choose_port(self) -> int:
        """The port it will listen on. ServiceError if it can't have it."""

    def _surroundings(self, private: Path) -> dict[str, str]:
        """Its environment."""
        return dict(self._environment)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        """The port of 127.0.0.1."""
        return self._port

    @property
    def pid(self) -> int:
        """The process that was started; with several workers, the one that they come from."""
        assert self._process is not None, "it has not been started"
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it has ended; None as long as it runs."""
        return self._process.poll() if self._process is not None else None

    @property
    def output(self) -> str:
        """The last lines that it has written, fit to be shown; nothing after `stop`."""
        return last_of(self._written())

    def start(self) -> None:
        """Start it, and return once it takes connections. ServiceError, and nothing is left, if it never does."""
        try:
            self._launch()
            self._wait(self._clock.monotonic() + self._patience_s)
        except BaseException:
            self.stop(0)
            raise

    def stop(self, patience_s: float = 5.0) -> None:
        """End it: in good order within the patience, else at once. May be called at any time, and more than once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience_s)
        group, self._group = self._group, None
        if group is not None:
            group.kill()
        if self._process is not None:
            self._process.wait()
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)

    def _launch(self) -> None:
        self._private = Path(tempfile.mkdtemp(prefix="loadcell-"))  # open to this user only
        self._port = self._choose_port()
        command = self._command()
        self._group = KeptGroup(self._private)
        environment = self._surroundings(self._private)
        try:
            self._process = self._group.start(command, self._folder, environment, self._private / "output")
        except OSError as error:
            raise ServiceError(f"{self._name} can't be started in {self._folder}: {error.strerror}") from error

    def _wait(self, deadline: float) -> None:
        known: set[int] = set()
        while not self._answers():
            known = self._check(known)
            if self._clock.monotonic() >= deadline:
                raise self._failure(f"took no connection within {self._patience_s:g} s")

    def _check(self, known: set[int]) -> set[int]:
        """Pass some time. ServiceError if it has ended; what is known of its workers goes in and out."""
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(_LOOK_S)
            raise self._failure(f"ended with exit code {code} before it took a connection", ended=True)
        return known

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), _CONNECT_S).close()
        except OSError:
            return False
        return True

    def _failure(self, what: str, *, ended: bool = False) -> ServiceError:
        written = self._written()
        cause = cause_in(written) if ended else ""
        hint = f"{self._hint()} {quoted(written)}".rstrip()
        return ServiceError(f"{self._name} {what}{f': {cause}' if cause else ''}", hint)

    def _hint(self) -> str:
        return f"It was started in {self._folder}."

    def _written(self) -> str:
        return "" if self._private is None else end_of(self._private / "output")

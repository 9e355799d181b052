"""The service under test, started here for the time of a run: uvicorn with the probe in the application."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from loadcell.clock import Clock, SystemClock
from loadcell.errors import ServiceError
from loadcell.monitors.listening import family_of, parent_of
from loadcell.service.kept_group import KeptGroup
from loadcell.service.output import cause_in, last_of
from loadcell.service.ports import free_port

_LOOK_S = 0.05
_CONNECT_S = 1.0
_ALL_WORKERS_S = 5.0
"""So long after the first worker the others are waited for."""
_SHOWN_LINES = 15
_OUTPUT_END = 64 * 1024
"""Bytes of its output that are looked at."""
_PROBE = "loadcell_probe"


class App:
    """An ASGI application on a port of 127.0.0.1. All its processes are one group, and end with this process."""

    def __init__(
        self,
        spec: str,
        workers: int = 1,
        python: str = sys.executable,
        folder: Path | None = None,
        *,
        patience_s: float = 60.0,
        environment: Mapping[str, str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`spec` is `module:app`, `module:holder.app` or `module:make()`; the module is looked for in `folder`, which is the
        working directory too. `python` is an interpreter that has uvicorn and the application's libraries. ServiceError if
        `spec` is none.
        """
        module, colon, attribute = spec.partition(":")
        if not (module and colon and attribute):
            raise ServiceError(
                f"An application is named as module:app, not {spec!r}", "For app = FastAPI() in main.py that is main:app."
            )
        self._spec = spec
        self._workers = workers
        self._python = python
        self._folder = Path.cwd() if folder is None else folder
        self._patience_s = patience_s
        self._environment = os.environ if environment is None else environment
        self._clock = clock or SystemClock()
        self._private: Path | None = None
        self._group: KeptGroup | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

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
    def probe_dir(self) -> Path:
        """Where its workers have the sockets of their probes; removed by `stop`."""
        assert self._private is not None, "it has not been started"
        return self._private / "probe"

    @property
    def exit_code(self) -> int | None:
        """How it has ended; None as long as it runs."""
        return self._process.poll() if self._process is not None else None

    @property
    def output(self) -> str:
        """The last lines that it has written, fit to be shown; nothing after `stop`."""
        return last_of(self._written(), _SHOWN_LINES)

    def start(self) -> None:
        """Start it, and return once it takes connections. ServiceError, and nothing is left, if it never does."""
        python = _interpreter(self._python)
        try:
            self._launch(python)
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

    def _launch(self, python: str) -> None:
        self._private = Path(tempfile.mkdtemp(prefix="loadcell-"))  # open to this user only
        self.probe_dir.mkdir(mode=0o700)
        self._port = free_port()
        self._group = KeptGroup(self._private)
        command = [
            *(python, "-m", "uvicorn", f"{_PROBE}.auto:app", "--app-dir", str(self._folder)),
            *("--host", "127.0.0.1", "--port", str(self._port), "--workers", str(self._workers)),
            "--no-access-log",  # a line per request would fill the disk, and cost what is to be measured
        ]
        environment = self._surroundings(self._private)
        try:
            self._process = self._group.start(command, self._folder, environment, self._private / "output")
        except OSError as error:
            raise ServiceError(f"{self._spec} can't be started in {self._folder}: {error.strerror}") from error

    def _surroundings(self, private: Path) -> dict[str, str]:
        """The environment, with a place on the path where there is nothing but the probe."""
        found = importlib.util.find_spec(_PROBE)
        if found is None or not found.submodule_search_locations:
            raise ServiceError("The package loadcell_probe is missing", "Install Loadcell again.")
        alone = private / "path"
        alone.mkdir()
        (alone / _PROBE).symlink_to(Path(found.submodule_search_locations[0]).resolve(), target_is_directory=True)
        path = [str(alone), *filter(None, [self._environment.get("PYTHONPATH")])]
        return {
            **self._environment,
            "LOADCELL_PROBE_APP": self._spec,
            "LOADCELL_PROBE_DIR": str(self.probe_dir),
            "PYTHONPATH": os.pathsep.join(path),
        }

    def _wait(self, deadline: float) -> None:
        assert self._process is not None
        known: set[int] = set()
        while not self._answers():
            known = self._check(known)
            if self._clock.monotonic() >= deadline:
                raise self._failure(f"took no connection within {self._patience_s:g} s")
        deadline = min(deadline, self._clock.monotonic() + _ALL_WORKERS_S)
        while len(list(self.probe_dir.glob("*.sock"))) < self._workers and self._clock.monotonic() < deadline:
            known = self._check(known)

    def _check(self, known: set[int]) -> set[int]:
        """Pass some time. ServiceError if it has ended, or one of its workers: uvicorn starts those again for ever."""
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(_LOOK_S)
            raise self._failure(f"ended with exit code {code} before it took a connection", ended=True)
        if self._workers == 1:
            return known
        pid = self._process.pid
        workers = {each for each in family_of(pid) if parent_of(each) == pid}
        if known - workers:
            raise self._failure("lost a worker before it was ready", ended=True)
        return workers

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), _CONNECT_S).close()
        except OSError:
            return False
        return True

    def _failure(self, what: str, *, ended: bool = False) -> ServiceError:
        written = self._written()
        cause = cause_in(written) if ended else ""
        if cause.endswith("No module named uvicorn"):
            return ServiceError(
                f"{self._python} has no uvicorn, which {self._spec} is started with",
                "Install it there, or name the interpreter of the service with --app-python.",
            )
        hint = f"Its module is looked for in {self._folder}."
        if shown := last_of(written, _SHOWN_LINES):
            indented = "\n".join(f"    {line}" for line in shown.splitlines())
            hint += f" The last that it wrote:\n{indented}"
        return ServiceError(f"{self._spec} {what}{f': {cause}' if cause else ''}", hint)

    def _written(self) -> str:
        if self._private is None:
            return ""
        try:
            with (self._private / "output").open("rb") as output:
                output.seek(max(output.seek(0, os.SEEK_END) - _OUTPUT_END, 0))
                return output.read().decode(errors="replace")
        except OSError:
            return ""


def _interpreter(python: str) -> str:
    """The path of an interpreter, which is a path itself or a name to be looked up. ServiceError if there is none."""
    found = shutil.which(python)
    if found is None:
        raise ServiceError(f"There is no interpreter {python}", "Name that of the service with --app-python.")
    return os.path.abspath(found)  # not resolved: the interpreter of a virtual environment is a link

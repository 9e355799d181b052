"""The service under test, started here for the time of a run: uvicorn with the probe in the application."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from loadcell.clock import Clock
from loadcell.errors import ServiceError
from loadcell.monitors.listening import family_of, parent_of
from loadcell.service.hosted import Hosted
from loadcell.service.output import cause_in
from loadcell.service.ports import free_port

_ALL_WORKERS_S = 5.0
"""So long after the first worker the others are waited for."""
_PROBE = "loadcell_probe"


class App(Hosted):
    """An ASGI application on a free port of 127.0.0.1."""

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
        super().__init__(spec, folder, patience_s=patience_s, environment=environment, clock=clock)
        self._workers = workers
        self._python = python

    @property
    def probe_dir(self) -> Path:
        """Where its workers have the sockets of their probes; removed by `stop`."""
        assert self._private is not None, "it has not been started"
        return self._private / "probe"

    def _choose_port(self) -> int:
        return free_port()

    def _command(self) -> Sequence[str]:
        return [
            *(_interpreter(self._python), "-m", "uvicorn", f"{_PROBE}.auto:app", "--app-dir", str(self._folder)),
            *("--host", "127.0.0.1", "--port", str(self._port), "--workers", str(self._workers)),
            "--no-access-log",  # a line per request would fill the disk, and cost what is to be measured
        ]

    def _surroundings(self, private: Path) -> dict[str, str]:
        """The environment, with a place on the path where there is nothing but the probe."""
        found = importlib.util.find_spec(_PROBE)
        if found is None or not found.submodule_search_locations:
            raise ServiceError("The package loadcell_probe is missing", "Install Loadcell again.")
        self.probe_dir.mkdir(mode=0o700)
        alone = private / "path"
        alone.mkdir()
        (alone / _PROBE).symlink_to(Path(found.submodule_search_locations[0]).resolve(), target_is_directory=True)
        path = [str(alone), *filter(None, [self._environment.get("PYTHONPATH")])]
        return {
            **self._environment,
            "LOADCELL_PROBE_APP": self._name,
            "LOADCELL_PROBE_DIR": str(self.probe_dir),
            "PYTHONPATH": os.pathsep.join(path),
        }

    def _wait(self, deadline: float) -> None:
        super()._wait(deadline)
        known: set[int] = set()
        deadline = min(deadline, self._clock.monotonic() + _ALL_WORKERS_S)
        while len(list(self.probe_dir.glob("*.sock"))) < self._workers and self._clock.monotonic() < deadline:
            known = self._check(known)

    def _check(self, known: set[int]) -> set[int]:
        """The same, and ServiceError if one of its workers has ended: uvicorn starts those again for ever."""
        super()._check(known)
        if self._workers == 1:
            return known
        workers = {each for each in family_of(self.pid) if parent_of(each) == self.pid}
        if known - workers:
            raise self._failure("lost a worker before it was ready", ended=True)
        return workers

    def _failure(self, what: str, *, ended: bool = False) -> ServiceError:
        if ended and cause_in(self._written()).endswith("No module named uvicorn"):
            return ServiceError(
                f"{self._python} has no uvicorn, which {self._name} is started with",
                "Install it there, or name the interpreter of the service with --app-python.",
            )
        return super()._failure(what, ended=ended)

    def _hint(self) -> str:
        return f"Its module is looked for in {self._folder}."


def _interpreter(python: str) -> str:
    """The path of an interpreter, which is a path itself or a name to be looked up. ServiceError if there is none."""
    found = shutil.which(python)
    if found is None:
        raise ServiceError(f"There is no interpreter {python}", "Name that of the service with --app-python.")
    return os.path.abspath(found)  # not resolved: the interpreter of a virtual environment is a link

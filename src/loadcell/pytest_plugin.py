"""A plugin for pytest: the fixture `loadtest` puts load on an application and fails the test where an objective is missed.

    def test_the_shop_carries_ten_users(loadtest):
        loadtest("shop.main:app", scenario="locustfile.py", users=10, seconds=5, objectives=["p95 < 300ms"])

It is loaded at the start of every run of pytest where Loadcell is installed, so all that costs time is imported by the first
load test.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from loadcell.facade import Result
    from loadcell.facade.scenarios import Scenario

USUAL_SECONDS = 10
_INI = {
    "app": "the application that load tests start, as module:app",
    "host": "the address of the service that load tests are against, instead of an application",
    "scenario": "their scenario; when absent that of loadcell.toml, else locustfile.py",
    "users": "how many users they have",
    "seconds": f"how long they take; {USUAL_SECONDS} when absent",
}
_KEPT_FIGURES = ("requests", "failures", "rps", "p50_ms", "p95_ms", "p99_ms")


def pytest_addoption(parser: pytest.Parser) -> None:
    """What is the same for all load tests may be written in pytest's configuration."""
    for name, text in _INI.items():
        parser.addini(f"loadtest_{name}", f"Loadcell: {text}", default=None)
    parser.addini("loadtest_objectives", "Loadcell: what load tests demand, one objective a line", "linelist", default=None)


@pytest.fixture
def loadtest(request: pytest.FixtureRequest) -> LoadTest:
    """Puts load on an application or a service; fails the test if an objective is missed, or the run is invalid."""
    return LoadTest(request)


class LoadTest:
    """What the fixture is."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self._config = request.config

    def __call__(
        self,
        app: str | None = None,
        *,
        scenario: Scenario | None = None,
        host: str | None = None,
        users: int | None = None,
        spawn_rate: float | None = None,
        seconds: float | None = None,
        objectives: str | Sequence[str] | None = None,
        **options: Any,
    ) -> Result:
        """Carry out one run and return its result; without objectives the test fails where a request does.

        `app` is started on a free port for it, or `host` is loaded. Paths are looked for beside the test, then in pytest's
        root folder. All users come within the first second, if nothing else is said. Other keywords are those of
        `loadcell.run`.
        """
        __tracebackhide__ = True
        from loadcell.errors import LoadcellError
        from loadcell.facade import run
        from loadcell.facade.quoted import quoted

        if mistake := _mistake(options):  # Raised here, where pytest shows the line of the test alone.
            raise TypeError(mistake)
        if app is not None and not isinstance(app, str):
            raise TypeError(f"loadtest() takes the name of an application, as 'shop.main:app', and no {type(app).__name__}")
        if app is None and host is None:
            app, host = self._ini("app"), self._ini("host")
        if users is None:
            users = self._ini("users")
        if seconds is None and not options.keys() & {"plan", "stages"}:
            seconds = self._ini("seconds") or USUAL_SECONDS
        keywords: dict[str, Any] = {
            "app": app,
            "host": host,
            "users": users,
            "spawn_rate": users if spawn_rate is None else spawn_rate,
            "seconds": seconds,
            "objectives": self._config.getini("loadtest_objectives") or None if objectives is None else objectives,
            "fail_on_invalid": True,
            **options,
        }
        problem = ""
        try:
            with _as_in(self._config.rootpath):
                result = run(self._found(scenario or self._ini("scenario") or _configured_scenario()), **keywords)
        except LoadcellError as error:
            problem = str(error)
        if problem:  # Not within `except`, or the failure would be told with what it comes from.
            pytest.fail(quoted(problem), pytrace=False)
        figures = {f"loadtest_{name}": result.total[name] for name in _KEPT_FIGURES}
        self._request.node.user_properties += [(name, value) for name, value in figures.items() if value is not None]
        # Objectives of which none could be judged have proven nothing either.
        if not result.passed or (result.objectives and result.verdict != "pass"):
            pytest.fail(quoted(f"{'; '.join(result.reasons) or 'the load test failed'}\n\n{result}"), pytrace=False)
        return result

    def _ini(self, name: str) -> Any:
        return self._config.getini(f"loadtest_{name}") or None

    def _found(self, scenario: Scenario) -> Scenario:
        if isinstance(scenario, type):
            return scenario
        return ",".join(self._beside(name) for name in os.fspath(scenario).split(","))

    def _beside(self, name: str) -> str:
        beside = self._request.path.parent / name.strip()
        return str(beside) if name.strip() and beside.exists() else name


def _mistake(options: Mapping[str, Any]) -> str:
    """Why these can't be keywords; empty if they can."""
    from loadcell.facade.keywords import flags_of

    try:
        flags_of("loadtest", dict.fromkeys(options.keys() - {"arguments", "watch"}))
    except TypeError as error:
        return str(error)
    return ""


def _configured_scenario() -> str:
    from loadcell.config import settle_one
    from loadcell.surroundings.sources import sources

    return str(settle_one("scenario", {}, sources()))


@contextmanager
def _as_in(root: Path) -> Iterator[None]:
    """As `loadcell run` would be in this folder, with what tests can import; one at a time, since two measure each other."""
    paths = _importable(root)
    with pytest.MonkeyPatch.context() as patch, _alone(root / ".loadcell"):
        patch.chdir(root)
        if paths:
            patch.setenv("PYTHONPATH", os.pathsep.join(paths), prepend=os.pathsep)
        yield


def _importable(root: Path) -> list[str]:
    """What tests can import from beneath the folder; an environment that lies there, the processes of a run have anyway."""
    inside = [path for path in sys.path if Path(path).is_relative_to(root)]
    if not Path(sys.prefix).is_relative_to(root):
        return inside
    return [path for path in inside if not Path(path).is_relative_to(sys.prefix)]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait for load tests of other processes of pytest, such as pytest-xdist starts."""
    import fcntl

    from loadcell.errors import UsageError

    try:
        folder.mkdir(exist_ok=True)
        lock = (folder / "loadtest.lock").open("w")
    except OSError as error:
        raise UsageError(f"{folder} can't be written to: {error.strerror}.", "Runs are kept there.") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""Users made of a file's test functions, for files without a user class: pytest collects, users call again and again."""

from __future__ import annotations

import inspect
import logging
import sys
import traceback
from collections.abc import Iterator
from types import GeneratorType, ModuleType
from typing import TYPE_CHECKING, Any

from loadcell.errors import ScenarioError
from loadcell.http.failures import CatchResponseError, RequestFailure
from loadcell.scenario.user import User

if TYPE_CHECKING:
    import pytest

# The name that logging configurations of existing scenarios know.
logger = logging.getLogger("locust.user.users")


class PytestUser(User):
    """Calls test functions in turn, without a wait. Each has fixtures of its own for each user."""

    abstract = True
    functions: tuple[pytest.Function, ...] = ()
    """The collected functions, with `fixture_makers` and `settled`."""

    def on_start(self) -> None:
        self._open: list[Iterator[Any]] = []
        self._calls = [(function, self._arguments(function)) for function in self.functions]

    def _arguments(self, function: Any) -> dict[str, Any]:
        made = {name: self._made(maker) for name, maker in function.fixture_makers.items()}
        return {**made, **function.settled}

    def _made(self, maker: Any) -> Any:
        made = maker(self)
        if not isinstance(made, GeneratorType):
            return made
        self._open.append(made)
        return next(made)

    def call_all(self) -> None:
        """Call each function once. A request that failed has been counted, so its exception is only noted."""
        for function, arguments in self._calls:
            try:
                function.obj(**arguments)
            except _request_errors() as error:
                if isinstance(error, ValueError):  # A URL that is none: the file's own mistake.
                    raise
                logger.debug("%s\n%s", error, traceback.format_exc())

    def on_stop(self) -> None:
        for fixture in self._open:
            next(fixture, None)


def _request_errors() -> tuple[type[Exception], ...]:
    """What a failed request raises: ours, and requests' where the file uses it."""
    ours = (RequestFailure, CatchResponseError, ConnectionError)
    requests = sys.modules.get("requests")
    return ours if requests is None else (*ours, requests.RequestException)


def pytest_users_of(module: ModuleType) -> dict[str, type[User]]:
    """A user class for each test function of a module, by its name; empty without any. ScenarioError.

    pytest, which collects them, is imported only if there is a function whose name begins with test, or a class
    whose name begins with Test.
    """
    path = getattr(module, "__file__", None)
    if path is None or not any(_looks_like_a_test(name, item) for name, item in vars(module).items()):
        return {}
    users: dict[str, type[User]] = {}
    for function in _collected(path):
        known = users.setdefault(function.name, type(function.name, (PytestUser,), {"tasks": [PytestUser.call_all]}))
        known.functions = (*known.functions, function)  # type: ignore[attr-defined]
    return users


def _looks_like_a_test(name: str, item: Any) -> bool:
    return callable(item) and name.startswith(("test", "Test"))


def _collected(path: str) -> list[Any]:
    """The test functions that pytest finds in a file, each knowing what makes its arguments."""
    try:
        import pytest
        from _pytest.config import Config
    except ImportError as error:
        raise ScenarioError(
            f"{path} has no user class, and its test functions need pytest.",
            f"Install pytest for {sys.executable}, or write a class that derives from HttpUser.",
        ) from error
    from loadcell.compat import pytest_fixtures

    # Without the plugin of an installed Locust: its fixtures have the names of ours.
    config = Config.fromdictargs({}, ["-q", "-s", "-p", "no:locust", "-p", "no:cacheprovider", path])
    config.pluginmanager.register(pytest_fixtures)
    config._do_configure()
    session = pytest.Session.from_config(config)
    config.hook.pytest_sessionstart(session=session)
    try:
        session.perform_collect()
    except pytest.UsageError as error:
        raise ScenarioError(f"{path}: pytest could not collect its tests: {error}.", "Correct the file.") from error
    config.hook.pytest_collection_modifyitems(session=session, config=config, items=session.items)
    return [_prepared(item, session) for item in session.items if isinstance(item, pytest.Function)]


def _prepared(function: Any, session: Any) -> Any:
    function.settled = dict(function.callspec.params) if hasattr(function, "callspec") else {}
    function.fixture_makers = {}
    for name in inspect.signature(function.obj).parameters:
        if name in function.settled:
            continue
        found = session._fixturemanager.getfixturedefs(name, function)
        if not found:
            raise ScenarioError(
                f"Could not find fixture for parameter {name!r} in {function.name}.",
                "Ask for `session` or `fastsession`, or write a fixture of that name.",
            )
        function.fixture_makers[name] = found[-1].func
    return function

"""Loads the user's file, and says in one sentence why where it can't be loaded."""

from __future__ import annotations

import importlib.util
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType

from loadcell.compat import modules
from loadcell.config import find_scenario
from loadcell.errors import ScenarioError
from loadcell.http.url import InvalidURL, split
from loadcell.scenario.loading import user_classes_of
from loadcell.scenario.user import FastHttpUser, HttpUser, User
from loadcell.text import masked

_NOT_THERE = re.compile(r"cannot import name '(\w+)'")


def load_module(scenario: str) -> ModuleType:
    """The user's file as a module named after it, its folder and the current one on the path. ScenarioError."""
    path = find_scenario(scenario)
    for folder in (str(path.parent), str(Path.cwd())):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ScenarioError(f"{scenario} is no Python file.", "Name a file that ends in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise _refusal(error, path) from error
    return module


def _refusal(error: Exception, path: Path) -> ScenarioError:
    """Why a file could not be loaded, in one sentence."""
    if isinstance(error, SyntaxError):
        return ScenarioError(_syntax(error), "Correct the file and start again.")
    where = _where(error, path)
    if isinstance(error, ImportError) and (wanted := _wanted_of_locust(error)):
        return ScenarioError(
            f"{where}: Loadcell does not have {wanted} yet.", "docs/locust-differences.md lists what of Locust is missing."
        )
    if isinstance(error, ModuleNotFoundError):
        return ScenarioError(
            f"{where}: there is no module named {error.name!r}.",
            f"Install it for {sys.executable}, or put it beside the scenario.",
        )
    return ScenarioError(f"{where}: {type(error).__name__}: {error}", "Correct the file.")


def _wanted_of_locust(error: ImportError) -> str:
    """What a scenario looked for in Locust in vain; empty if it looked elsewhere."""
    module = (error.name or "").replace(modules.OURS, modules.NAME)
    if module.partition(".")[0] != modules.NAME:
        return ""
    name = _NOT_THERE.match(str(error))
    return f"{module}.{name[1]}" if name else module


def _syntax(error: SyntaxError) -> str:
    line = (error.text or "").rstrip("\n")
    if not line.strip():
        return f"{error.filename}, line {error.lineno}: {error.msg}."
    caret = " " * max(0, (error.offset or 1) - 1) + "^"
    return f"{error.filename}, line {error.lineno}: {error.msg}.\n    {line}\n    {caret}"


def _where(error: BaseException, path: Path) -> str:
    """The innermost line of the user's own folder at which the error arose."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(str(path.parent))]
    return f"{own[-1].filename}, line {own[-1].lineno}" if own else str(path)


def chosen_classes(module: ModuleType, wanted: Iterable[str], scenario: str) -> dict[str, type[User]]:
    """The user classes to run, by name; all that could get users where none are named. ScenarioError."""
    found = user_classes_of(module)
    if not found:
        raise ScenarioError(f"{scenario} has no user class.", "Write a class that derives from HttpUser and has tasks.")
    names = list(wanted)
    missing = [name for name in names if name not in found]
    if missing:
        raise ScenarioError(f"{scenario} has no user class {missing[0]}.", f"It has: {', '.join(sorted(found))}.")
    chosen = {name: cls for name, cls in found.items() if not names or name in names}
    running = {name: cls for name, cls in chosen.items() if cls.weight > 0 or cls.fixed_count > 0}
    if not running:
        raise ScenarioError(f"No user class of {scenario} has a weight or fixed_count above 0.", "Give one a weight.")
    return running


def require_tasks(classes: Mapping[str, type[User]], scenario: str) -> None:
    """ScenarioError if no class has anything to do: users that raise as fast as they can would be all there is."""
    if any(cls.tasks or _may_make_tasks(cls) for cls in classes.values()):
        return
    names = ", ".join(classes)
    raise ScenarioError(
        f"{scenario}: there is no task for {names}.", "Mark a method with @task, or choose other --tags and --exclude-tags."
    )


def _may_make_tasks(cls: type[User]) -> bool:
    """Whether the class has code of its own that could give each user its tasks."""
    own = [each for each in cls.__mro__ if each not in (User, HttpUser, FastHttpUser, object)]
    return any(name in vars(each) for each in own for name in ("__init__", "on_start"))


def settle_host(classes: Iterable[type[User]], host: str | None) -> str:
    """Give the classes the host of the command line; returns what to call the target. ScenarioError without any."""
    shown = host or ""
    for cls in classes:
        if host:
            cls.host = host
        if cls.host is None and issubclass(cls, (HttpUser, FastHttpUser)):
            raise ScenarioError(
                f"There is no host to send the requests of {cls.__name__} to.",
                "Name it with -H, as in -H http://127.0.0.1:8000, or set `host` in the class.",
            )
        if cls.host is not None:
            _check_host(cls)
        shown = shown or cls.host or ""
    return masked(shown)


def _check_host(cls: type[User]) -> None:
    try:
        split(str(cls.host))
    except InvalidURL as error:
        raise ScenarioError(
            f"The host of {cls.__name__} can't be used. {error}",
            "Write it as http://name:port, as in http://127.0.0.1:8000.",
        ) from error

"""Loads the user's file, and says in one sentence why where it can't be loaded."""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from loadcell import guard
from loadcell.compat import modules
from loadcell.compat.optional import MissingLibrary
from loadcell.compat.pytest_users import pytest_users_of
from loadcell.config import find_scenarios
from loadcell.errors import ScenarioError, UsageError
from loadcell.http.failures import ReadTimeout, TargetNotAllowed
from loadcell.http.network import Network
from loadcell.http.url import InvalidURL, split
from loadcell.scenario.loading import shape_classes_of, user_classes_of
from loadcell.scenario.shape import LoadTestShape
from loadcell.scenario.user import FastHttpUser, HttpUser, User
from loadcell.text import masked

logger = logging.getLogger("loadcell.compat")

_LOOK_UP_S = 5.0
_NOT_THERE = re.compile(r"cannot import name '(\w+)'")


def load_module(scenario: str) -> ModuleType:
    """The user's file as a module named after it, its folder and the current one on the path. ScenarioError.

    Of several files, each is loaded so, and what is returned holds the users and shapes of all.
    """
    paths = find_scenarios(scenario)
    loaded = [_load(path) for path in paths]
    if len(loaded) == 1:
        return loaded[0]
    together = ModuleType("scenario")
    for path, module in zip(paths, loaded, strict=True):
        for name, item in {**user_classes_of(module), **shape_classes_of(module)}.items():
            known = vars(together).setdefault(name, item)
            if known is not item:
                raise ScenarioError(
                    f"There are two classes {name}: in {known.__module__}.py and in {path.name}.",
                    "Give one another name, or name only one of the files.",
                )
    if not user_classes_of(together):
        for module in loaded:
            vars(together).update(pytest_users_of(module))
    return together


def _load(path: Path) -> ModuleType:
    for folder in (str(path.parent), str(Path.cwd())):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    # A file called locust.py must not stand in the way of `import locust`.
    name = "locustfile" if path.stem == modules.NAME else path.stem
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ScenarioError(f"{path} is no Python file.", "Name a file that ends in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise _refusal(error, path) from error
    return module


def load_plugins() -> None:
    """Import `locust_plugins` where it is installed, as Locust does; what it raises is warned about."""
    if importlib.util.find_spec("locust_plugins") is None:
        return
    try:
        importlib.import_module("locust_plugins")
    except Exception as error:
        logger.warning("locust_plugins is installed and could not be loaded: %s: %s", type(error).__name__, error)


def make_shapes(module: ModuleType) -> dict[str, LoadTestShape]:
    """The shapes of a scenario by name. ScenarioError if one can't be made."""
    shapes = {}
    for name, shape in shape_classes_of(module).items():
        try:
            shapes[name] = shape()
        except Exception as error:
            raise ScenarioError(
                f"The shape {name} can't be made: {type(error).__name__}: {error}.", "A shape is made without arguments."
            ) from error
    return shapes


def configure_users(classes: Mapping[str, type[User]], settings: Iterable[str]) -> None:
    """Set attributes of user classes as --config-users says: JSON, or files of it. ScenarioError.

    Each JSON is an object or a list of objects, whose `user_class_name` names the class; `tasks` are names of tasks.
    """
    for text in settings:
        for found in user_settings(text):
            name = str(found.get("user_class_name"))
            if name not in classes:
                raise ScenarioError(
                    f"--config-users: there is no user class {name}.", f"The scenario has: {', '.join(sorted(classes))}."
                )
            cls = classes[name]
            for key, value in found.items():
                if key == "tasks":
                    cls.tasks = [task for task in cls.tasks if getattr(task, "__name__", "") in value]
                elif key != "user_class_name":
                    setattr(cls, key, value)


def user_settings(text: str) -> list[dict[str, Any]]:
    """What one word after --config-users says: a list of objects. ScenarioError."""
    source = text
    try:
        if not text.lstrip().startswith(("{", "[")):
            source = Path(text).expanduser().read_text(encoding="utf-8")
        found = json.loads(source)
    except (OSError, ValueError) as error:
        raise ScenarioError(
            f"--config-users {text!r}: {error}.",
            'Give JSON such as {"user_class_name": "Shopper", "weight": 3}, or its file.',
        ) from error
    objects = found if isinstance(found, list) else [found]
    if not all(isinstance(one, dict) for one in objects):
        raise ScenarioError(f"--config-users {text!r} is no object, nor a list of objects.", "Give one for each class.")
    return objects


def _refusal(error: Exception, path: Path) -> ScenarioError:
    """Why a file could not be loaded, in one sentence."""
    if isinstance(error, SyntaxError):
        return ScenarioError(_syntax(error), "Correct the file and start again.")
    where = _where(error, path)
    if isinstance(error, ImportError) and (wanted := _wanted_of_locust(error)):
        return ScenarioError(
            f"{where}: Loadcell does not have {wanted} yet.", "docs/locust-differences.md lists what of Locust is missing."
        )
    if isinstance(error, MissingLibrary):
        return ScenarioError(f"{where}: {error}.", f"Get it with {error.hint}.")
    if isinstance(error, ModuleNotFoundError):
        return ScenarioError(
            f"{where}: there is no module named {error.name!r}.",
            f"Install it for {sys.executable}, or put it beside the scenario.",
        )
    if (name := _missing_variable(error)) is not None:
        return ScenarioError(f"{where}: the environment has no {name}.", f"Set it: {name}=… loadcell …")
    return ScenarioError(f"{where}: {type(error).__name__}: {error}", "Correct the file.")


def _missing_variable(error: Exception) -> str | None:
    """The environment variable that a scenario looked for in vain; None if it failed in another way."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    code = last.tb_frame.f_code if last is not None else None
    if not isinstance(error, KeyError) or code is None or code is not type(os.environ).__getitem__.__code__:
        return None
    return str(error.args[0])


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
    found = user_classes_of(module) or pytest_users_of(module)
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


def require_permission(classes: Iterable[type[User]], network: Network) -> None:
    """UsageError if the host of a class may not be connected to; a name that can't be looked up is left to the run."""
    for host in {str(cls.host): None for cls in classes if cls.host is not None}:
        try:
            url = split(host)
        except InvalidURL:  # Its first request will tell.
            continue
        try:
            if url.scheme != "http+unix":
                network.addresses(url.host, url.port, network.now() + _LOOK_UP_S)
        except TargetNotAllowed:
            raise UsageError(f"{guard.refusal(url.host)}.", guard.hint(url.host)) from None
        except (OSError, ReadTimeout):
            pass


def _check_host(cls: type[User]) -> None:
    try:
        split(str(cls.host))
    except InvalidURL as error:
        raise ScenarioError(
            f"The host of {cls.__name__} can't be used. {error}",
            "Write it as http://name:port, as in http://127.0.0.1:8000.",
        ) from error

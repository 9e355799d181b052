"""Locust's command, for scripts that call it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from loadcell.compat.loading import load_module, make_shapes
from loadcell.compat.locust.env import Environment
from loadcell.compat.locust.util.load_locustfile import load_locustfile
from loadcell.compat.pytest_users import pytest_users_of
from loadcell.errors import ScenarioError
from loadcell.scenario.events import Events
from loadcell.scenario.loading import user_classes_of
from loadcell.scenario.shape import LoadTestShape
from loadcell.scenario.user import User

__all__ = ["create_environment", "load_locustfile", "main", "merge_locustfiles_content"]


def main() -> NoReturn:
    """Carry out the script's command line as `loadcell` does, in the place of this process."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "loadcell", "run", *sys.argv[1:]])


def create_environment(
    user_classes: Sequence[type[User]],
    options: Any,
    events: Events | None = None,
    shape_class: LoadTestShape | None = None,
    locustfile: str | None = None,
    parsed_locustfiles: list[str] | None = None,
    available_user_classes: Mapping[str, type[User]] | None = None,
    available_shape_classes: Mapping[str, LoadTestShape] | None = None,
    available_user_tasks: Mapping[str, list[Any]] | None = None,
) -> Environment:
    """An environment with the settings of parsed options."""
    return Environment(
        user_classes=user_classes,
        shape_class=shape_class,
        locustfile=locustfile,
        events=events,
        host=options.host,
        reset_stats=bool(options.reset_stats),
        parsed_options=options,
        parsed_locustfiles=parsed_locustfiles,
        available_user_classes=available_user_classes,
        available_shape_classes=available_shape_classes,
        available_user_tasks=available_user_tasks,
        profile=options.profile,
    )


def merge_locustfiles_content(
    locustfiles: Sequence[str],
) -> tuple[dict[str, type[User]], dict[str, LoadTestShape], dict[str, list[Any]], LoadTestShape | None]:
    """(user classes, shapes, the tasks of each class) of several files by name, and the first shape.

    A mistake in one of them ends the script with exit code 1.
    """
    try:
        module = load_module(",".join(locustfiles))
        shapes = make_shapes(module)
    except ScenarioError as error:
        sys.exit(str(error))
    classes = dict(user_classes_of(module) or pytest_users_of(module))
    return classes, shapes, {name: cls.tasks for name, cls in classes.items()}, next(iter(shapes.values()), None)

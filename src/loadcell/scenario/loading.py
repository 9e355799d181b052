"""What a loaded scenario offers to run."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any, TypeGuard

from loadcell.scenario.shape import LoadTestShape
from loadcell.scenario.user import User


def is_user_class(item: Any) -> TypeGuard[type[User]]:
    """Whether `item` is a class whose users can be started."""
    return inspect.isclass(item) and issubclass(item, User) and item.abstract is False


def user_classes_of(module: ModuleType) -> dict[str, type[User]]:
    """The user classes that a module's namespace holds, imported ones too, in its order and under its names."""
    return {name: item for name, item in vars(module).items() if is_user_class(item)}


def is_shape_class(item: Any) -> TypeGuard[type[LoadTestShape]]:
    """Whether `item` is a class that can shape a load."""
    return inspect.isclass(item) and issubclass(item, LoadTestShape) and item.__dict__.get("abstract") is False


def shape_classes_of(module: ModuleType) -> dict[str, type[LoadTestShape]]:
    """The shapes that a module's namespace holds, in its order and under its names."""
    return {name: item for name, item in vars(module).items() if is_shape_class(item)}

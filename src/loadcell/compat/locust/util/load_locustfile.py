"""What a loaded file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loadcell.compat.loading import load_module
from loadcell.scenario.loading import is_shape_class, is_user_class, shape_classes_of, user_classes_of


def load_locustfile(path: str) -> tuple[dict[str, type], list[Any]]:
    """(user classes by name, shape instances) of a file; ScenarioError if it can't be loaded."""
    module = load_module(str(Path(path)))
    shapes = [shape() for shape in shape_classes_of(module).values()]
    return dict(user_classes_of(module)), shapes


__all__ = ["is_shape_class", "is_user_class", "load_locustfile"]

"""What a run of a scenario would do, found out without doing it: no hook is called, no user started, nothing sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loadcell.compat.loading import (
    chosen_classes,
    configure_users,
    load_module,
    make_shapes,
    require_tasks,
    settle_host,
)
from loadcell.compat.locust.env import Environment
from loadcell.compat.locust.user.inspectuser import get_ratio, users_by_class
from loadcell.text import masked


def preview(scenario: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The user classes with their users, hosts and tasks (as shares of their class), and the shape's name.

    `wanted` holds options under Locust's names. ScenarioError as when the scenario is loaded for a run.
    """
    module = load_module(scenario)
    shapes = make_shapes(module)
    chosen = chosen_classes(module, wanted["user_classes"], scenario)
    configure_users(chosen, wanted.get("config_users") or ())
    settle_host(chosen.values(), wanted.get("host"))
    environment = Environment(
        user_classes=list(chosen.values()), tags=wanted.get("tags"), exclude_tags=wanted.get("exclude_tags")
    )
    if wanted.get("equal_weights"):
        environment.assign_equal_weights()
    environment.filter_tasks_by_tags()
    require_tasks(environment.user_classes_by_name, scenario)
    users = users_by_class(environment.user_classes, wanted["num_users"])
    ratios = get_ratio(environment.user_classes, users, total=False)
    return {
        "shape": next(iter(shapes), ""),
        "user_classes": [
            {
                "name": cls.__name__,
                "users": users[cls.__name__],
                "weight": "fixed" if cls.fixed_count > 0 else f"{cls.weight:g}",
                "host": masked(cls.host or ""),
                "tasks": ratios[cls.__name__]["tasks"],
            }
            for cls in environment.user_classes
        ],
    }

"""How often each task runs in relation to the others."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from loadcell.scenario.mix import UserMix
from loadcell.scenario.user import User


def get_ratio(user_classes: Sequence[type[User]], user_spawned: Mapping[str, int], total: bool) -> dict[str, Any]:
    """{class: {ratio, tasks: {task: {ratio[, tasks]}}}}; tasks in relation to all users if `total`, else to their class."""
    users = sum(user_spawned.values()) or 1
    found = {}
    for cls in user_classes:
        share = user_spawned.get(cls.__name__, 0) / users
        found[cls.__name__] = {"ratio": share, "tasks": _ratios(cls.tasks, share if total else 1.0, total)}
    return found


def _ratios(tasks: Sequence[Any], share: float, total: bool) -> dict[str, Any]:
    found = {}
    for task, times in Counter(tasks).items():
        ratio = share * times / len(tasks)
        inner = {"tasks": _ratios(task.tasks, ratio if total else 1.0, total)} if hasattr(task, "tasks") else {}
        found[getattr(task, "__name__", repr(task))] = {"ratio": ratio} | inner
    return found


def users_by_class(user_classes: Sequence[type[User]], num_users: int | None) -> dict[str, int]:
    """How many users of each class there are among so many, or in one full cycle of the weights."""
    mix = UserMix([(cls.__name__, cls.weight, cls.fixed_count) for cls in user_classes])
    cycle = round(sum(cls.fixed_count or cls.weight for cls in user_classes))
    counts = Counter(mix.class_of(n) for n in range(num_users or max(1, cycle)))
    return {cls.__name__: counts[cls.__name__] for cls in user_classes}


def print_task_ratio(user_classes: Sequence[type[User]], num_users: int | None, total: bool) -> None:
    """Print the ratios as an indented list, in %."""
    _print(get_ratio(user_classes, users_by_class(user_classes, num_users), total))


def _print(ratios: Mapping[str, Any], level: int = 0) -> None:
    indent = "  " * level
    for name, found in ratios.items():
        percent = f"{indent}{found['ratio'] * 100:<6.1f}"
        sys.stdout.write(f" {percent:<10} {indent + name:<50}\n")
        _print(found.get("tasks", {}), level + 1)


def print_task_ratio_json(user_classes: Sequence[type[User]], num_users: int | None) -> None:
    """Print both kinds of ratios, as fractions, as JSON."""
    spawned = users_by_class(user_classes, num_users)
    found = {"per_class": get_ratio(user_classes, spawned, False), "total": get_ratio(user_classes, spawned, True)}
    sys.stdout.write(json.dumps(found, indent=4) + "\n")

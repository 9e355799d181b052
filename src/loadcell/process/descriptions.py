"""What a scenario holds and would do, printed for the command line, which never imports one itself."""

from __future__ import annotations

import json
import sys
from typing import Any

from loadcell.compat import modules
from loadcell.compat.arguments import describe_arguments, scenario_parser
from loadcell.compat.loading import chosen_classes, load_module
from loadcell.compat.preview import preview
from loadcell.errors import LoadcellError
from loadcell.scenario import events


def describe(scenario: str) -> int:
    """Print what a scenario holds as one line of JSON."""
    modules.install()
    try:
        module = load_module(scenario)
        classes = chosen_classes(module, (), scenario)
        tasks = {name: [_name_of(task) for task in cls.tasks] for name, cls in classes.items()}
        found: dict[str, Any] = {
            "user_classes": [{"name": name, "tasks": names} for name, names in tasks.items()],
            "tags": sorted({tag for cls in classes.values() for task in cls.tasks for tag in _tags_of(task)}),
            "arguments": describe_arguments(scenario_parser(events)),
        }
    except LoadcellError as error:
        found = {"message": error.message, "hint": error.hint}
    print(json.dumps(found), flush=True)  # noqa: T201 - the command's result
    return 0


def print_preview(scenario: str, wanted: dict[str, Any]) -> int:
    """Print what a run of a scenario would do as one line of JSON."""
    modules.install()
    try:
        found = preview(scenario, wanted)
    except LoadcellError as error:
        found = {"message": error.message, "hint": error.hint}
    print(json.dumps(found), flush=True)  # noqa: T201 - the command's result
    return 0


def print_ratio(scenario: str, wanted: dict[str, Any]) -> int:
    """Print how often each task of a scenario runs; returns the exit code."""
    from loadcell.compat.locust.user import inspectuser

    modules.install()
    try:
        classes = list(chosen_classes(load_module(scenario), wanted["user_classes"], scenario).values())
    except LoadcellError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    if wanted["json"]:
        inspectuser.print_task_ratio_json(classes, wanted["users"])
        return 0
    for title, total in (("Task ratio per User class", False), ("Total task ratio", True)):
        sys.stdout.write(f"\n {title}\n{'-' * 80}\n")
        inspectuser.print_task_ratio(classes, wanted["users"], total)
    return 0


def _name_of(task: Any) -> str:
    """The name of a task; one that has none, such as a functools.partial, goes by what it calls, or by its class."""
    named = getattr(task, "__name__", None) or getattr(getattr(task, "func", None), "__name__", None)
    return str(named or type(task).__name__)


def _tags_of(task: Any) -> set[str]:
    tags: set[str] = set(getattr(task, "locust_tag_set", ()))
    return tags.union(*(_tags_of(inner) for inner in getattr(task, "tasks", ())))

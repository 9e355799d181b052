"""Tags on tasks, and leaving out the tasks that a run's tags don't ask for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from loadcell.scenario.markov import MarkovTaskSetMeta

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def tag(*tags: str) -> Callable[[Decorated], Decorated]:
    """Decorates a task, or all tasks of a task set, with names for `--tags` and `--exclude-tags`.

    ValueError without a name.
    """
    if not tags or callable(tags[0]):
        raise ValueError("No tag name was supplied")

    def decorate(decorated: Decorated) -> Decorated:
        target: Any = decorated
        if hasattr(target, "tasks"):
            target.tasks = [decorate(task) for task in target.tasks]
        else:
            # A set of its own: an inherited one belongs to the base class's task.
            own = target.__dict__.get("locust_tag_set") or set()
            target.locust_tag_set = own | set(tags)
        return decorated

    return decorate


def filter_tasks_by_tags(
    task_holder: Any,
    tags: set[str] | None = None,
    exclude_tags: set[str] | None = None,
    checked: dict[Any, bool] | None = None,
) -> None:
    """Leaves in `task_holder.tasks` those with one of `tags` (None: all) and none of `exclude_tags`, nested ones too.

    A task set stays if one of its tasks does, a Markov chain always. `checked` remembers what was decided about tasks
    seen before.
    """
    checked = {} if checked is None else checked
    for task in task_holder.tasks:
        if task not in checked:
            checked[task] = _stays(task, tags, exclude_tags, checked)
    task_holder.tasks = [task for task in task_holder.tasks if checked[task]]
    if not task_holder.tasks and not _is_chain(task_holder):
        logging.getLogger().warning(
            "%s had no tasks left after filtering, instantiating it will fail!", task_holder.__name__
        )


def _stays(task: Any, tags: set[str] | None, exclude_tags: set[str] | None, checked: dict[Any, bool]) -> bool:
    if hasattr(task, "tasks"):
        filter_tasks_by_tags(task, tags, exclude_tags, checked)
        return bool(task.tasks) or _is_chain(task)
    own: set[str] = getattr(task, "locust_tag_set", set())
    return (tags is None or bool(own & tags)) and not (exclude_tags and own & exclude_tags)


def _is_chain(task_holder: Any) -> bool:
    """Whether its tasks are not chosen from `tasks`: a Markov chain's follow one another."""
    return isinstance(task_holder, MarkovTaskSetMeta)

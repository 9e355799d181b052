"""Tasks in the order of their declaration."""

from loadcell.scenario.tasks import SequentialTaskSet, SequentialTaskSetMeta

__all__ = ["SequentialTaskSet", "SequentialTaskSetMeta"]

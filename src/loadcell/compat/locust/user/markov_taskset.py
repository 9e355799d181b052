"""A chain of tasks."""

from loadcell.scenario.markov import (
    InvalidTransitionError,
    MarkovTaskSet,
    MarkovTaskSetMeta,
    MarkovTaskTagError,
    NoMarkovTasksError,
    NonMarkovTaskTransitionError,
    is_markov_task,
    transition,
    transitions,
)

__all__ = [
    "InvalidTransitionError",
    "MarkovTaskSet",
    "MarkovTaskSetMeta",
    "MarkovTaskTagError",
    "NoMarkovTasksError",
    "NonMarkovTaskTransitionError",
    "is_markov_task",
    "transition",
    "transitions",
]

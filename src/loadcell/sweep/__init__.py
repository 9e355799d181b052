"""Which setting of a service is right: its capacity for each, and the recommended one."""

from loadcell.sweep.answer import CellFound, Sweep, answer
from loadcell.sweep.axes import Axis, Cell, axis, cells
from loadcell.sweep.rounds import contenders, order
from loadcell.sweep.trial import Trial, trial_of

__all__ = [
    "Axis",
    "Cell",
    "CellFound",
    "Sweep",
    "Trial",
    "answer",
    "axis",
    "cells",
    "contenders",
    "order",
    "trial_of",
]

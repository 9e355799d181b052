"""How much load a service carries, where it breaks, whether it recovers: decisions only, in simulated time as in real."""

from loadcell.controller.search.capacity import Search
from loadcell.controller.search.recovery import Recovery, Tolerance
from loadcell.controller.search.seconds import Second
from loadcell.controller.search.signs import Sign, Signs
from loadcell.controller.search.steady import warm_up, warm_up_of
from loadcell.controller.search.trials import Capacity, Goal, Measured, Trial

__all__ = [
    "Capacity",
    "Goal",
    "Measured",
    "Recovery",
    "Search",
    "Second",
    "Sign",
    "Signs",
    "Tolerance",
    "Trial",
    "warm_up",
    "warm_up_of",
]

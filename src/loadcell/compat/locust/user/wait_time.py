"""How long a user waits between two tasks."""

from loadcell.scenario.waits import between, constant, constant_pacing, constant_throughput, poisson

__all__ = ["between", "constant", "constant_pacing", "constant_throughput", "poisson"]

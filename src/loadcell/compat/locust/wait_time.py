"""Where Locust before 1.0 had its wait times; now `locust.user.wait_time`."""

from loadcell.scenario.waits import between, constant, constant_pacing, constant_throughput, poisson

__all__ = ["between", "constant", "constant_pacing", "constant_throughput", "poisson"]

"""A load that the scenario's own code decides on."""

from loadcell.scenario.shape import LoadTestShape, LoadTestShapeMeta

__all__ = ["LoadTestShape", "LoadTestShapeMeta"]

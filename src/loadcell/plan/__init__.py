"""The load a run puts on a service, as a pure function of time, and how it is shared out without losing a start."""

from loadcell.plan.arrivals import Arrivals
from loadcell.plan.course import PHASES, Course, CourseStage, Model, Phase
from loadcell.plan.stages import Part, Stage
from loadcell.plan.users import Plan

__all__ = ["PHASES", "Arrivals", "Course", "CourseStage", "Model", "Part", "Phase", "Plan", "Stage"]

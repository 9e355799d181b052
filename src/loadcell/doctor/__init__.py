"""Whether this machine is fit to generate load."""

from loadcell.doctor.checks import Check, State, check
from loadcell.doctor.readings import Readings, read_machine

__all__ = ["Check", "Readings", "State", "check", "read_machine"]

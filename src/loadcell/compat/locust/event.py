"""The hooks."""

from loadcell.scenario import events
from loadcell.scenario.events import EventHook, Events

__all__ = ["EventHook", "Events", "events"]

"""The life of a run as a state machine: what happened goes in, what to do comes out; pure."""

from loadcell.controller.state.patience import Patience
from loadcell.controller.state.run_state import RunState

__all__ = ["Patience", "RunState"]

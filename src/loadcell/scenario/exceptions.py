"""What a scenario may raise to steer its user, and what the parts around it raise."""

from __future__ import annotations

from loadcell.http.failures import CatchResponseError, LocustError, ResponseError


class MissingWaitTimeError(LocustError):
    """Neither the task set nor its user says how long to wait."""


class InterruptTaskSet(Exception):
    """Leaves the task set; the parent picks its next task at once if `reschedule`, else after its wait."""

    def __init__(self, reschedule: bool = True) -> None:
        self.reschedule = reschedule


class StopUser(Exception):
    """Ends the user, after the `on_stop` of its task sets and its own."""


class StopTest(Exception):
    """Ends the run when raised while a user is created; raised later, it ends that user as StopUser does."""


class RescheduleTask(Exception):
    """Leaves the task; the user waits and goes on with another one."""


class RescheduleTaskImmediately(Exception):
    """Leaves the task; the user goes on with another one without a wait."""


class RPCError(Exception):
    """The link between processes is broken."""


class RPCSendError(Exception):
    """A message to another process could not be sent."""


class RPCReceiveError(Exception):
    """A message of another process was not understood; `addr` says whose."""

    def __init__(self, *args: object, addr: object = None) -> None:
        super().__init__(*args)
        self.addr = addr


class RunnerAlreadyExistsError(Exception):
    """The environment has a runner already."""


FLOW = (StopUser, StopTest, RescheduleTask, RescheduleTaskImmediately, InterruptTaskSet)
"""The exceptions that steer a user; a listener that raises one means it."""

__all__ = [
    "FLOW",
    "CatchResponseError",
    "InterruptTaskSet",
    "LocustError",
    "MissingWaitTimeError",
    "RPCError",
    "RPCReceiveError",
    "RPCSendError",
    "RescheduleTask",
    "RescheduleTaskImmediately",
    "ResponseError",
    "RunnerAlreadyExistsError",
    "StopTest",
    "StopUser",
]

"""The exceptions that a scenario raises and catches."""

from typing import Any

from loadcell.scenario.events import warn_once
from loadcell.scenario.exceptions import (
    CatchResponseError,
    InterruptTaskSet,
    LocustError,
    MissingWaitTimeError,
    RescheduleTask,
    RescheduleTaskImmediately,
    ResponseError,
    RPCError,
    RPCReceiveError,
    RPCSendError,
    RunnerAlreadyExistsError,
    StopTest,
    StopUser,
)

__all__ = [
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


def __getattr__(name: str) -> Any:
    if name == "StopLocust":
        warn_once("StopLocust", "raise StopUser")
        return StopUser
    raise AttributeError(f"module 'locust.exception' has no attribute {name!r}")

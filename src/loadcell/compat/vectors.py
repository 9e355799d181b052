"""What the users of vector databases have in common: each operation is measured, counted, and its result returned."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from loadcell.scenario import events


def measured(operation: Callable[[], Any]) -> dict[str, Any]:
    """Carry out an operation: {"success", "response_time" in ms, "result" or "exception"}."""
    started = time.perf_counter()
    try:
        result = operation()
    except Exception as error:
        return {"success": False, "response_time": (time.perf_counter() - started) * 1000, "exception": error}
    return {"success": True, "response_time": (time.perf_counter() - started) * 1000, "result": result}


def fire(request_type: str, name: str, outcome: dict[str, Any]) -> dict[str, Any]:
    """Count what `measured` told, and return it."""
    events.request.fire(
        request_type=request_type,
        name=name,
        response_time=outcome["response_time"],
        response_length=0,
        exception=outcome.get("exception"),
    )
    return outcome

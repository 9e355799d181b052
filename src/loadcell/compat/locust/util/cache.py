"""Remembering a result for a while."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from time import time
from typing import Any


def memoize(timeout: float, dynamic_timeout: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorates a function so that its result is kept for `timeout` s; with `dynamic_timeout` twice as long after each
    call that took longer than that.

    The result does not depend on the arguments; `function.clear_cache()` forgets it.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        state: dict[str, Any] = {"since": None, "result": None, "timeout": timeout}

        @wraps(function)
        def remembered(*args: Any, **kwargs: Any) -> Any:
            started = time()
            if state["since"] is None or started - state["since"] > state["timeout"]:
                state["result"] = function(*args, **kwargs)
                state["since"] = time()
                if dynamic_timeout and state["since"] - started > state["timeout"]:
                    state["timeout"] *= 2
            return state["result"]

        remembered.clear_cache = lambda: state.update(since=None, result=None)  # type: ignore[attr-defined]
        return remembered

    return decorate

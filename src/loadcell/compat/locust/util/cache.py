"""Remembering a result for a while."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from time import time
from typing import Any


def memoize(timeout: float, dynamic_timeout: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorates a function so that it is called at most every `timeout` s; longer, if `dynamic_timeout`, when it is slow.

    The result does not depend on the arguments; `function.clear_cache()` forgets it.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        state: dict[str, Any] = {"until": 0.0, "result": None, "timeout": timeout}

        @wraps(function)
        def remembered(*args: Any, **kwargs: Any) -> Any:
            started = time()
            if started >= state["until"]:
                state["result"] = function(*args, **kwargs)
                took = time() - started
                if dynamic_timeout and took > state["timeout"] / 2:
                    state["timeout"] *= 2
                state["until"] = time() + state["timeout"]
            return state["result"]

        remembered.clear_cache = lambda: state.update(until=0.0)  # type: ignore[attr-defined]
        return remembered

    return decorate

"""Puts the probe's bookkeeping around a library's methods, so that no fault of it can reach the service."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable

from loadcell_probe.counters import Counters

# Called with the method's arguments; what it returns is handed to Ends.
Begins = Callable[..., Any]
# Called with what Begins returned, the method's result, and whether it raised instead.
Ends = Callable[[Any, Any, bool], None]


def wrap(counters: Counters, owner: Any, name: str, begins: Begins, ends: Ends) -> None:
    """Replace a method or function, sync or async, by one that calls `begins` before it and `ends` after it.

    Raises AttributeError when there is none of that name.
    """
    method = getattr(owner, name)
    what = f"{getattr(owner, '__name__', owner)}.{name}"

    def begin(args: Any, options: Any) -> Any:
        try:
            return begins(*args, **options)
        except Exception as error:
            counters.not_seen(what, error)
            return None

    def end(state: Any, result: Any, failed: bool) -> None:
        if state is not None:
            try:
                ends(state, result, failed)
            except Exception as error:
                counters.not_seen(what, error)

    @functools.wraps(method)
    def seen(*args: Any, **options: Any) -> Any:
        state = begin(args, options)
        try:
            result = method(*args, **options)
        except BaseException:
            end(state, None, True)
            raise
        end(state, result, False)
        return result

    @functools.wraps(method)
    async def seen_async(*args: Any, **options: Any) -> Any:
        state = begin(args, options)
        try:
            result = await method(*args, **options)
        except BaseException:
            end(state, None, True)
            raise
        end(state, result, False)
        return result

    setattr(owner, name, seen_async if inspect.iscoroutinefunction(method) else seen)


def guarded(counters: Counters, what: str, listener: Callable[..., None]) -> Callable[..., None]:
    """Return a listener that raises nothing."""

    @functools.wraps(listener)
    def heard(*args: Any) -> None:
        try:
            listener(*args)
        except Exception as error:
            counters.not_seen(what, error)

    return heard

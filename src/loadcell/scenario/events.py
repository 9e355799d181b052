"""The hooks to which a scenario listens, and what happens when a listener fails."""

from __future__ import annotations

import inspect
import logging
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self, TypeVar

from loadcell.scenario.exceptions import FLOW

Listener = TypeVar("Listener", bound=Callable[..., Any])


class Unhandled:
    """Whether the user's code raised something that nobody caught; the process then ends with exit code 2."""

    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen = False


UNHANDLED = Unhandled()
"""Of the whole process: a scenario's own hooks and background work count as well."""


_told: set[str] = set()


def warn_once(former: str, instead: str) -> None:
    """Say, the first time in this process, that `former` belongs to an older Locust, and what to do instead."""
    if former not in _told:
        _told.add(former)
        logging.getLogger("loadcell.compat").warning("%s is of an older Locust and still works: %s.", former, instead)


def heeding(handler: Callable[..., Any]) -> Callable[..., Any]:
    """`handler`, called with those keywords that it names: listeners of old don't know what events carry today."""
    try:
        parameters = inspect.signature(handler).parameters.values()
    except (TypeError, ValueError):
        return handler
    if any(each.kind is each.VAR_KEYWORD for each in parameters):
        return handler
    names = frozenset(each.name for each in parameters)
    return lambda **keywords: handler(**{name: value for name, value in keywords.items() if name in names})


class EventHook:
    """A list of listeners, called in the order in which they were added."""

    explain: Callable[[BaseException], str | None] | None = None
    """Answers with a sentence where a listener's failure is known to do no harm: it is then only warned about."""

    def __init__(self, unhandled: Unhandled = UNHANDLED) -> None:
        self._handlers: list[Callable[..., Any]] = []
        self._unhandled = unhandled

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._handlers)

    def add_listener(self, handler: Listener) -> Listener:
        """Call `handler` whenever the event is fired; returns it, so this serves as a decorator."""
        self._handlers.append(handler)
        return handler

    def remove_listener(self, handler: Callable[..., Any]) -> None:
        """Call `handler` no longer; ValueError if it does not listen."""
        self._handlers.remove(handler)

    def __iadd__(self, handler: Callable[..., Any]) -> Self:
        """Adds a listener as Locust before 1.0 did; it gets only the keywords that it names."""
        warn_once("`events.<name> += listener`", "write events.<name>.add_listener(listener)")
        self.add_listener(heeding(handler))
        return self

    def fire(self, *, reverse: bool = False, **kwargs: Any) -> None:
        """Call the listeners that are there now, the last one first if `reverse`.

        What steers a user (StopUser, RescheduleTask …) goes to the caller; other exceptions are logged and remembered.
        """
        for handler in self._handlers[::-1] if reverse else self._handlers.copy():
            try:
                handler(**kwargs)
            except FLOW:
                raise
            except Exception as error:
                if self.explain is not None and (explanation := self.explain(error)):
                    logging.getLogger("loadcell.compat").warning("%s", explanation)
                    continue
                logging.getLogger().error("Uncaught exception in event handler: \n%s", traceback.format_exc())
                self._unhandled.seen = True

    @contextmanager
    def measure(
        self, request_type: str, name: str, response_length: int = 0, context: dict[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Time the block and fire the event; an exception in the block is swallowed and makes the request a failure.

        Yields the event's keywords, which the block may change and add to. A user that is killed inside the block
        reports nothing.
        """
        meta: dict[str, Any] = {
            "request_type": request_type,
            "name": name,
            "response_length": response_length,
            "context": context or {},
            "exception": None,
            "start_time": time.time(),
        }
        started = time.perf_counter()
        try:
            yield meta
        except Exception as error:
            meta["exception"] = error
        meta["response_time"] = (time.perf_counter() - started) * 1000
        self.fire(**meta)


class RequestHook(EventHook):
    """The hook of requests. Who counts them has a place among the listeners, and the clients may ask for it."""

    observed: bool
    """Whether anybody but the recorder listens; if not, a client may skip `fire` and call the recorder itself."""

    def __init__(self, unhandled: Unhandled = UNHANDLED) -> None:
        super().__init__(unhandled)
        self._recorder: Callable[..., Any] | None = None
        self.observed = False

    @property
    def recorder(self) -> Callable[..., Any] | None:
        """The listener that counts requests.

        Setting it puts it after the listeners that are there already, or in the place of the recorder before it;
        None takes it away.
        """
        return self._recorder

    @recorder.setter
    def recorder(self, recorder: Callable[..., Any] | None) -> None:
        if self._recorder is not None:
            place = self._handlers.index(self._recorder)
            self._handlers[place : place + 1] = [] if recorder is None else [recorder]
        elif recorder is not None:
            self._handlers.append(recorder)
        self._recorder = recorder

    def add_listener(self, handler: Listener) -> Listener:
        self.observed = True
        return super().add_listener(handler)

    def remove_listener(self, handler: Callable[..., Any]) -> None:
        super().remove_listener(handler)
        if self._recorder not in self._handlers:
            self._recorder = None
        self.observed = len(self._handlers) > (self._recorder is not None)


class Events:
    """All hooks of one environment. Listeners get the keywords that are named here, and no others."""

    former: ClassVar[Callable[[Events, str], EventHook | None] | None] = None
    """Answers for names that hooks had in an older Locust."""

    def __init__(self, unhandled: Unhandled = UNHANDLED) -> None:
        self.unhandled = unhandled

        self.request = RequestHook(unhandled)
        """A request ended: request_type, name, response_time (ms), response_length (bytes), response, context,
        exception (None if it succeeded), start_time (s since the epoch), url."""
        self.user_error = EventHook(unhandled)
        """A task or an `on_start` raised: user_instance, exception, tb."""

        self.init_command_line_parser = EventHook(unhandled)
        """A parser of the command line is being built: parser."""
        self.init = EventHook(unhandled)
        """The process is ready: environment, runner, web_ui."""
        self.test_start = EventHook(unhandled)
        """A run begins, before its users start: environment."""
        self.spawning_complete = EventHook(unhandled)
        """All users have started: user_count."""
        self.test_stopping = EventHook(unhandled)
        """A run ends, before its users are stopped: environment."""
        self.test_stop = EventHook(unhandled)
        """A run has ended: environment."""
        self.reset_stats = EventHook(unhandled)
        """The statistics were reset by hand: no keywords."""
        self.quitting = EventHook(unhandled)
        """The process is about to end: environment. Fired in reverse order."""
        self.quit = EventHook(unhandled)
        """The process ends: exit_code."""

        self.report_to_master = EventHook(unhandled)
        """Figures are about to be sent: client_id, data (a dict that may be added to)."""
        self.worker_report = EventHook(unhandled)
        """Figures have come in: client_id, data."""
        self.worker_connect = EventHook(unhandled)
        """A process that carries users has joined: client_id."""
        self.heartbeat_sent = EventHook(unhandled)
        """A sign of life went out: client_id, timestamp (s since the epoch)."""
        self.heartbeat_received = EventHook(unhandled)
        """A sign of life came in: client_id, timestamp (s since the epoch)."""
        self.cpu_warning = EventHook(unhandled)
        """The process uses more than 90 % of its core: environment, cpu_usage (%)."""
        self.usage_monitor = EventHook(unhandled)
        """The process measured itself: environment, cpu_usage (%), memory_usage (bytes)."""

    def __getattr__(self, name: str) -> EventHook:
        former = type(self).former
        hook = None if former is None else former(self, name)
        if hook is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        setattr(self, name, hook)
        return hook

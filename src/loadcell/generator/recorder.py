"""Where the samples of one process become intervals: counted locally, handed out once a second, then begun anew."""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Callable
from typing import Any

from loadcell.generator.entry import Entry
from loadcell.http.failures import CatchResponseError
from loadcell.http.response import Response
from loadcell.merge import merge_entries, merge_errors
from loadcell.messages import (
    MAX_ENTRIES,
    MAX_ERRORS,
    MAX_EXCEPTIONS,
    MAX_METHODS,
    MAX_TEXT,
    MAX_TRACEBACK,
    OTHER_ERRORS,
    OTHER_EXCEPTIONS,
    OTHER_METHODS,
    OTHER_NAMES,
    EntryCounts,
    ErrorCount,
    ExceptionCount,
    clean,
)

_ADDRESS = re.compile(r"object at 0x[0-9a-fA-F]+")
_MAX_WHOLE = 1 << 40
"""The most bytes or µs one request is believed to have taken; sums of such numbers still fit into a message."""


class Ended:
    """What one interval brought, made ready piece by piece: all at once would hold up those who are due meanwhile."""

    def __init__(
        self,
        entries: list[Entry],
        errors: list[ErrorCount],
        keep: Callable[[list[EntryCounts], list[ErrorCount]], None],
    ) -> None:
        """`entries` are closed; `keep` gets each of them, and then the errors."""
        self._closed = deque(entries)
        self._counted: EntryCounts | None = None
        self._new_errors = errors
        self._keep = keep
        self.entries: list[EntryCounts] = []
        self.errors: list[ErrorCount] = []
        self.exceptions: list[ExceptionCount] = []
        self.connections = 0

    def step(self) -> bool:
        """A piece of the work: count an entry, or hand it to `keep`. False if that was all."""
        if self._counted is not None:
            counted, self._counted = self._counted, None
            self._keep([counted], [])
            return True
        if self._closed:
            self._counted = self._closed.popleft().counts()
            if self._counted is not None:
                self.entries.append(self._counted)
            return True
        if self._new_errors:
            errors, self._new_errors = self._new_errors, []
            self.errors += errors
            self._keep([], errors)
        return False

    def finish(self) -> None:
        """Make all ready."""
        while self.step():
            pass


class Recorder:
    """Counts what the sessions of one process report; the sink of its transport."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        """`elapsed` tells the seconds since the start of the run."""
        self._elapsed = elapsed
        self._by_method: dict[str, dict[str, Entry]] = {}
        self._entries: list[Entry] = []
        self._errors: dict[tuple[str, str, str], ErrorCount] = {}
        self._exceptions: dict[tuple[str, str], ExceptionCount] = {}
        self._connections = 0
        self._take_lateness: Callable[[], int] | None = None
        self._shared_entries: list[EntryCounts] = []
        self._shared_errors: list[ErrorCount] = []
        self._ended: Ended | None = None
        """The interval before this one, as long as it may not be ready."""
        self.keep: Callable[[list[EntryCounts], list[ErrorCount]], None] = _forget
        """Gets everything once, for those who keep totals: at the end of each interval, or when `share` is called."""
        self.connections_total = 0
        self.failures_total = 0
        self.exceptions_total = 0

    def from_intended(self, take_lateness: Callable[[], int]) -> None:
        """The open model: `take_lateness` tells by how many µs the iteration under way started late, once an iteration.

        That is added to its first request in the distribution from the intended start.
        """
        self._take_lateness = take_lateness
        for entry in self._entries:
            entry.from_intended(take_lateness)

    def entries_of(self, method: str) -> dict[str, Entry]:
        known = self._by_method.get(method)
        if known is None:
            shown = clean(method)
            if shown != method:
                return self.entries_of(shown)
            if len(self._by_method) >= MAX_METHODS:
                method = OTHER_METHODS
            known = self._by_method.setdefault(method, {})
        return known

    def entry(self, method: str, name: str) -> Entry:
        known = self.entries_of(method)
        entry = known.get(name)
        if entry is None:
            if clean(name) != name:
                return self.entry(method, clean(name))
            if len(self._entries) >= MAX_ENTRIES and name != OTHER_NAMES:
                return self.entry(method, OTHER_NAMES)
            shown = clean(method)
            if self._by_method.get(shown) is not known:
                shown = OTHER_METHODS
            entry = known[name] = Entry(shown, name)
            if self._take_lateness is not None:
                entry.from_intended(self._take_lateness)
            self._entries.append(entry)
        return entry

    def success(self, method: str, name: str, us: int, received: int) -> None:
        entry = self.entry(method, name)
        entry.received += received
        entry.times.append(us)

    def failure(self, method: str, name: str, us: int, received: int, error: BaseException | str) -> None:
        entry = self.entry(method, name)
        entry.received += received
        entry.fail(us)
        self._count_failure(entry, error)

    def _count_failure(self, entry: Entry, error: BaseException | str) -> None:
        self.failures_total += 1
        if isinstance(error, TimeoutError):
            entry.timeouts += 1
        text = error_text(error)
        key = (entry.method, entry.name, text)
        now = self._elapsed()
        count = self._errors.get(key)
        if count is None and len(self._errors) >= MAX_ERRORS:
            key = ("", "", OTHER_ERRORS)
            count = self._errors.get(key)
        if count is None:
            self._errors[key] = ErrorCount(*key, occurrences=1, first_s=now, last_s=now)
        else:
            count.occurrences += 1
            count.last_s = now

    def interrupted(self, method: str, name: str) -> None:
        self.entry(method, name).interrupted += 1

    def left_out(self, method: str, name: str) -> None:
        self.entry(method, name).left_out += 1

    def phases(self, method: str, name: str, *, connect_us: int, tls_us: int, body_us: int, redirects: int) -> None:
        entry = self.entry(method, name)
        entry.connects += connect_us > 0
        entry.connect_us += connect_us
        entry.tls_us += tls_us
        entry.body_us += body_us
        entry.redirects += redirects

    def connected(self) -> None:
        self._connections += 1
        self.connections_total += 1

    def on_request(
        self,
        request_type: str,
        name: str,
        response_time: float | None,
        response_length: int | None,
        exception: BaseException | str | None = None,
        response: Any = None,
        **_: Any,
    ) -> None:
        """The listener of the request event: counts what any client fires, in Locust's terms (ms, bytes)."""
        request_type, name = clean(request_type), clean(name)
        received, us = _whole(response_length, 1) or 0, _whole(response_time, 1000)
        if isinstance(response, Response) and response_length == response.length:
            received = response.received  # As without listeners: what came, not what it was decoded to.
        if us is None:
            entry = self.entry(request_type, name)
            entry.received += received
            entry.untimed += 1
            if exception:
                entry.failures += 1
                self._count_failure(entry, exception)
        elif exception:
            self.failure(request_type, name, us, received, exception)
        else:
            self.success(request_type, name, us, received)

    def exception(self, message: str, traceback: str) -> None:
        """Count an exception that the user's code raised."""
        self.exceptions_total += 1
        key = (clean(message)[:MAX_TEXT], clean(traceback)[-MAX_TRACEBACK:])
        count = self._exceptions.get(key)
        if count is not None:
            count.occurrences += 1
        elif len(self._exceptions) < MAX_EXCEPTIONS:
            self._exceptions[key] = ExceptionCount(*key, occurrences=1)
        else:
            other = self._exceptions.setdefault((OTHER_EXCEPTIONS, ""), ExceptionCount(OTHER_EXCEPTIONS, "", 0))
            other.occurrences += 1

    @property
    def holds_something(self) -> bool:
        """Whether anything was counted since the last `drain`."""
        kept = self._shared_entries or self._errors or self._exceptions or self._connections
        return bool(kept) or any(not e.empty for e in self._entries)

    def share(self) -> None:
        """Let `keep` have what is new within the interval under way."""
        if self._ended is not None:
            self._ended.finish()
        new = self._close()
        new.finish()
        self._shared_entries += new.entries
        self._shared_errors += new.errors

    def end(self) -> Ended:
        """End the interval and begin the next: what it brought, to be made ready."""
        if self._ended is not None:
            self._ended.finish()
        ended = self._ended = self._close()
        ended.entries, self._shared_entries = self._shared_entries, []
        ended.errors, self._shared_errors = self._shared_errors, []
        ended.exceptions, ended.connections = list(self._exceptions.values()), self._connections
        self._exceptions.clear()
        self._connections = 0
        return ended

    def _close(self) -> Ended:
        ended = Ended([entry.close() for entry in self._entries if not entry.empty], list(self._errors.values()), self.keep)
        self._errors.clear()
        return ended

    def drain(self) -> tuple[list[EntryCounts], list[ErrorCount], list[ExceptionCount], int]:
        """Entries, errors, exceptions and opened connections since the last time; the next interval begins."""
        ended = self.end()
        ended.finish()
        return merge_entries(ended.entries), merge_errors(ended.errors), ended.exceptions, ended.connections


def _forget(entries: list[EntryCounts], errors: list[ErrorCount]) -> None:
    pass


def error_text(error: BaseException | str) -> str:
    """How an error is shown and grouped: as Locust does, by its repr, what failure() was given as it is.

    The addresses of objects are left out: every one would be an error of its own.
    """
    if isinstance(error, str | CatchResponseError):
        shown = clean(error)
    else:
        try:
            shown = clean(repr(error))
        except Exception:
            shown = type(error).__name__
    return _ADDRESS.sub("object at 0x....", shown)[:MAX_TEXT] if "object at 0x" in shown else shown[:MAX_TEXT]


def _whole(value: Any, scale: int) -> int | None:
    """What a scenario gave as a number, times `scale`, as a whole number that a message can hold; None if it is none."""
    try:
        number = float(value) * scale
    except (TypeError, ValueError, OverflowError):
        return None
    return round(min(max(number, 0.0), _MAX_WHOLE)) if math.isfinite(number) else None

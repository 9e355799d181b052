"""Merging what several generators report; exact, associative, and commutative down to the bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter

from loadcell.histogram import Histogram, merged_bytes
from loadcell.messages import EntryCounts, ErrorCount, ExceptionCount, Health, Interval, Starts

_SUMS = (
    "requests",
    "failures",
    "interrupted",
    "left_out",
    "timeouts",
    "received",
    "total_us",
    "untimed",
    "connects",
    "connect_us",
    "tls_us",
    "body_us",
    "redirects",
)


_COLUMNS = [(field, attrgetter(field)) for field in _SUMS]
_OK, _FAILED, _INTENDED = attrgetter("ok"), attrgetter("failed"), attrgetter("intended")


class EntryTotal:
    """The counts of one entry added up; the attributes of EntryCounts, with live histograms."""

    __slots__ = ("failed", "intended", "max_us", "method", "min_us", "name", "ok", *_SUMS)

    requests: int
    failures: int
    interrupted: int
    left_out: int
    timeouts: int
    received: int
    total_us: int
    untimed: int
    connects: int
    connect_us: int
    tls_us: int
    body_us: int
    redirects: int

    def __init__(self, method: str, name: str) -> None:
        self.method = method
        self.name = name
        self.min_us: int | None = None
        """This and `max_us`: None until a request with a response time was added."""
        self.max_us: int | None = None
        self.ok = Histogram()
        self.failed = Histogram()
        self.intended = Histogram()
        for field in _SUMS:
            setattr(self, field, 0)

    def add(self, counts: EntryCounts) -> None:
        """Add the counts of one interval. ValueError if its histograms are broken."""
        for field in _SUMS:
            setattr(self, field, getattr(self, field) + getattr(counts, field))
        if counts.requests > counts.untimed:
            self.min_us = counts.min_us if self.min_us is None else min(self.min_us, counts.min_us)
            self.max_us = counts.max_us if self.max_us is None else max(self.max_us, counts.max_us)
        self.ok.merge_bytes(counts.ok)
        self.failed.merge_bytes(counts.failed)
        self.intended.merge_bytes(counts.intended)

    def include(self, other: EntryTotal) -> None:
        """Add the counts of another entry, all but its response times."""
        for field in _SUMS:
            setattr(self, field, getattr(self, field) + getattr(other, field))
        if other.min_us is not None and other.max_us is not None:
            self.min_us = other.min_us if self.min_us is None else min(self.min_us, other.min_us)
            self.max_us = other.max_us if self.max_us is None else max(self.max_us, other.max_us)

    def counts(self) -> EntryCounts:
        """The sum, as it goes into messages and files."""
        return EntryCounts(
            method=self.method,
            name=self.name,
            min_us=self.min_us or 0,
            max_us=self.max_us or 0,
            ok=self.ok.to_bytes(),
            failed=self.failed.to_bytes(),
            intended=self.intended.to_bytes(),
            **{field: getattr(self, field) for field in _SUMS},
        )


class TotalsByEntry(dict[tuple[str, str], EntryTotal]):
    """The totals of entries by (method, name)."""

    def add(self, entries: Iterable[EntryCounts]) -> None:
        """Add the entries of one interval."""
        for counts in entries:
            key = (counts.method, counts.name)
            total = self.get(key)
            if total is None:
                total = self[key] = EntryTotal(*key)
            total.add(counts)


def merge(intervals: Iterable[Interval]) -> Interval:
    """One interval that says what these say together. ValueError if there are none, or of different seconds."""
    given = list(intervals)
    seconds = {interval.second for interval in given}
    if len(seconds) != 1:
        raise ValueError(f"intervals of one second can be merged, these are of {sorted(seconds)}")
    by_entry: dict[tuple[str, str], list[EntryCounts]] = {}
    for interval in given:
        for counts in interval.entries:
            by_entry.setdefault((counts.method, counts.name), []).append(counts)
    return Interval(
        second=seconds.pop(),
        start_s=min(interval.start_s for interval in given),
        end_s=max(interval.end_s for interval in given),
        users=sum(interval.users for interval in given),
        users_by_class=_sum_users(given),
        entries=[_sum(*key, by_entry[key]) for key in sorted(by_entry)],
        errors=merge_errors(error for interval in given for error in interval.errors),
        exceptions=_merge_exceptions(given),
        health=_merge_health(given),
        connections=sum(interval.connections for interval in given),
        starts=merge_starts(interval.starts for interval in given),
    )


def _sum(method: str, name: str, given: list[EntryCounts]) -> EntryCounts:
    """The counts of one entry added up. ValueError if a histogram is broken."""
    # Column by column: of a thousand machines there are a thousand of each.
    timed = [counts for counts in given if counts.requests > counts.untimed]
    return EntryCounts(
        method=method,
        name=name,
        min_us=min([counts.min_us for counts in timed], default=0),
        max_us=max([counts.max_us for counts in timed], default=0),
        ok=merged_bytes(map(_OK, given)),
        failed=merged_bytes(map(_FAILED, given)),
        intended=merged_bytes(map(_INTENDED, given)),
        **{field: sum(map(column, given)) for field, column in _COLUMNS},
    )


def _sum_users(intervals: list[Interval]) -> dict[str, int]:
    users: dict[str, int] = {}
    for interval in intervals:
        for name, count in interval.users_by_class.items():
            users[name] = users.get(name, 0) + count
    return dict(sorted(users.items()))


def merge_starts(starts: Iterable[Starts | None]) -> Starts | None:
    """The sum; None where there are none. ValueError if a histogram is broken."""
    given = [one for one in starts if one is not None]
    if not given:
        return None
    merged = Starts()
    lateness = Histogram()
    for one in given:
        merged.due += one.due
        merged.started += one.started
        merged.dropped += one.dropped
        merged.late += one.late
        lateness.merge_bytes(one.lateness)
    merged.lateness = lateness.to_bytes()
    return merged


def merge_entries(entries: Iterable[EntryCounts]) -> list[EntryCounts]:
    """Each entry once, with the sum of its counts. ValueError if a histogram is broken."""
    given = list(entries)
    if len({(counts.method, counts.name) for counts in given}) == len(given):
        return given
    totals = TotalsByEntry()
    totals.add(given)
    return [total.counts() for total in totals.values()]


def merge_errors(errors: Iterable[ErrorCount]) -> list[ErrorCount]:
    """Each error once, with the sum of its occurrences."""
    merged: dict[tuple[str, str, str], ErrorCount] = {}
    for new in errors:
        key = (new.method, new.name, new.error)
        old = merged.get(key)
        if old is None:
            merged[key] = ErrorCount(*key, new.occurrences, new.first_s, new.last_s)
        else:
            old.occurrences += new.occurrences
            old.first_s = min(old.first_s, new.first_s)
            old.last_s = max(old.last_s, new.last_s)
    return [merged[key] for key in sorted(merged)]


def _merge_exceptions(intervals: list[Interval]) -> list[ExceptionCount]:
    merged: dict[tuple[str, str], int] = {}
    for interval in intervals:
        for new in interval.exceptions:
            key = (new.message, new.traceback)
            merged[key] = merged.get(key, 0) + new.occurrences
    return [ExceptionCount(*key, merged[key]) for key in sorted(merged)]


def _merge_health(intervals: list[Interval]) -> dict[str, Health]:
    merged: dict[str, Health] = {}
    for interval in intervals:
        if merged.keys().isdisjoint(interval.health):
            merged.update(interval.health)
            continue
        for name, new in interval.health.items():
            old = merged.get(name)
            merged[name] = new if old is None else _worse(old, new)
    return {name: merged[name] for name in sorted(merged)}


def _worse(old: Health, new: Health) -> Health:
    return Health(
        cpu=max(old.cpu, new.cpu),
        lag_ms=max(old.lag_ms, new.lag_ms),
        memory_mb=max(old.memory_mb, new.memory_mb),
        late_starts=old.late_starts + new.late_starts,
        users=max(old.users, new.users),
    )


def fold_health(health: Mapping[str, Health], each: int) -> dict[str, Health]:
    """How groups of `each` generators fared, the worst of each group, by their numbers; the lead stands alone.

    >>> list(fold_health({name: Health() for name in ("1", "2", "3", "lead")}, 2))
    ['1–2', '3–4', 'lead']
    """
    folded: dict[str, Health] = {}
    for name, new in health.items():
        if name.isdigit():
            first = (int(name) - 1) // each * each + 1
            name = f"{first}–{first + each - 1}"
        old = folded.get(name)
        folded[name] = new if old is None else _worse(old, new)
    return folded

"""RunWriter: the only one who writes a run file."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

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
    Interval,
    clean,
)
from loadcell.objectives import Result
from loadcell.store import schema
from loadcell.store.facts import Outcome, RunFacts, StoredReading, StoredSight, StoredStage

_RESTS = {
    OTHER_METHODS: ("methods", MAX_METHODS),
    OTHER_NAMES: ("entries", MAX_ENTRIES),
    OTHER_ERRORS: ("failures", MAX_ERRORS),
    OTHER_EXCEPTIONS: ("exceptions", MAX_EXCEPTIONS),
}
"""What is counted together under this text, and how many are kept apart: by the generators and here alike."""


class RunWriter:
    """Writes one run as it happens. What `commit` has returned from survives the death of this process.

    Until then rows wait in memory, so a commit that fails (a full disk) can be tried again and loses nothing.
    """

    def __init__(self, path: Path, facts: RunFacts, connection: sqlite3.Connection, lock: int) -> None:
        self.path = path
        self.facts = facts
        self._connection = connection
        self._lock = lock
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self._entries = _Bounded("entries", MAX_ENTRIES, ("", OTHER_NAMES))
        self._errors = _Bounded("failures", MAX_ERRORS, ("", "", OTHER_ERRORS))
        self._exceptions = _Bounded("exceptions", MAX_EXCEPTIONS, (OTHER_EXCEPTIONS, ""))
        self._series: dict[tuple[str, str, str, str], int] = {}
        self._truncated: set[str] = set()
        """The rests that were told of."""
        self._requests = 0
        self._failures = 0
        self._last_s = 0.0

    @classmethod
    def create(cls, runs_dir: Path, facts: RunFacts) -> RunWriter:
        """A writer for a new file in `runs_dir`, which is made where missing. `writer.facts.id` is the id it got.

        RunFileError if the folder can't be written to.
        """
        try:
            runs_dir.mkdir(parents=True, exist_ok=True)
            facts, path, lock = _claim(runs_dir, facts)
        except OSError as error:
            raise schema.not_writable(runs_dir / f"{facts.id}{schema.SUFFIX}", error) from error
        try:
            connection = sqlite3.connect(path, isolation_level=None, timeout=10)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("BEGIN")
            for statement in schema.SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={schema.FORMAT}")
            connection.execute("INSERT INTO run VALUES ('facts', ?)", (msgspec.json.encode(facts).decode(),))
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            os.close(lock)
            raise schema.not_writable(path, error) from error
        return cls(path, facts, connection, lock)

    def interval(self, interval: Interval) -> None:
        """Keep an interval for the next commit. Several of one second add up."""
        second = interval.second
        self._last_s = max(self._last_s, interval.end_s)
        by_class = msgspec.json.encode(interval.users_by_class).decode()
        self._add("intervals", (second, interval.start_s, interval.end_s, interval.users, by_class, interval.connections))
        for counts in interval.entries:
            self._count(second, counts)
        if starts := interval.starts:
            figures = (starts.due, starts.started, starts.dropped, starts.late, starts.lateness)
            self._add("starts", (second, *figures))
        for error in interval.errors:
            self._fail(second, error)
        for exception in interval.exceptions:
            self._raise(second, exception)
        for generator, health in interval.health.items():
            self._add("health", (second, generator, health.cpu, health.lag_ms, health.memory_mb, health.late_starts))

    def event(self, at_s: float, kind: str, text: str, level: str = "info", data: dict[str, Any] | None = None) -> None:
        """Keep an event, `at_s` seconds after the run's start, for the next commit."""
        self._add("events", (at_s, kind, _cut(text, MAX_TEXT), level, _json(data or {})))

    def stage(self, stage: StoredStage) -> None:
        """Keep a stage that is over for the next commit."""
        passed = None if stage.passed is None else int(stage.passed)
        times = (stage.start_s, stage.end_s)
        self._add("stages", (stage.phase, stage.users, stage.rate, *times, passed, _json(stage.data)))

    def readings(self, readings: Iterable[StoredReading]) -> None:
        """Keep what monitors read for the next commit."""
        for reading in readings:
            key = (reading.source, reading.signal, _cut(reading.of, MAX_TEXT), reading.unit)
            series = self._series.get(key)
            if series is None:
                series = self._series[key] = len(self._series) + 1
                self._add("series", (series, *key))
            self._add("readings", (reading.at_s, series, reading.value))

    def signals(self, second: int, values: Mapping[str, float]) -> None:
        """Keep the signals of one second of the service for the next commit."""
        for signal, value in values.items():
            self._add("signals", (second, signal, value))

    def sight(self, sight: StoredSight) -> None:
        """Keep what a monitor knows that is no number for the next commit."""
        texts = (_cut(text, MAX_TEXT) for text in (sight.name, sight.text, sight.of))
        self._add("sights", (sight.at_s, sight.source, sight.kind, *texts))

    def result(self, name: str, value: dict[str, Any]) -> None:
        """Keep what the run found out for the next commit; of each name the last one counts."""
        self._add("run", (f"result.{name}", _json(value)))

    def commit(self) -> None:
        """Write what was kept. RunFileError if that fails; the rows are kept and go with the next commit."""
        if not any(self._rows.values()):
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for table, rows in self._rows.items():
                    marks = ", ".join("?" * len(rows[0]))
                    insert = "REPLACE" if table == "run" else "INSERT"
                    self._connection.executemany(f"{insert} INTO {table} VALUES ({marks})", rows)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise schema.not_writable(self.path, error) from error
        self._rows = {}

    def finish(
        self,
        exit_code: int,
        reasons: list[str],
        verdict: str = "none",
        ended_s: float | None = None,
        objectives: list[Result] | None = None,
    ) -> None:
        """Write the rest and how the run ended, then close the file; it is one file without companions from now on."""
        outcome = Outcome(
            exit_code=exit_code,
            reasons=reasons,
            verdict=verdict,
            objectives=objectives or [],
            ended_s=self._last_s if ended_s is None else ended_s,
            requests=self._requests,
            failures=self._failures,
        )
        self._add("run", ("outcome", msgspec.json.encode(outcome).decode()))
        try:
            self.commit()
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the file. Without `finish` before, readers call the run crashed."""
        try:
            # Refused while somebody reads; the file then stays as complete as it is, next to its log.
            self._connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error:
            pass
        self._connection.close()
        if self._lock >= 0:
            schema.lock_path(self.path).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1

    def _add(self, table: str, row: tuple[Any, ...]) -> None:
        self._rows.setdefault(table, []).append(row)

    def _count(self, second: int, counts: EntryCounts) -> None:
        self._requests += counts.requests
        self._failures += counts.failures
        entry = self._id_of(self._entries, (_cut(counts.method, MAX_TEXT), _cut(counts.name, MAX_TEXT)), second)
        # A row without a timed request has no shortest one: NULL, so that MIN() over rows is right.
        timed = counts.requests > counts.untimed
        bounds = (counts.min_us, counts.max_us) if timed else (None, None)
        sums = tuple(getattr(counts, field) for field in schema.SUMMED)
        self._add(
            "counts", (second, entry, *sums, *bounds, counts.ok or None, counts.failed or None, counts.intended or None)
        )

    def _fail(self, second: int, error: ErrorCount) -> None:
        key = (_cut(error.method, MAX_TEXT), _cut(error.name, MAX_TEXT), _cut(error.error, MAX_TEXT))
        failure = self._id_of(self._errors, key, second)
        self._add("failure_counts", (second, failure, error.occurrences, error.first_s, error.last_s))

    def _raise(self, second: int, exception: ExceptionCount) -> None:
        key = (_cut(exception.message, MAX_TEXT), _cut(exception.traceback, MAX_TRACEBACK))
        self._add("exception_counts", (second, self._id_of(self._exceptions, key, second), exception.occurrences))

    def _id_of(self, texts: _Bounded, key: tuple[str, ...], second: int) -> int:
        known = texts.ids.get(key)
        if known is not None:
            return known
        # The generators count the rest of the names by method: no more rows than there are methods.
        if len(texts.ids) >= texts.limit and key != texts.rest and key[1:] != (OTHER_NAMES,):
            return self._id_of(texts, texts.rest, second)
        self._tell_of_rests(key, second)
        texts.ids[key] = len(texts.ids) + 1
        self._add(texts.table, (texts.ids[key], *key))
        return texts.ids[key]

    def _tell_of_rests(self, key: tuple[str, ...], second: int) -> None:
        """Say, once each, that something is counted together, whether it is so here or since the generators."""
        for rest in key:
            if rest in _RESTS and rest not in self._truncated:
                self._truncated.add(rest)
                what, limit = _RESTS[rest]
                text = f"More than {limit:,} distinct {what}; the others are counted together as “{rest}”."
                self.event(second, f"too_many_{what}", text, "warning")


class _Bounded:
    """Distinct texts by their id, up to a limit; the rest share the row `rest`."""

    def __init__(self, table: str, limit: int, rest: tuple[str, ...]) -> None:
        self.table = table
        self.limit = limit
        self.rest = rest
        self.ids: dict[tuple[str, ...], int] = {}


def _claim(runs_dir: Path, facts: RunFacts) -> tuple[RunFacts, Path, int]:
    """An id nobody has yet, its path, and the lock that says its writer lives."""
    number = 1
    while True:
        run_id = facts.id if number == 1 else f"{facts.id}-{number}"
        path = runs_dir / f"{run_id}{schema.SUFFIX}"
        number += 1
        if path.exists():
            continue
        try:
            lock = os.open(schema.lock_path(path), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        except FileExistsError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise
        # SQLite gives the files beside it the same mode: what a run met with is its user's own business.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        return msgspec.structs.replace(facts, id=run_id), path, lock


def _cut(text: str, limit: int) -> str:
    text = clean(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _json(data: dict[str, Any]) -> str:
    try:
        return msgspec.json.encode(data, enc_hook=repr).decode()
    except (TypeError, ValueError):
        return msgspec.json.encode({"text": repr(data)}).decode()

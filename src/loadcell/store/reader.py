"""RunReader: what a run file says, at one moment of the run."""

from __future__ import annotations

import fcntl
import math
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from loadcell.errors import RunFileError
from loadcell.objectives import Result
from loadcell.store import schema
from loadcell.store.capacity import StoredCapacity, capacity_of_document
from loadcell.store.facts import Outcome, RunFacts, State, StoredEvent, StoredReading, StoredSight, StoredStage
from loadcell.store.figures import EntryTotals, Point, StartTotals, StoredError, StoredException, StoredHealth, merged
from loadcell.store.timeline import Row, timeline

TOTAL_NAME = "Aggregated"

_SUMS = ", ".join(f"SUM({column})" for column in schema.SUMMED)
_ROW = ", ".join(Row._fields)
_CRASHED = "Loadcell itself was killed before the run ended; the figures are those up to the last second it wrote."


class RunReader:
    """Everything a run file holds, as it was when the reader was opened; open a new one to see what came since.

    Every method raises RunFileError when the file turns out to be damaged.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, *, writer_lives: bool) -> None:
        self.path = path
        self._connection = connection
        self._cache: dict[Any, Any] = {}
        self._check_format()
        self.facts: RunFacts = self._decode(self._run_value("facts"), RunFacts)
        stored = self._run_value("outcome")
        self.outcome: Outcome | None = self._decode(stored, Outcome) if stored else None
        self.state: State = "finished" if stored else "running" if writer_lives else "crashed"

    @classmethod
    def open(cls, path: Path) -> RunReader:
        """A reader for the file at `path`, which may still be written to.

        RunFileError if there is none, or it is no run file, damaged, or of a newer version of Loadcell.
        """
        if not path.is_file():
            raise RunFileError(f"There is no run file {path}.", "`loadcell runs` lists the runs there are.")
        # Before the snapshot: a writer that finishes in between has then left its outcome in it.
        writer_lives = _is_locked(schema.lock_path(path))
        connection = _connect(path)
        try:
            return cls(path, connection, writer_lives=writer_lives)
        except BaseException:
            connection.close()
            raise

    def __enter__(self) -> RunReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @property
    def exit_code(self) -> int | None:
        """What the command ended with; None while it runs and when it crashed."""
        return self.outcome.exit_code if self.outcome else None

    @property
    def verdict(self) -> str:
        """pass, fail, invalid or none."""
        return self.outcome.verdict if self.outcome else "none"

    @property
    def objectives(self) -> list[Result]:
        """How each objective was kept, stage by stage; empty where there was none, or the run has not ended."""
        return list(self.outcome.objectives) if self.outcome else []

    @property
    def reasons(self) -> list[str]:
        """Why the run ended with its verdict and exit code, one sentence each."""
        if self.outcome:
            return list(self.outcome.reasons)
        return [_CRASHED] if self.state == "crashed" else []

    @property
    def duration_s(self) -> float:
        """From the run's start to the end of its last interval: the time in which load was measured, in seconds."""
        ((last,),) = self._rows("SELECT MAX(end_s) FROM intervals")
        if last is not None:
            return float(last)
        return self.outcome.ended_s if self.outcome else 0.0

    @property
    def counted_from(self) -> int:
        """The first second whose requests count: 0, or the one after all users were there, if the run began anew then."""
        if "counted_from" not in self._cache:
            ((reset_s,),) = self._rows("SELECT MAX(at_s) FROM events WHERE kind = 'stats_reset'")
            self._cache["counted_from"] = math.ceil(reset_s or 0.0)
        counted_from: int = self._cache["counted_from"]
        return counted_from

    @property
    def counted_s(self) -> float:
        """The time in which what counts was measured, in seconds."""
        return max(0.0, self.duration_s - self.counted_from)

    def request_counts(self) -> tuple[int, int]:
        """Requests and failures that count, without reading histograms."""
        if self.outcome and not self.counted_from:
            return self.outcome.requests, self.outcome.failures
        query = "SELECT SUM(requests), SUM(failures) FROM counts WHERE second >= ?"
        ((requests, failures),) = self._rows(query, self.counted_from)
        return requests or 0, failures or 0

    def entries(self, first: int | None = None, last: int | None = None) -> list[EntryTotals]:
        """Totals per entry over the seconds `first` … `last`-1 (all that count by default), by name and method."""
        first = self.counted_from if first is None else first
        key = ("entries", first, last)
        if key not in self._cache:
            self._cache[key] = self._read_entries(first, last)
        entries: list[EntryTotals] = self._cache[key]
        return entries

    def total(self, first: int | None = None, last: int | None = None) -> EntryTotals:
        """The totals of all entries together, named “Aggregated”."""
        key = ("total", first, last)
        if key not in self._cache:
            self._cache[key] = merged(self.entries(first, last), "", TOTAL_NAME)
        total: EntryTotals = self._cache[key]
        return total

    def timeline(self, *, window_s: int = 1, max_points: int = 2000) -> list[Point]:
        """The run in steps of whole seconds, as few as `max_points` allows; percentiles over the last `window_s`."""
        key = ("timeline", window_s, max_points)
        if key not in self._cache:
            step = self.step_s(max_points)
            self._cache[key] = list(timeline(self._seconds(), self._count_rows(), step, max(1, round(window_s / step))))
        points: list[Point] = self._cache[key]
        return points

    def entry_timeline(self, method: str, name: str, *, window_s: int = 1, max_points: int = 2000) -> list[Point]:
        """As `timeline`, the requests being those of one entry."""
        step = self.step_s(max_points)
        rows = self._count_rows((method, name))
        return list(timeline(self._seconds(), rows, step, max(1, round(window_s / step))))

    def step_s(self, max_points: int) -> int:
        """How many seconds a step of a timeline with at most `max_points` steps covers."""
        ((last,),) = self._rows("SELECT MAX(second) FROM intervals")
        return -(-((last or 0) + 1) // max_points)

    def seconds_per_entry(self, first: int = 0) -> Iterator[tuple[int, str, str, Row]]:
        """(second, method, name, figures) in the order of time, for every second and entry with traffic."""
        names = {row[0]: (row[1], row[2]) for row in self._rows("SELECT id, method, name FROM entries")}
        query = f"SELECT entry, {_ROW} FROM counts WHERE second >= ? ORDER BY second"
        for entry, *figures in self._rows(query, first):
            row = Row(*figures)
            yield row.second, *names[entry], row

    def users(self) -> dict[int, int]:
        """How many users there were, by second."""
        return dict(self._rows("SELECT second, SUM(users) FROM intervals GROUP BY second ORDER BY second"))

    def errors(self) -> list[StoredError]:
        """Every way in which requests failed, the most frequent first."""
        rows = self._rows(
            "SELECT method, name, error, SUM(occurrences), MIN(first_s), MAX(last_s) FROM failure_counts "
            "JOIN failures ON failures.id = failure WHERE second >= ? GROUP BY failure ORDER BY 4 DESC, 2, 1, 3",
            self.counted_from,
        )
        return [StoredError(*row) for row in rows]

    def error_seconds(self) -> list[tuple[int, str, int]]:
        """(second, error text, occurrences), in the order of time, entries taken together."""
        return list(
            self._rows(
                "SELECT second, error, SUM(occurrences) FROM failure_counts JOIN failures ON failures.id = failure "
                "GROUP BY second, error ORDER BY second"
            )
        )

    def exceptions(self) -> list[StoredException]:
        """The exceptions that the user's code raised, the most frequent first."""
        rows = self._rows(
            "SELECT message, traceback, SUM(occurrences) FROM exception_counts "
            "JOIN exceptions ON exceptions.id = exception WHERE second >= ? GROUP BY exception ORDER BY 3 DESC, 1",
            self.counted_from,
        )
        return [StoredException(*row) for row in rows]

    def events(self) -> list[StoredEvent]:
        """What happened, in the order of time."""
        rows = self._rows("SELECT at_s, kind, text, level, data FROM events ORDER BY at_s, rowid")
        return [
            StoredEvent(at_s, kind, text, level, self._decode(data, dict[str, Any]))
            for at_s, kind, text, level, data in rows
        ]

    def stages(self) -> list[StoredStage]:
        """The stages that are over, in the order of time; empty for a run without any."""
        query = "SELECT phase, users, rate, start_s, end_s, passed, data FROM stages ORDER BY start_s, rowid"
        found = []
        for phase, users, rate, start_s, end_s, passed, data in self._rows(query):
            found.append(
                StoredStage(
                    phase=phase,
                    users=users,
                    rate=rate,
                    start_s=start_s,
                    end_s=end_s,
                    passed=None if passed is None else bool(passed),
                    data=self._decode(data, dict[str, Any]),
                )
            )
        return found

    def readings(
        self, signal: str | None = None, *, since_s: float = -math.inf, until_s: float = math.inf
    ) -> list[StoredReading]:
        """What monitors read after `since_s` and up to `until_s`, of one signal or of all, in the order of time."""
        query = (
            "SELECT at_s, source, signal, value, unit, subject FROM readings JOIN series ON series.id = readings.series "
            "WHERE (?1 IS NULL OR signal = ?1) AND at_s > ?2 AND at_s <= ?3 ORDER BY at_s, readings.rowid"
        )
        return [StoredReading(*row) for row in self._rows(query, signal, since_s, until_s)]

    def signals(self) -> dict[int, dict[str, float]]:
        """The service's signals by second, each summed up over its sources and workers."""
        if "signals" not in self._cache:
            found: dict[int, dict[str, float]] = {}
            for second, signal, value in self._rows("SELECT second, signal, value FROM signals ORDER BY second, rowid"):
                found.setdefault(second, {})[signal] = value
            self._cache["signals"] = found
        signals: dict[int, dict[str, float]] = self._cache["signals"]
        return signals

    def sights(self) -> list[StoredSight]:
        """What monitors know that is no number, and what they can't see, in the order of time."""
        rows = self._rows("SELECT at_s, source, kind, name, text, subject FROM sights ORDER BY at_s, rowid")
        return [StoredSight(*row) for row in rows]

    def result(self, name: str) -> dict[str, Any] | None:
        """What the run found out under this name; None where it did not."""
        stored = self._run_value(f"result.{name}")
        return self._decode(stored, dict[str, Any]) if stored else None

    @property
    def capacity(self) -> StoredCapacity | None:
        """The capacity that the run found; None where it did not look for one, or did not get so far."""
        found = self.result("capacity")
        return None if found is None else capacity_of_document(found)

    @property
    def environment(self) -> dict[str, dict[str, Any]]:
        """What `generator` and `target` ran on, as far as it was seen."""
        known = self.facts.environment
        seen: dict[str, Any] = {}
        for name in ("target", "target_http", "target_agents"):
            seen |= self.result(name) or {}
        return {**known, "target": {**known.get("target", {}), **seen}}

    def health(self) -> list[StoredHealth]:
        """How the generators fared, by second and generator."""
        rows = self._rows(
            "SELECT second, generator, cpu, lag_ms, memory_mb, late_starts FROM health ORDER BY second, generator"
        )
        return [StoredHealth(*row) for row in rows]

    def starts(self, first: int | None = None, last: int | None = None) -> StartTotals | None:
        """How iterations started within the seconds `first` … `last`-1 (all that count by default).

        None in the closed model, and where nothing was due.
        """
        first = self.counted_from if first is None else first
        found = None
        query = "SELECT due, started, dropped, late, lateness FROM starts WHERE second >= ? AND second < ?"
        for due, started, dropped, late, lateness in self._rows(query, first, 2**62 if last is None else last):
            found = found or StartTotals()
            found.due += due
            found.started += started
            found.dropped += dropped
            found.late += late
            try:
                found.lateness.merge_bytes(lateness or b"")
            except (ValueError, TypeError) as error:
                raise schema.not_readable(self.path, error) from error
        return found

    def starts_per_second(self) -> dict[int, tuple[int, int, int, int]]:
        """Iterations due, started, dropped and late, by second; empty in the closed model."""
        sums = "SUM(due), SUM(started), SUM(dropped), SUM(late)"
        rows = self._rows(f"SELECT second, {sums} FROM starts GROUP BY second ORDER BY second")
        return {second: tuple(figures) for second, *figures in rows}

    def _read_entries(self, first: int, last: int | None) -> list[EntryTotals]:
        until = 2**62 if last is None else last
        found: dict[int, EntryTotals] = {}
        query = (
            f"SELECT entry, method, name, MIN(min_us), MAX(max_us), {_SUMS} FROM counts "
            "JOIN entries ON entries.id = entry WHERE second >= ? AND second < ? GROUP BY entry ORDER BY name, method"
        )
        for entry, method, name, low, high, *sums in self._rows(query, first, until):
            named = dict(zip(schema.SUMMED, sums, strict=True))
            found[entry] = EntryTotals(method=method, name=name, min_us=low, max_us=high, **named)
        query = "SELECT entry, ok, failed, intended FROM counts WHERE second >= ? AND second < ?"
        for entry, ok, failed, intended in self._rows(query, first, until):
            try:
                found[entry].ok.merge_bytes(ok or b"")
                found[entry].failed.merge_bytes(failed or b"")
                found[entry].intended.merge_bytes(intended or b"")
            except (ValueError, TypeError) as error:
                raise schema.not_readable(self.path, error) from error
        return list(found.values())

    def _seconds(self) -> Iterator[tuple[int, int, float]]:
        return self._rows(
            "SELECT second, SUM(users), MAX(end_s) - MIN(start_s) FROM intervals GROUP BY second ORDER BY second"
        )

    def _count_rows(self, entry: tuple[str, str] | None = None) -> Iterator[Row]:
        where = "WHERE entry = (SELECT id FROM entries WHERE method = ? AND name = ?) " if entry else ""
        for row in self._rows(f"SELECT {_ROW} FROM counts {where}ORDER BY second", *(entry or ())):
            yield Row(*row)

    def _rows(self, query: str, *values: Any) -> Iterator[Any]:
        try:
            yield from self._connection.execute(query, values)
        except sqlite3.DatabaseError as error:
            raise schema.not_readable(self.path, error) from error

    def _run_value(self, key: str) -> str:
        row = next(self._rows("SELECT value FROM run WHERE key = ?", key), None)
        return str(row[0]) if row else ""

    def _decode(self, text: str, kind: type[Any]) -> Any:
        try:
            return msgspec.json.decode(text, type=kind)
        except msgspec.MsgspecError as error:
            raise schema.not_readable(self.path, error) from error

    def _check_format(self) -> None:
        try:
            (application,) = self._connection.execute("PRAGMA application_id").fetchone()
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            # From here on the reader sees one moment of the run, whatever is written meanwhile.
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            raise schema.not_readable(self.path, error) from error
        except sqlite3.DatabaseError as error:
            application, version = (0, 0) if "not a database" in str(error) else (schema.APPLICATION_ID, None)
            if version is None:
                raise schema.not_readable(self.path, error) from error
        if application != schema.APPLICATION_ID:
            raise RunFileError(f"{self.path} is no run file of Loadcell.", "`loadcell runs` lists the runs there are.")
        if version > schema.FORMAT:
            raise RunFileError(
                f"{self.path} was written by a newer Loadcell (format {version}, this one reads {schema.FORMAT}).",
                "Install the newer version to read it.",
            )
        if version < schema.FORMAT:
            raise RunFileError(
                f"{self.path} was written by an older Loadcell (format {version}, this one reads {schema.FORMAT}).",
                "Measure again, or read it with the older version.",
            )


def _connect(path: Path) -> sqlite3.Connection:
    uri = path.resolve().as_uri() + "?mode=ro"
    try:
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5, check_same_thread=False)
        try:
            connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            if "unable to open" not in str(error):
                raise
            # A folder that can't be written to: SQLite has no place for its shared memory, and nobody writes either.
            connection = sqlite3.connect(f"{uri}&immutable=1", uri=True, isolation_level=None, check_same_thread=False)
        except sqlite3.DatabaseError:
            pass  # told apart by _check_format
    except sqlite3.Error as error:
        raise schema.not_readable(path, error) from error
    return connection


def _is_locked(path: Path) -> bool:
    """Whether a living process holds the lock: it goes with the process, however that ends."""
    try:
        lock = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(lock)
    return False

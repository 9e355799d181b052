"""The tables of a run file, and how SQLite's complaints are told to the user."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from loadcell.errors import RunFileError

SUFFIX = ".loadcell"
APPLICATION_ID = 0x4C4F4144
FORMAT = 2

SUMMED = (
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
"""The fields of EntryCounts that add up."""

COUNTS = ("second", "entry", *SUMMED, "min_us", "max_us", "ok", "failed", "intended")

# A row per second and entry, and a further one for what came late: rows are only ever added, so what was committed
# stands.
SCHEMA = f"""
CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entries (id INTEGER PRIMARY KEY, method TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE failures (id INTEGER PRIMARY KEY, method TEXT NOT NULL, name TEXT NOT NULL, error TEXT NOT NULL);
CREATE TABLE exceptions (id INTEGER PRIMARY KEY, message TEXT NOT NULL, traceback TEXT NOT NULL);
CREATE TABLE intervals (second INTEGER NOT NULL, start_s REAL, end_s REAL, users INTEGER, users_by_class TEXT,
                        connections INTEGER);
CREATE TABLE counts ({", ".join(COUNTS)});
CREATE INDEX counts_by_second ON counts (second);
CREATE TABLE starts (second INTEGER NOT NULL, due INTEGER, started INTEGER, dropped INTEGER, late INTEGER, lateness BLOB);
CREATE TABLE failure_counts (second INTEGER NOT NULL, failure INTEGER NOT NULL, occurrences INTEGER, first_s REAL,
                             last_s REAL);
CREATE TABLE exception_counts (second INTEGER NOT NULL, exception INTEGER NOT NULL, occurrences INTEGER);
CREATE TABLE health (second INTEGER NOT NULL, generator TEXT, cpu REAL, lag_ms REAL, memory_mb REAL,
                     late_starts INTEGER);
CREATE TABLE events (at_s REAL, kind TEXT, text TEXT, level TEXT, data TEXT);
CREATE TABLE series (id INTEGER PRIMARY KEY, source TEXT, signal TEXT, subject TEXT, unit TEXT);
CREATE TABLE readings (at_s REAL NOT NULL, series INTEGER NOT NULL, value REAL);
CREATE TABLE signals (second INTEGER NOT NULL, signal TEXT NOT NULL, value REAL);
CREATE TABLE sights (at_s REAL, source TEXT, kind TEXT, name TEXT, text TEXT, subject TEXT);
CREATE TABLE stages (phase TEXT, users REAL, rate REAL, start_s REAL, end_s REAL, passed INTEGER, data TEXT);
"""


def lock_path(path: Path) -> Path:
    """The file whose lock the writer of `path` holds as long as it lives."""
    return path.with_suffix(".lock")


def not_writable(path: Path, error: Exception) -> RunFileError:
    """Why a run file can't be written, in words."""
    if "full" in str(error) or getattr(error, "errno", None) == 28:
        return RunFileError(f"The disk is full: the run file {path} can't be written.", "Free some space on that disk.")
    reason = getattr(error, "strerror", None) or str(error)
    return RunFileError(
        f"The run file {path} can't be written: {reason}.",
        "Name a folder on a local disk that you may write to with --runs-dir.",
    )


def not_readable(path: Path, error: Exception) -> RunFileError:
    """Why a run file can't be read, in words."""
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return RunFileError(f"The run file {path} is locked by another program.", "Close that program and try again.")
    return RunFileError(f"The run file {path} is damaged: {error}.", "Restore it from a copy, or measure again.")

"""One run is one SQLite file: RunWriter writes it (the controller only), RunReader answers everyone else."""

from loadcell.store.capacity import StoredCapacity
from loadcell.store.facts import Outcome, RunFacts, State, StoredEvent, StoredReading, StoredSight, StoredStage
from loadcell.store.figures import EntryTotals, Point, StartTotals, StoredError, StoredException, StoredHealth, merged
from loadcell.store.reader import TOTAL_NAME, RunReader
from loadcell.store.runs import StoredRun, find_run, find_runs, list_runs, new_run_id
from loadcell.store.timeline import Row
from loadcell.store.window import RollingLatency
from loadcell.store.writer import RunWriter

__all__ = [
    "TOTAL_NAME",
    "EntryTotals",
    "Outcome",
    "Point",
    "RollingLatency",
    "Row",
    "RunFacts",
    "RunReader",
    "RunWriter",
    "StartTotals",
    "State",
    "StoredCapacity",
    "StoredError",
    "StoredEvent",
    "StoredException",
    "StoredHealth",
    "StoredReading",
    "StoredRun",
    "StoredSight",
    "StoredStage",
    "find_run",
    "find_runs",
    "list_runs",
    "merged",
    "new_run_id",
]

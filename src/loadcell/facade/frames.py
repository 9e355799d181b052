"""A run as pandas' data frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from loadcell.errors import UsageError
from loadcell.store import RunReader

if TYPE_CHECKING:
    from pandas import DataFrame

_EVERY_SECOND = 2**31
"""More points than a run has seconds."""
_STEP = ("users", "requests", "failures", "interrupted", "rps", "failures_per_s", "p50_ms", "p95_ms", "p99_ms")

_ERROR = ("method", "name", "error", "occurrences", "first_s", "last_s")


def frames(reader: RunReader, result: Mapping[str, Any]) -> dict[str, DataFrame]:
    """The data frames by name. UsageError where pandas is not installed."""
    try:
        import pandas
    except ModuleNotFoundError as error:
        if error.name != "pandas":
            raise
        raise UsageError(
            "to_pandas() needs pandas, which is not installed.", "Install it with: pip install 'loadcell[notebook]'"
        ) from error
    points = reader.timeline(max_points=_EVERY_SECOND)
    timeline = pandas.DataFrame(
        [[getattr(point, name) for name in _STEP] for point in points],
        columns=list(_STEP),
        index=pandas.Index([point.start_s for point in points], name="second"),
    )
    started = pandas.Timestamp(reader.facts.started, unit="s", tz="UTC")
    timeline.insert(0, "time", started + pandas.to_timedelta(timeline.index, unit="s"))
    signals = reader.signals()
    server = pandas.DataFrame(list(signals.values()), index=pandas.Index(list(signals), name="second"))
    return {
        "timeline": timeline,
        "entries": pandas.DataFrame([_flat(entry) for entry in result["entries"]], columns=list(_flat(result["total"]))),
        "stages": pandas.DataFrame([_flat(stage) for stage in result["stages"]]),
        "errors": pandas.DataFrame(result["errors"], columns=list(_ERROR)),
        "server": server,
    }


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """One level: `from_intended` with p95_ms in it becomes from_intended_p95_ms."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= {f"{name}_{inner}": one for inner, one in _flat(value).items()}
        elif name != "from_intended":  # None in the closed model
            found[name] = value
    return found

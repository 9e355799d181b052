"""The rows and columns of the statistics, as a table in the browser takes them; pure."""

from __future__ import annotations

from typing import Any

from loadcell.merge import EntryTotal
from loadcell.web.live import Key, Live, latency_of

CHOICES = (50.0, 66.0, 75.0, 80.0, 90.0, 95.0, 98.0, 99.0, 99.9, 99.99)
_SPARK_WIDTH, _SPARK_HEIGHT = 90, 20

_FIXED: tuple[tuple[str, str], ...] = (
    ("method", "Method"),
    ("name", "Name"),
    ("requests", "Requests"),
    ("failures", "Failures"),
    ("rps", "req/s"),
    ("failures_per_s", "failures/s"),
    ("avg", "avg ms"),
    ("min", "min ms"),
    ("max", "max ms"),
)


def entry_columns(percentiles: list[float]) -> list[dict[str, Any]]:
    """The columns, with these percentiles."""
    named = [*_FIXED, *((f"p{percent:g}", f"p{percent:g} ms") for percent in percentiles)]
    columns = [column(name, label, is_text=name in ("method", "name")) for name, label in named]
    return [*columns, {"name": "spark", "label": "req/s, last 30 s", "field": "spark", "align": "left"}]


def column(name: str, label: str, *, is_text: bool) -> dict[str, Any]:
    """A column as the browser's table takes it."""
    return {"name": name, "label": label, "field": name, "sortable": True, "align": "left" if is_text else "right"}


def entry_rows(live: Live, percentiles: list[float]) -> list[dict[str, Any]]:
    """One row an entry, the sum last."""
    return live.once(("rows", *percentiles), lambda: _rows(live, percentiles))


def failure_rows(live: Live) -> list[dict[str, Any]]:
    """One row for each way in which an entry failed."""
    return [
        {
            "occurrences": one.occurrences,
            "method": one.method,
            "name": one.name,
            "error": one.error,
            "first_s": round(one.first_s, 1),
            "last_s": round(one.last_s, 1),
        }
        for one in live.failures.values()
    ]


def exception_rows(live: Live) -> list[dict[str, Any]]:
    """One row for each exception of the scenario's."""
    return [
        {"occurrences": one.occurrences, "message": one.message, "traceback": one.traceback}
        for one in live.exceptions.values()
    ]


def generator_rows(live: Live) -> list[dict[str, Any]]:
    """One row for each process."""
    return [
        {
            "name": name,
            "users": one.users,
            "cpu": round(one.cpu),
            "lag_ms": round(one.lag_ms, 1),
            "memory_mb": round(one.memory_mb),
            "late_starts": one.late_starts,
        }
        for name, one in sorted(live.health.items())
    ]


def _rows(live: Live, percentiles: list[float]) -> list[dict[str, Any]]:
    rows = [_row(live, total, (total.method, total.name), percentiles) for _, total in sorted(live.totals.items())]
    if rows:
        rows.append(_row(live, live.total(), None, percentiles))
    return rows


def _row(live: Live, total: EntryTotal, key: Key | None, percentiles: list[float]) -> dict[str, Any]:
    rps, failures_per_s = live.window.rates(key)
    times = latency_of(total).percentiles(tuple(percentiles))
    timed = total.requests - total.untimed
    return {
        "key": f"{total.method} {total.name}",
        "method": total.method,
        "name": total.name,
        "requests": total.requests,
        "failures": total.failures,
        "rps": _short(rps),
        "failures_per_s": _short(failures_per_s),
        "avg": _short(total.total_us / timed / 1000) if timed else None,
        "min": None if total.min_us is None else _short(total.min_us / 1000),
        "max": None if total.max_us is None else _short(total.max_us / 1000),
        **{
            f"p{percent:g}": None if us is None else _short(_within(us, total) / 1000)
            for percent, us in zip(percentiles, times, strict=True)
        },
        "spark": _spark(live.rates(key)),
    }


def _within(us: float, total: EntryTotal) -> float:
    """The middle of a histogram's bucket, moved to what was really measured, as the result does."""
    if total.min_us is None or total.max_us is None:
        return us
    return min(max(us, total.min_us), total.max_us)


def _short(value: float) -> float:
    """Three digits; whole numbers from a thousand on."""
    return float(f"{value:.3g}") if value < 1000 else float(round(value))


def _spark(rates: list[float]) -> str:
    """A line through the rates, as the points of an SVG polyline."""
    top = max(rates, default=0.0)
    if len(rates) < 2 or not top:
        return ""
    step = _SPARK_WIDTH / (len(rates) - 1)
    low = _SPARK_HEIGHT - 1
    return " ".join(f"{number * step:.0f},{low - (low - 1) * rate / top:.0f}" for number, rate in enumerate(rates))

"""The rows and columns of the statistics, as a table in the browser takes them; pure."""

from __future__ import annotations

from typing import Any

from loadcell.histogram import Histogram
from loadcell.merge import EntryTotal
from loadcell.web.live import Key, Live

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
    rows = [_row(live, total, (total.method, total.name), percentiles) for _, total in sorted(live.totals.items())]
    if rows:
        rows.append(_row(live, live.total(), None, percentiles))
    return rows


def _row(live: Live, total: EntryTotal, key: Key | None, percentiles: list[float]) -> dict[str, Any]:
    now = live.window.total() if key is None else live.window.entry(key)
    latency = Histogram()
    latency.merge(total.ok)
    latency.merge(total.failed)
    times = latency.percentiles(tuple(percentiles))
    timed = total.requests - total.untimed
    return {
        "key": f"{total.method} {total.name}",
        "method": total.method,
        "name": total.name,
        "requests": total.requests,
        "failures": total.failures,
        "rps": _short(now.rps),
        "failures_per_s": _short(now.failures_per_s),
        "avg": _short(total.total_us / timed / 1000) if timed else None,
        "min": None if total.min_us is None else _short(total.min_us / 1000),
        "max": None if total.max_us is None else _short(total.max_us / 1000),
        **{
            f"p{percent:g}": None if us is None else _short(us / 1000)
            for percent, us in zip(percentiles, times, strict=True)
        },
        "spark": _spark(live.rates(key)),
    }


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

"""The answer of a sweep in words, for the terminal and the page alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from loadcell.diagnosis import Scaling
from loadcell.report.assessment import figure
from loadcell.sweep import CellFound, Sweep


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the answer."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Cells:
    """One setting, as a row of the table."""

    setting: tuple[str, ...]
    """The value of each axis."""
    capacity: str
    rps: str
    memory: str
    limit: str
    mark: str


def document(sweep: Sweep) -> dict[str, Any]:
    """The answer as plain dicts and lists, schema 1. It may grow; nothing in it is ever renamed."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(sweep))
    return found


def headline(sweep: Sweep) -> str:
    """Which setting to take."""
    if sweep.recommended is None:
        return "No setting carried anything."
    taken = sweep.cells[sweep.recommended]
    said = f"Take {taken.name}: {cell_capacity(sweep, taken)}"
    if sweep.best is not None and sweep.best != sweep.recommended:
        best = sweep.cells[sweep.best]
        said += f". {best.name} carried {cell_capacity(sweep, best)}, which is not clearly more, and costs more"
    return f"{said}."


def lines(sweep: Sweep) -> Iterator[Line]:
    """What goes with it: the limit, what to do, the memory, the curves."""
    if sweep.recommended is None:
        return
    taken = sweep.cells[sweep.recommended]
    if taken.cause is not None:
        yield Line("Limited by", f"{taken.cause.summary} ({taken.cause.code}, {taken.cause.confidence} confidence)")
        yield Line("What to do", taken.cause.advice)
    else:
        yield Line("Limited by", "no bottleneck was seen up to this load")
    if taken.memory_mb is not None:
        least = min((cell.memory_mb for cell in sweep.cells if cell.memory_mb), default=taken.memory_mb)
        beside = f", {figure(taken.memory_mb - least)} MB more than the least" if taken.memory_mb > 1.05 * least else ""
        yield Line("Memory", f"{figure(taken.memory_mb)} MB{beside}")
    for axis in sweep.axes:
        if axis.curve is not None:
            yield Line(axis.name, curve_words(axis.name, axis.curve))


def curve_words(name: str, curve: Scaling) -> str:
    """What an axis does to throughput."""
    usl, cap = curve.usl, curve.cap
    kappa = f"κ {usl.coherency.value:.2g}" if usl.coherency_known else "κ not determined"
    law = f"universal scalability law: σ {usl.contention.value:.2g}, {kappa}, {100 * usl.error:.1f} % off"
    if curve.better == "cap":
        ceiling, knee = cap.ceiling.value, cap.knee.value
        first = f"throughput grows up to {figure(ceiling)}/s, reached at about {name}={figure(knee)}"
        return f"{first} (a line with a cap, {100 * cap.error:.1f} % off; {law})"
    if usl.peak_n is not None and usl.peak_x is not None:
        return (
            f"throughput is highest at about {name}={figure(usl.peak_n)}, {figure(usl.peak_x)}/s, and falls beyond ({law})"
        )
    return f"throughput bends, and has no highest point among what was tried ({law})"


def cell_capacity(sweep: Sweep, cell: CellFound) -> str:
    """The capacity of a setting, with its interval."""
    words = capacity_words(cell.capacity, cell.low, cell.high, sweep.unit, at_least=cell.at_least)
    return f"{words}, {figure(cell.rps)} requests/s" if cell.rps is not None else words


def capacity_words(
    capacity: float | None, low: float | None, high: float | None, unit: str, *, at_least: bool = False
) -> str:
    """A capacity in words.

    >>> capacity_words(40, 38.2, 42.1, "users")
    '40 users (38.2 … 42.1)'
    """
    if capacity is None:
        return "nothing"
    value = f"{figure(capacity)}{unit if unit == '/s' else f' {unit}'}"
    if at_least:
        return f"{value} or more"
    return f"{value} ({figure(low)} … {figure(high)})"


def rows(sweep: Sweep) -> list[Cells]:
    """The table, in the order in which settings were named."""
    found = []
    for number, cell in enumerate(sweep.cells):
        limit = cell.cause.code if cell.cause else "none seen" if cell.capacity is not None else cell.problem
        mark = "← take this" if number == sweep.recommended else "as good, as far as is known" if cell.contends else ""
        found.append(
            Cells(
                setting=tuple(cell.setting.values()),
                capacity=capacity_words(cell.capacity, cell.low, cell.high, sweep.unit, at_least=cell.at_least),
                rps=figure(cell.rps),
                memory="–" if cell.memory_mb is None else figure(cell.memory_mb),
                limit=limit,
                mark=mark,
            )
        )
    return found


HEADINGS = ("Capacity", "requests/s", "Memory MB", "Limited by", "")

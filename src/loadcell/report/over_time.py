"""What changed while the load did not, in words, for the terminal and the page alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from loadcell import diagnosis
from loadcell.diagnosis.rules.resources import duration
from loadcell.store import RunReader

NEXT = "loadcell run --plan soak tells whether it goes on"
_MEMORY = {
    "leak": "leaks",
    "slowing": "grows more and more slowly",
    "fragmentation": "grows, though no more of it is in use",
    "flat": "holds",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was watched."""

    label: str
    value: str
    detail: str
    grows: bool = False
    """Whether that is bad news."""

    @property
    def text(self) -> str:
        """All of it."""
        return f"{self.value}: {self.detail}" if self.detail else self.value


def found(reader: RunReader) -> dict[str, Any] | None:
    """`over_time` of the document; None where no load was held for long."""
    seen = diagnosis.over_time(reader)
    return None if seen is None else msgspec.to_builtins(seen)


def lines(over_time: Mapping[str, Any] | None) -> list[Line]:
    """`over_time` of the document as lines."""
    if over_time is None:
        return []
    return [*_response_times(over_time), *_memory(over_time)]


def _response_times(over_time: Mapping[str, Any]) -> Iterator[Line]:
    trends = {name: over_time[name] for name in ("p50", "p95") if over_time[name]}
    if not trends:
        return
    kinds = {name: trend["kind"] for name, trend in trends.items()}
    words = {"rising": "rise", "falling": "fall", "steady": "hold"}
    worst = next((kind for kind in ("rising", "falling") if kind in kinds.values()), "steady")
    details = [
        f"{name} {_ms(trend['from_ms'])} → {_ms(trend['to_ms'])} ms, {_signed(trend['percent_per_minute'])} % a minute "
        f"({_signed(trend['low'])} … {_signed(trend['high'])})"
        for name, trend in trends.items()
    ]
    yield Line("Response times", words[worst], "; ".join(details), worst == "rising")


def _memory(over_time: Mapping[str, Any]) -> Iterator[Line]:
    memory = over_time["memory"]
    if memory is None:
        return
    kept = next(one for one in memory["workers"] if one["pid"] == memory["worst"])
    slope = kept["bytes"]
    parts = [f"{slope['value']:,.0f} bytes a request ({slope['low']:,.0f} … {slope['high']:,.0f})"]
    if len(memory["workers"]) > 1:
        parts[0] += f" in worker {kept['pid']}, the worst of {len(memory['workers'])}"
    if memory["kind"] == "leak" and memory["lasts_s"] is not None:
        parts.append(
            f"{memory['per_minute_mb']:,.1f} MB a minute, {memory['left_of']} has {memory['left_mb']:,.0f} MB left for "
            f"{duration(memory['lasts_s'])}"
        )
    if memory["kind"] == "slowing":
        end = kept["plateau_mb"]
        parts.append(
            f"a cache that fills, or a warm-up; it will end at about {end:,.0f} MB"
            if end is not None
            else "a cache that fills, or a warm-up; where it ends a longer run tells"
        )
    if over_time["p50"] is None and memory["kind"] in ("leak", "slowing"):
        parts.append(NEXT)
    yield Line("Memory", _MEMORY[memory["kind"]], "; ".join(parts), memory["kind"] == "leak")


def _ms(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _signed(value: float) -> str:
    return f"{value:+.1f}"

"""Where a request's time goes at each load, in words, for the terminal and the page alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from loadcell import diagnosis
from loadcell.diagnosis.waterfall import PARTS
from loadcell.store import RunReader

_WORDS = {part.name: part.words for part in PARTS}
_WORTH = 0.02
"""Of the time at the highest load: less is not named."""


def found(reader: RunReader) -> dict[str, Any] | None:
    """`waterfall` of the document; None without a probe, and for a single load."""
    seen = diagnosis.waterfall(reader)
    return None if seen is None else msgspec.to_builtins(seen)


def sentence(waterfall: Mapping[str, Any]) -> str:
    """Which part grew, and how much."""
    first, last = waterfall["steps"][0], waterfall["steps"][-1]
    whole = (
        f"From {first['load']} to {last['load']} a request goes from {_ms(first['total_ms'])} to {_ms(last['total_ms'])} ms"
    )
    grew = waterfall["grew"]
    if grew is None:
        return f"{whole}: no part of it grows."
    others = [
        f"{_WORDS[name]} {_ms(first['parts'][name])} → {_ms(ms)} ms"
        for name, ms in sorted(last["parts"].items(), key=lambda item: -item[1])
        if name != grew["part"] and ms - first["parts"][name] > _WORTH * last["total_ms"]
    ]
    beside = f" Beside it: {', '.join(others)}." if others else ""
    return (
        f"{whole}; {100 * grew['share']:.0f} % of that growth is {_WORDS[grew['part']]}: "
        f"{_ms(grew['from_ms'])} → {_ms(grew['to_ms'])} ms.{beside}"
    )


def _ms(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"

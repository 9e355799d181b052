"""What an assessment found out, in words, for the terminal and the page alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SIGNS = {
    "error_rate": "too many requests fail",
    "latency": "response times are out of hand",
    "throughput_collapse": "it carries less while more is asked",
    "refused": "connections are refused or reset",
    "crash": "nothing answers any more",
}
"""What each sign of distress looks like."""
STATES = {
    "recovered": "recovered",
    "degraded": "degraded: it answers, but not as well as before, even after a rest without load",
    "metastable": "metastable: it only came back after a rest without load",
    "dead": "dead: nothing answers any more",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was found out."""

    label: str
    value: str
    detail: str = ""


def lines(result: dict[str, Any]) -> list[Line]:
    """The findings of a result document, in the order of the method; empty for a plain run."""
    found = []
    if capacity := result["capacity"]:
        found.append(_capacity(capacity))
    if breaking := result["breaking_point"]:
        found.append(_breaking_point(breaking))
    if recovery := result["recovery"]:
        found.append(_recovery(recovery))
        if damage := _damage(recovery):
            found.append(damage)
    return found


def load_text(users: float | None, rate: float | None) -> str:
    """A load in words: users, or iterations a second."""
    if users is not None:
        return f"{users:,.0f} {'user' if users == 1 else 'users'}"
    return f"{figure(rate)}/s"


def figure(value: float | None) -> str:
    """A number with three digits at the least, and none behind the point where it has them before."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _capacity(capacity: dict[str, Any]) -> Line:
    value = load_text(capacity["users"], capacity["rate"])
    requests = "" if capacity["rps"] is None else f"{figure(capacity['rps'])} requests/s"
    if capacity["at_least"]:
        return Line("Capacity", f"{value} or more", f"{requests}; more was not tried" if requests else "more was not tried")
    low, high = (
        capacity[f"{end}_users"] if capacity["users"] is not None else capacity[f"{end}_rate"] for end in ("low", "high")
    )
    interval = f"95 % interval {figure(low)} … {figure(high)}"
    limited = f"limited by {capacity['limited_by']}" if capacity["limited_by"] else ""
    return Line("Capacity", value, " · ".join(part for part in (requests, interval, limited) if part))


def _breaking_point(breaking: dict[str, Any]) -> Line:
    first, *others = breaking["signs"]
    detail = SIGNS.get(first["sign"], first["sign"])
    if others:
        later = ", ".join(
            f"{SIGNS.get(sign['sign'], sign['sign'])} at {load_text(sign['users'], sign['rate'])}" for sign in others
        )
        detail += f"; then {later}"
    return Line("Breaking point", load_text(breaking["users"], breaking["rate"]), detail)


def _recovery(recovery: dict[str, Any]) -> Line:
    state = STATES.get(recovery["state"], recovery["state"])
    word, _, rest = state.partition(": ")
    if recovery["seconds"] is not None and recovery["recovered"]:
        return Line("Recovery", f"{word} in {recovery['seconds']:.0f} s", "after the load fell to half the capacity")
    return Line("Recovery", word, rest)


def _damage(recovery: dict[str, Any]) -> Line | None:
    before, after = recovery["baselines"].get("before"), recovery["baselines"].get("after")
    if not before or not after or before["p95_ms"] is None:
        return None
    if after["p95_ms"] is None:
        return Line("Afterwards", "no answers", f"at the load of the baseline, whose p95 was {figure(before['p95_ms'])} ms")
    errors = "" if not after["error_rate"] else f", {after['error_rate']:.1%} of the requests fail"
    detail = f"at the load of the baseline, where it was {figure(before['p95_ms'])} ms{errors}"
    return Line("Afterwards", f"p95 {figure(after['p95_ms'])} ms", "; ".join([detail, *_left_behind(before, after)]))


def _left_behind(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What the service holds now and did not before: more than other times would differ by themselves."""
    found = []
    for name, words, share, least in (
        ("memory", "memory {} MB, where it was {} MB", 0.1, 5.0),
        ("descriptors", "{} % of its open files in use, where it was {} %", 0.2, 1.0),
        ("db_connections", "{} database connections, where it had {}", 0.2, 2.0),
    ):
        then, now = before.get(name), after.get(name)
        if then is not None and now is not None and now - then > max(share * then, least):
            found.append(words.format(figure(now), figure(then)))
    if (after.get("workers") or 0) < (before.get("workers") or 0):
        found.append(f"{figure(after['workers'])} workers, where it had {figure(before['workers'])}")
    return found

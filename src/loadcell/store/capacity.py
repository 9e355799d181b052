"""The capacity that a run found, read from its result document."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class StoredCapacity(msgspec.Struct, frozen=True, kw_only=True):
    """The most load that met every objective, with the ends of its 95 % interval."""

    load: float
    """Users, or iterations/s."""
    low: float | None
    high: float | None
    """None where more was not tried."""
    unit: Literal["users", "/s"]
    rps: float | None = None
    """Successes/s at the capacity."""
    limited_by: str = ""
    """The objective that more would miss."""

    @property
    def at_least(self) -> bool:
        """Whether more was not tried, so that the capacity may be higher."""
        return self.high is None


def capacity_of_document(found: dict[str, Any]) -> StoredCapacity:
    """Read `capacity` of a result document."""
    name: Literal["users", "rate"] = "rate" if found["users"] is None else "users"
    return StoredCapacity(
        load=found[name],
        low=found[f"low_{name}"],
        high=None if found["at_least"] else found[f"high_{name}"],
        unit="users" if name == "users" else "/s",
        rps=found["rps"],
        limited_by=found["limited_by"] or "",
    )

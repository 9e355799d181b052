"""Everything that can be chosen about the shop, read from the environment in one place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ShopError


@dataclass(frozen=True)
class Settings:
    """The shop's settings, each read from the variable `SHOP_` and its name in capitals."""

    database_url: str = ""  # empty: `python -m loadcell_shop` starts a PostgreSQL of its own
    pool_size: int = 10  # database connections per worker
    pool_timeout: float = 30.0  # seconds a request waits for one of them
    order_index: bool = True  # whether order_lines.order_id has an index
    access_log: Path | None = None  # a file that gets one line per request received

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings from environment variables; raises ShopError on a value that makes no sense."""
        given: dict[str, Any] = {}
        for name, convert in CONVERSIONS.items():
            variable = f"SHOP_{name.upper()}"
            if value := environment.get(variable):
                try:
                    given[name] = convert(value)
                except (KeyError, ValueError):
                    raise ShopError(f"{variable} is {value!r}, which is not {EXPECTED[convert]}.") from None
        return cls(**given)


def _positive_int(value: str) -> int:
    number = int(value)
    if number < 1:
        raise ValueError(value)
    return number


def _positive_float(value: str) -> float:
    number = float(value)
    if not 0 < number < float("inf"):
        raise ValueError(value)
    return number


def _switch(value: str) -> bool:
    return {"0": False, "1": True}[value]


CONVERSIONS: dict[str, Callable[[str], Any]] = {
    "database_url": str,
    "pool_size": _positive_int,
    "pool_timeout": _positive_float,
    "order_index": _switch,
    "access_log": Path,
}
EXPECTED: dict[Callable[[str], Any], str] = {
    _positive_int: "a whole number from 1",
    _positive_float: "a number of seconds above 0",
    _switch: "0 or 1",
}

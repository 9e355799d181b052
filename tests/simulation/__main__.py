"""`python -m tests.simulation`: searches on a thousand random services; goes on where it was interrupted."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from loadcell.controller.search import Goal
from tests import tables
from tests.simulation.fleet import Case, case, search
from tests.simulation.service import Kind
from tests.tables import ROOT, state_of

KEPT = ROOT / ".make" / "search"
FLEET = tuple(Path(__file__).parent / name for name in ("fleet.py", "service.py", "truth.py"))
WITHIN = 0.05
STALL_EVERY_S = 100.0


@dataclass(frozen=True)
class Setting:
    """One line of the table."""

    name: str
    quick: bool
    stall_every_s: float
    least_within: float | None
    """The share that must be within 5 %; None: no bar."""


SETTINGS = (
    Setting("10 minutes", False, 0.0, 0.95),
    Setting("10 minutes, stalls", False, STALL_EVERY_S, 0.90),
    Setting("quick", True, 0.0, None),
    Setting("quick, stalls", True, STALL_EVERY_S, None),
)
LEAST_COVERED, MOST_WIDTH = 0.90, 0.10


@dataclass(frozen=True)
class Outcome:
    """What a search found on a service, beside the truth."""

    number: int
    users: bool
    capacity: float
    limited_by: str
    found: float | None
    low: float
    high: float
    found_limit: str | None
    seconds: float

    @property
    def within(self) -> bool:
        """Within 5 %, or one user."""
        if self.found is None:
            return False
        off = abs(self.found - self.capacity)
        return off <= WITHIN * self.capacity or (self.users and off <= 1)

    @property
    def covered(self) -> bool:
        """The interval holds the truth."""
        return self.found is not None and self.low <= self.capacity <= self.high

    @property
    def width(self) -> float:
        """The interval's, as a fraction of what was found."""
        return (self.high - self.low) / self.found if self.found else float("inf")


def outcome(one: Case, setting: Setting) -> Outcome:
    """Search once."""
    goal = Goal.sized(quick=setting.quick, limit_s=one.kind.limit_s, integer_loads=one.kind.users)
    result, used_s = search(one, goal, stall_every_s=setting.stall_every_s)
    known = (one.number, one.kind.users, one.capacity, one.limited_by)
    if result is None or result.at_least:
        return Outcome(*known, None, 0.0, 0.0, None, used_s)
    return Outcome(*known, result.load, result.low, result.high, result.limited_by, used_s)


def _kept(path: Path) -> dict[str, dict[str, object]]:
    """What an interrupted run has written, by its key."""
    if not path.exists():
        return {}
    lines = [line for line in path.read_text().splitlines() if line.endswith("}")]
    return {str(row["key"]): row["value"] for row in map(json.loads, lines)}


def cases(count: int) -> Iterator[Case]:
    """The first services; their truths are kept, as they take longer than the searches."""
    path = KEPT / f"truth-{state_of(*FLEET)}.jsonl"
    kept = _kept(path)
    for number in range(count):
        value = kept.get(str(number))
        if value is not None:
            yield Case(**{**value, "kind": Kind(**value["kind"])})  # type: ignore[arg-type, dict-item]
            continue
        one = case(number)
        _append(path, str(number), asdict(one))
        yield one


def _append(path: Path, key: str, value: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps({"key": key, "value": value}) + "\n")


def outcomes(count: int, setting: Setting, show: Callable[[int], None]) -> list[Outcome]:
    """Of all services in one setting; kept one by one."""
    code = state_of(ROOT / "src" / "loadcell" / "controller" / "search", *FLEET)
    path = KEPT / f"{setting.name.replace(' ', '-').replace(',', '')}-{code}.jsonl"
    kept = _kept(path)
    found = []
    for one in cases(count):
        value = kept.get(str(one.number))
        if value is None:
            result = outcome(one, setting)
            _append(path, str(one.number), asdict(result))
        else:
            result = Outcome(**value)  # type: ignore[arg-type]
        found.append(result)
        show(one.number + 1)
    return found


def summary(found: list[Outcome]) -> dict[str, float]:
    """The figures of the table."""
    return {
        "within": sum(one.within for one in found) / len(found),
        "covered": sum(one.covered for one in found) / len(found),
        "width": median(one.width for one in found),
        "limit": sum(one.found_limit == one.limited_by for one in found) / len(found),
        "seconds": median(one.seconds for one in found),
    }


def passes(setting: Setting, figures: dict[str, float]) -> bool:
    """Whether the bars are met; nothing is asked of the quick search."""
    if setting.least_within is None:
        return True
    return (
        figures["within"] >= setting.least_within and figures["covered"] >= LEAST_COVERED and figures["width"] <= MOST_WIDTH
    )


def row(name: str, found: list[Outcome]) -> str:
    """One line of the table."""
    figures = summary(found)
    return (
        f"| {name} | {len(found):,} | {figures['within']:.1%} | {figures['covered']:.1%} | {figures['width']:.1%} | "
        f"{figures['limit']:.1%} | {figures['seconds']:.0f} s |"
    )


HEAD = (
    "| search | services | within 5 % | interval holds the truth | median width | right limit named | median time |\n"
    "|---|---|---|---|---|---|---|"
)


def main() -> int:
    """Print the table; exit code 1 if a bar is missed."""
    parser = tables.parser("tests.simulation", __doc__)
    parser.add_argument("--services", type=int, default=1000, help="how many (1,000)")
    given = parser.parse_args()
    lines, good = [HEAD], True
    for setting in SETTINGS:
        began = time.monotonic()

        def show(done: int, name: str = setting.name, began: float = began) -> None:
            if done % 50 == 0 or done == given.services:
                print(f"{name}: {done:,} of {given.services:,}, {time.monotonic() - began:.0f} s", file=sys.stderr)  # noqa: T201

        found = outcomes(given.services, setting, show)
        good = good and passes(setting, summary(found))
        lines.append(row(setting.name, found))
        for model, users in (("arrivals", False), ("users", True)):
            lines.append(row(f"– {model}", [one for one in found if one.users is users]))
        print("\n".join([HEAD, *lines[-3:]]), flush=True)  # noqa: T201
    if given.table:
        given.table.parent.mkdir(parents=True, exist_ok=True)
        given.table.write_text("\n".join(lines) + "\n")
    print("every bar is met" if good else "A BAR IS MISSED")  # noqa: T201
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

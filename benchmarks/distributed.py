"""What it costs that a generator was placed by Dask: one on a core of its own, beside one that this machine's node placed.

The controller and the scheduler are on the service's core, as they would be on another machine; the Dask worker is on the
generator's. Pairs, one after another, the order changing from pair to pair.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.nginx import nginx_server
from benchmarks.peers import Load, Missing
from benchmarks.settings import Settings
from benchmarks.table import median, render, spread
from tests.cluster.machines import Machines
from tests.probe_cost.estimates import median as estimate

USERS = 64
PAIRS = 15
LEAST = 0.97
"""What the rate of the one is to be at least, as a share of the other's."""
LOCAL, PLACED = "placed by this machine's node", "placed by Dask"


def measure(settings: Settings) -> dict[str, Any]:
    """Requests per second of each, pair by pair; and why there is nothing to compare."""
    os.environ["BENCH_CORE"] = str(settings.client_core)
    rates: dict[str, list[float]] = {LOCAL: [], PLACED: []}
    missing: list[str] = []
    here, there = ("taskset", "-c", str(settings.target_core)), ("taskset", "-c", str(settings.client_core))
    with tempfile.TemporaryDirectory() as folder, nginx_server(settings.target_core) as url:
        machines = Machines(Path(folder), within=here)
        try:
            machines.add(1, within=there)
            ways = {
                LOCAL: peers.loadcell("get_pinned.py"),
                PLACED: peers.loadcell("get_pinned.py", words=["--cluster", machines.address]),
            }
            load = Load(url, USERS, settings.seconds, 1000, settings.target_core)
            for number in range(max(PAIRS, settings.rounds)):
                for name in sorted(ways, reverse=bool(number % 2)):
                    rates[name].append(ways[name](load).rps)
                settings.say(f"pair {number + 1:2}  {rates[LOCAL][-1]:10,.0f}/s  {rates[PLACED][-1]:10,.0f}/s")
        except Missing as error:
            missing.append(str(error))
        finally:
            machines.close()
    return {"users": USERS, "seconds": settings.seconds, "rates": rates, "missing": missing}


def tables(data: dict[str, Any]) -> str:
    """The rates, and their ratio with its interval."""
    rates: dict[str, list[float]] = data["rates"]
    if data["missing"]:
        return f"\ndistributed: left out: {'; '.join(data['missing'])}"
    found = [[name, median(each), spread(each), len(each)] for name, each in rates.items()]
    ratio, low, high = estimate([placed / local for placed, local in zip(rates[PLACED], rates[LOCAL], strict=True)])
    rows = [[f"{PLACED} / {LOCAL}", ratio, f"{low:.3f} - {high:.3f}", LEAST]]
    return "\n".join(
        [
            render("Requests/s of one generator on a core of its own", ["", "median", "range", "pairs"], found),
            render("Ratio, pair by pair", ["ratio", "median", "95 % interval", "at least"], rows),
        ]
    )

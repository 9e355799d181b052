"""The page over a run that is made up: hours of it at once, then on and on; `python -m tests.page_load.replay`."""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from loadcell.config import Raw, RunConfig
from loadcell.controller.progress import Progress
from loadcell.controller.run import Outcome, Run
from loadcell.controller.totals import RunTotals
from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, Health, Interval
from loadcell.store import RunFacts
from loadcell.web.desk import Desk, Scenario
from loadcell.web.live import SIGNALS
from loadcell.web.server import Page, Place

SECONDS = 4 * 3600
ENTRIES = 200
REQUESTS = 30
"""Of each entry in each second."""
_HEALTH = Health(40.0, 2.0, 80.0)
_KINDS = 20
"""So many different seconds there are."""


class Replay:
    """What a desk takes for a run: `SECONDS` of it at once, then `speed` seconds of it a second, until it is stopped."""

    def __init__(self, config: RunConfig, *, followers: Sequence[Any], watch: Any, speed: float, **_: Any) -> None:
        self._followers = followers
        self._watch = watch
        self._speed = speed
        self._seconds = _made_up()
        self._stopped = False

    async def run(self) -> Outcome:
        facts = RunFacts(id="20261126-120000-replay", started=1.8e9, scenario="replay.py", host="http://127.0.0.1:8000")
        for follower in self._followers:
            follower.began(facts, lambda event: True)
        second = 0
        while not self._stopped:
            self._pass(second)
            second += 1
            if second == SECONDS:
                print("replay: caught up", flush=True)
            if second >= SECONDS:
                await asyncio.sleep(1 / self._speed)
            elif second % 100 == 0:
                await asyncio.sleep(0)
        return Outcome(facts.id, None, 0, [])

    def stop(self) -> None:
        self._stopped = True

    stop_now = stop

    def change_load(self, level: float, pace: float) -> None:
        """Without effect."""

    def _pass(self, second: int) -> None:
        interval = self._seconds[second % _KINDS]
        interval.second, interval.start_s, interval.end_s = second, float(second), second + 1.0
        for follower in self._followers:
            follower.measured(interval)
            follower.felt(second, {name: 40 + 10 * random.random() for name in SIGNALS})
        self._watch(Progress("running", second + 1.0, 500, 500, interval, RunTotals(), phase="load"))


def _made_up() -> list[Interval]:
    random.seed(1)
    return [
        Interval(0, 0, 1, 500, {"Visitor": 500}, [_entry(number) for number in range(ENTRIES)], health={"1": _HEALTH})
        for _ in range(_KINDS)
    ]


def _entry(number: int) -> EntryCounts:
    times = [int(random.lognormvariate(9, 0.6)) for _ in range(REQUESTS)]
    ok = Histogram()
    ok.record_all(times)
    figures = {"total_us": sum(times), "min_us": min(times), "max_us": max(times)}
    return EntryCounts("GET", f"/items/{number}/[id]", requests=REQUESTS, received=9000, **figures, ok=ok.to_bytes())


async def serve(speed: float) -> None:
    """Serve it on a free port until the process is ended."""
    with tempfile.TemporaryDirectory() as folder:
        base = RunConfig(runs_dir=Path(folder), host="http://127.0.0.1:8000")

        def settle(options: Mapping[str, Raw], words: Sequence[str]) -> RunConfig:
            return base

        scenario = Scenario(base, settle, lambda config: {}, lambda log: log.text, "replay")
        make: Any = lambda config, **more: Replay(config, speed=speed, **more)  # noqa: E731
        desk = Desk(scenario, make_run=make)
        page = Page(desk, Place("127.0.0.1", 0, needs_login=False))
        print(f"replay: the page: {page.url}", flush=True)
        await desk.start()
        await page.serve()


assert Run.stop, "what Replay stands in for"

if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))

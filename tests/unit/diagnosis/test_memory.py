"""Memory that is kept, fills a cache, or only looks so: simulated series, with the noise and the steps of real ones."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable

import pytest

from loadcell.diagnosis.growth import plateau_of, slope_of
from loadcell.diagnosis.memory import Life, MemoryPoint, kept_of, room_of, worst

RATE = 300
Course = Callable[[float], float]
"""Seconds → bytes that are held."""

COURSES: dict[str, tuple[Course, str]] = {
    "healthy": (lambda t: 0.0, "flat"),
    "4 KiB a request": (lambda t: 4150.0 * RATE * t, "leak"),
    "a small dict a request": (lambda t: 235.0 * RATE * t, "leak"),
    "1 KiB every 10th": (lambda t: 1070.0 * (RATE * t // 10), "leak"),
    "1 KiB every 10th, while it warms up": (lambda t: 107.0 * RATE * t + 6e5 * (1 - math.exp(-t / 20)), "leak"),
    "a cache that is full": (lambda t: 5800.0 * RATE * min(t, 38), "flat"),
    "LRU, full after 50 s": (lambda t: 5800.0 * RATE * min(t, 50), "slowing"),
    "random keys, τ = 67 s": (lambda t: 1e8 * (1 - math.exp(-t / 67)), "slowing"),
    "churn": (lambda t: 2e7 * (1 - math.exp(-t / 2)), "flat"),
    "cycles, collected every 3 s": (lambda t: 4e6 * (t % 3), "flat"),
}


def life(
    course: Course,
    seconds: int,
    *,
    probe: bool = True,
    noise: float = 0.05,
    used: Course | None = None,
    pid: str = "7",
) -> Life:
    """A worker whose memory goes that course; RSS in pages, noise in MB. `used`: what of it is in use, if not all."""
    rng = random.Random(3)
    points = []
    for t in range(1, seconds + 1):
        held = course(t)
        resident = 50 + round((held / 1e6 + rng.gauss(0, noise)) * 1e6 / 4096) * 4096 / 1e6
        inside = {"malloc_mb": 20 + (used or course)(t) / 1e6, "blocks": 60_000 + rng.gauss(0, 30)} if probe else {}
        points.append(MemoryPoint(requests=RATE * t, memory_mb=resident, **inside))
    return Life(pid=pid, points=tuple(points), seconds=float(seconds))


@pytest.mark.parametrize("probe", [True, False])
@pytest.mark.parametrize("seconds", [60, 120])
@pytest.mark.parametrize("name", COURSES)
def test_each_course_is_told_for_what_it_is(name: str, seconds: int, probe: bool) -> None:
    course, kind = COURSES[name]
    kept = kept_of(life(course, seconds, probe=probe))
    assert kept is not None
    # After 120 s the LRU has been full for longer than it filled.
    assert kept.kind in ((kind, "flat") if name.startswith("LRU") else (kind,))


def test_what_is_kept_of_a_request_comes_with_an_interval_that_holds_it() -> None:
    kept = kept_of(life(lambda t: 4150.0 * RATE * t, 60))
    assert kept is not None
    assert kept.bytes.low <= 4150 <= kept.bytes.high
    assert kept.bytes.high - kept.bytes.low < 100
    assert kept.per_minute_mb == pytest.approx(4150 * RATE * 60 / 1e6, rel=0.03)
    assert kept.in_use is not None
    assert kept.in_use.value == pytest.approx(4150, rel=0.01)


def test_memory_that_grows_while_no_more_is_in_use_is_fragmentation() -> None:
    kept = kept_of(life(lambda t: 500.0 * RATE * t, 90, used=lambda t: 0.0))
    assert kept is not None
    assert kept.kind == "fragmentation"


SEEDS = range(40)
HEAP = 135_168
"""Bytes by which the C library takes more from the system."""
ARENA = 1 << 20
"""And the interpreter."""


def up_and_down(seed: int, seconds: int, kept: float) -> Life:
    """2,000 buffers of 100 … 20,000 bytes, 1,500 of them made anew each second; the system has given what the peaks took."""
    rng = random.Random(seed)
    spread, stays = math.sqrt(2000) * 5750, math.exp(-1500 / 2000)
    beside, peak, points = 0.0, 0.0, []
    for t in range(1, seconds + 1):
        beside = stays * beside + math.sqrt(1 - stays**2) * rng.gauss(0, spread)
        used = 2e7 * (1 - math.exp(-t / 2)) + beside + kept * RATE * t
        peak = max(peak, used + 1.2e6 * (1 - math.exp(-t / 25)))
        resident = 5e7 + math.ceil(peak / HEAP) * HEAP
        points.append(MemoryPoint(RATE * t, resident / 1e6, used / 1e6, 60_000 + rng.gauss(0, 30)))
    return Life(pid="7", points=tuple(points), seconds=float(seconds))


def in_arenas(seed: int, seconds: int) -> Life:
    """109 bytes kept of a request, and within the first minute twice an arena taken from the system."""
    rng = random.Random(seed)
    taken = [rng.uniform(0, 60) for _ in range(2)]
    points = []
    for t in range(1, seconds + 1):
        kept = 109.0 * RATE * t
        resident = 5e7 + kept + sum(ARENA for at in taken if at < t)
        used = kept + rng.gauss(0, 1e5)
        points.append(MemoryPoint(RATE * t, resident / 1e6, used / 1e6, 60_000 + rng.gauss(0, 30)))
    return Life(pid="7", points=tuple(points), seconds=float(seconds))


def kinds(lives: list[Life]) -> Counter[str]:
    return Counter(found.kind for life in lives if (found := kept_of(life)) is not None)


@pytest.mark.parametrize("seconds", [60, 120])
def test_peaks_of_what_comes_and_goes_are_no_leak(seconds: int) -> None:
    assert kinds([up_and_down(seed, seconds, 0.0) for seed in SEEDS]) == {"flat": len(SEEDS)}
    # As far as it is more than they are, what is kept beside them is found.
    assert kinds([up_and_down(seed, seconds, 500.0) for seed in SEEDS])["leak"] >= 38


@pytest.mark.parametrize("seconds", [60, 120])
def test_a_step_early_on_makes_no_cache_of_a_leak(seconds: int) -> None:
    assert kinds([in_arenas(seed, seconds) for seed in SEEDS]) == {"leak": len(SEEDS)}


def test_a_leak_is_seen_before_it_needs_more_of_the_system() -> None:
    kept = kept_of(life(lambda t: 0.0, 60, used=lambda t: 200.0 * RATE * t))
    assert kept is not None
    assert (kept.kind, round(kept.bytes.value)) == ("leak", 200)


def test_a_higher_load_that_needs_more_memory_is_no_growth() -> None:
    points = tuple(
        MemoryPoint(requests=100 * t, memory_mb=50 + 20 * (t // 20) + 0.01 * (t % 3), stretch=t // 20) for t in range(140)
    )
    kept = kept_of(Life(pid="7", points=points, seconds=140.0))
    assert kept is not None
    assert kept.kind == "flat"
    # Between the loads as many requests again, which nobody watched.
    leaking = tuple(
        MemoryPoint(requests=100 * t + 2000 * (t // 20), memory_mb=50 + 22 * (t // 20) + 0.1 * t, stretch=t // 20)
        for t in range(140)
    )
    kept = kept_of(Life(pid="7", points=leaking, seconds=140.0))
    assert kept is not None
    assert (kept.kind, round(kept.bytes.value)) == ("leak", 1000)
    assert kept.per_minute_mb == pytest.approx(6.0)


def test_the_worst_worker_is_a_leak_before_a_cache_and_of_leaks_the_larger() -> None:
    courses = {"1": 300.0, "2": 4000.0, "3": 0.0}
    found = [kept_of(life(lambda t, size=size: size * RATE * t, 60, pid=pid)) for pid, size in courses.items()]  # type: ignore[misc]
    cache = kept_of(life(COURSES["random keys, τ = 67 s"][0], 60, pid="4"))
    most = worst([one for one in [*found, cache] if one is not None])
    assert most is not None
    assert (most.pid, most.kind) == ("2", "leak")


def test_of_few_requests_what_a_service_takes_to_begin_is_no_leak() -> None:
    points = tuple(MemoryPoint(requests=20 * t, memory_mb=50 + 0.004 * t) for t in range(60))
    kept = kept_of(Life(pid="7", points=points, seconds=60.0))
    assert kept is not None
    assert (kept.kind, round(kept.bytes.value)) == ("flat", 200)


def test_too_short_a_life_is_not_judged() -> None:
    assert kept_of(life(lambda t: 4150.0 * RATE * t, 20)) is None


def test_the_plateau_of_a_cache_is_foreseen_once_it_bends() -> None:
    course = [(float(t), 50 + 100 * (1 - math.exp(-t / 67))) for t in range(160)]
    plateau = plateau_of(course)
    assert plateau is not None
    assert plateau.value == pytest.approx(150, rel=0.02)
    assert plateau.tau == pytest.approx(67, rel=0.1)
    assert plateau_of([(float(t), 50.0 + t) for t in range(160)]) is None
    full = plateau_of([(float(t), 50.0 + 2 * min(t, 50)) for t in range(60)])
    assert full is not None
    assert full.value == pytest.approx(150, rel=0.02)


def test_of_a_slope_the_interval_is_wider_the_less_is_known() -> None:
    rng = random.Random(1)
    calm = slope_of([[(float(t), 2.0 * t + rng.gauss(0, 1)) for t in range(24)]])
    wild = slope_of([[(float(t), 2.0 * t + rng.gauss(0, 30)) for t in range(24)]])
    assert calm is not None
    assert wild is not None
    assert calm.low <= 2 <= calm.high
    assert wild.high - wild.low > 5 * (calm.high - calm.low)


def test_what_is_left_is_the_control_groups_where_that_is_less() -> None:
    room = room_of(available=8000.0, used=1500.0, limit=2000.0)
    assert room is not None
    assert (room.left_mb, room.of, room.lasts_s(50.0)) == (500.0, "the control group", 600.0)
    machine = room_of(available=8000.0, used=None, limit=None)
    assert machine is not None
    assert machine.of == "the machine"
    assert machine.lasts_s(0.0) is None

"""A run file with a load as a real service shows it: a ramp, a slow spell, failures, a gap, names that look like HTML."""

from __future__ import annotations

import random
from pathlib import Path

from loadcell.histogram import Histogram
from loadcell.messages import EntryCounts, ErrorCount, ExceptionCount, Health, Interval
from loadcell.objectives import Result
from loadcell.store import RunFacts, RunReader, RunWriter, StoredReading, StoredStage

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>"
ENTRIES = (
    ("GET", "/", 6.0, 0.35, 0.40),
    ("GET", "/api/v1/products?category=[category]&page=[page]&sort=[sort]&currency=[currency]", 11.0, 0.5, 0.25),
    ("GET", "/api/v1/products/{id}", 4.2, 0.3, 0.20),
    ("POST", "/api/v1/orders", 38.0, 0.6, 0.10),
    ("GET", HOSTILE, 9.0, 0.4, 0.05),
)
STARTED = 1_795_000_000.25


def synthetic_run(
    folder: Path,
    *,
    seconds: int = 120,
    rps: int = 400,
    users: int = 100,
    ramp_s: float = 20.0,
    gap: bool = True,
    stop_s: float | None = None,
    verdict: str = "none",
    objectives: list[Result] | None = None,
) -> Path:
    """Write a finished run of `seconds` seconds that carries up to `rps` requests a second; its path."""
    rng = random.Random(7)
    facts = RunFacts(
        id="20261118-140640-shop",
        started=STARTED,
        scenario="examples/shop.py",
        host="http://127.0.0.1:8000",
        plan=f"{users} users at {users / ramp_s:g}/s for {seconds} s",
        generators=2,
        users=users,
        spawn_rate=users / ramp_s,
        run_time_s=seconds,
        command="loadcell run -f examples/shop.py",
        environment={
            "generator": {"cores": 8, "memory_gb": 16, "python": "3.11.2", "loadcell": "0.1.0"},
            "target": {"workers": 2},
        },
    )
    writer = RunWriter.create(folder, facts)
    for second in range(seconds):
        writer.interval(_interval(rng, second, seconds, rps, users, ramp_s, gap))
        writer.commit()
    writer.event(ramp_s - 0.02, "spawning_complete", f"All users spawned: {users} in {ramp_s:.1f} s.")
    writer.event(seconds * 0.6, "generator_lost", "Generator 2 was killed (signal 9); its 50 users move on.", "warning")
    if stop_s is not None:
        writer.event(stop_s, "stopping", "the users were stopped")
    writer.finish(1, ["Requests failed."], verdict, float(seconds), objectives)
    return writer.path


def _interval(rng: random.Random, second: int, seconds: int, rps: int, users: int, ramp_s: float, gap: bool) -> Interval:
    level = min(1.0, (second + 1) / ramp_s)
    slow = 4.0 if 0.55 * seconds < second < 0.65 * seconds else 1.0
    silent = gap and 0.78 * seconds < second < 0.84 * seconds
    entries, errors = [], []
    for method, name, median_ms, sigma, weight in ENTRIES:
        requests = 0 if silent else round(rps * level * weight * rng.uniform(0.92, 1.05) / slow**0.5)
        if requests:
            counts, failed = _counts(rng, method, name, requests, median_ms * slow * (0.7 + level * 0.3), sigma)
            entries.append(counts)
            if failed:
                text = f"HTTPError('503 Server Error: Service Unavailable for url: {name}')"
                errors.append(ErrorCount(method, name, text, failed, second + 0.1, second + 0.9))
    exceptions = []
    if second % 17 == 3:
        traceback = 'Traceback (most recent call last):\n  File "shop.py", line 31, in order\nKeyError: <id>\n'
        exceptions = [ExceptionCount("KeyError: <id>", traceback, 1)]
    health = {str(n): Health(cpu=55 * level + n, lag_ms=rng.uniform(0.5, 6), memory_mb=80 + n) for n in (1, 2)}
    return Interval(
        second, second, second + 1.0, round(users * level), {"Shopper": round(users * level)}, entries, errors,
        exceptions, health,
    )  # fmt: skip


def _counts(
    rng: random.Random, method: str, name: str, requests: int, median_ms: float, sigma: float
) -> tuple[EntryCounts, int]:
    ok, failed = Histogram(), Histogram()
    times = [max(150, round(median_ms * 1000 * rng.lognormvariate(0, sigma))) for _ in range(requests)]
    failures = 0
    for us in times:
        if method == "POST" and us > 110_000 and rng.random() < 0.6:
            failed.record(us)
            failures += 1
        else:
            ok.record(us)
    counts = EntryCounts(
        method, name, requests, failures, received=requests * 2400, total_us=sum(times), min_us=min(times),
        max_us=max(times), ok=ok.to_bytes(), failed=failed.to_bytes(), connects=1 if requests else 0,
    )  # fmt: skip
    return counts, failures


def watched_run(
    folder: Path,
    *,
    loop_cpu: float,
    failed: int = 0,
    watched: bool = True,
    seconds: int = 20,
    name: str = "/a",
    kept_mb: float = 0.0,
    slower_us: int = 0,
    replaced_s: int | None = None,
    run: str = "20261126-120000-x",
) -> RunReader:
    """A run of 2 users for 2 s and 20 from then on; the loop is as busy as said, a tenth of it before.

    Each second `kept_mb` more memory is held and requests take `slower_us` longer; at `replaced_s` worker 7 is by worker 8.
    """
    writer = RunWriter.create(folder, RunFacts(id=run, started=1.8e9, scenario="x.py"))
    for second in range(seconds):
        users = 2 if second < 2 else 20
        ok, bad = Histogram(), Histogram()
        for number in range(users * 5):
            (bad if number < failed else ok).record(10_000 if users == 2 else 100_000 + slower_us * second)
        total = users * 5 * (10_000 if users == 2 else 100_000)
        entry = EntryCounts("GET", name, users * 5, failed, received=1, total_us=total, min_us=1, max_us=200_000,
                            ok=ok.to_bytes(), failed=bad.to_bytes())  # fmt: skip
        errors = [ErrorCount("GET", name, "HTTPError('500 Server Error')", failed, second, second)] if failed else []
        health = {"1": Health(cpu=10.0, lag_ms=1.0, memory_mb=50.0)}
        writer.interval(Interval(second, second, second + 1.0, users, {"U": users}, [entry], errors, [], health))
        if watched:
            share = loop_cpu if users == 20 else loop_cpu / 10
            values = {"loop_cpu": share, "worker_cpu": share, "loop_wait": 1.0, "worker_threads": 5.0}
            values["worker_memory"] = 50.0 + kept_mb * second  # MB
            pid = "7" if replaced_s is None or second < replaced_s else "8"
            if second == replaced_s:
                writer.readings([StoredReading(second + 1.0, "processes", "worker_started", 1.0, "", pid)])
            values["worker_memory"] -= kept_mb * (replaced_s or 0) if pid == "8" else 0.0
            writer.readings(
                [StoredReading(second + 1.0, "processes", signal, value, "", pid) for signal, value in values.items()]
            )
            ones = {"workers": 1.0, "service_cores": 4.0, "host_cores": 4.0, "host_cpu": 30.0}
            writer.readings([StoredReading(second + 1.0, "host", signal, value) for signal, value in ones.items()])
        writer.commit()
    writer.finish(0, [], "none", float(seconds))
    return RunReader.open(writer.path)


def stepped_run(
    folder: Path,
    *,
    loads: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64),
    pool: int = 3,
    phase: str = "load",
    run: str = "20261126-130000-x",
) -> RunReader:
    """Stages of 5 s with so many users of a service that has a pool of connections, each of which serves 100 requests/s."""
    writer = RunWriter.create(folder, RunFacts(id=run, started=1.8e9, scenario="x.py"))
    for number, users in enumerate(loads):
        requests = 100 * min(users, pool)
        took_ms = 1000 * users / requests
        for second in range(5 * number, 5 * number + 5):
            ok = Histogram()
            for _ in range(requests):
                ok.record(round(1000 * took_ms))
            entry = EntryCounts("GET", "/a", requests, 0, received=1, total_us=round(requests * 1000 * took_ms), min_us=1,
                                max_us=round(1000 * took_ms), ok=ok.to_bytes())  # fmt: skip
            health = {"1": Health(cpu=10.0, lag_ms=1.0, memory_mb=50.0)}
            writer.interval(Interval(second, second, second + 1.0, users, {"U": users}, [entry], [], [], health))
            seen = {
                "requests_finished": float(requests),
                "request_time": took_ms - 0.5,
                "request_db": 9.0,
                "request_rest": 0.5,
                "request_pool_wait": took_ms - 10.0,
                "request_http": 0.0,
                "loop_cpu": 20.0,
                "loop_busy": 20.0,
                "pool_checked_out": float(min(users, pool)),
                "worker_cpu": 20.0,
                "worker_memory": 60.0,
            }
            writer.readings([StoredReading(second + 1.0, "probe", name, value, "", "7") for name, value in seen.items()])
            writer.commit()
        writer.stage(StoredStage(phase=phase, users=users, start_s=5.0 * number, end_s=5.0 * number + 5))
    writer.finish(0, [], "none", 5.0 * len(loads))
    return RunReader.open(writer.path)


def steady_run(
    folder: Path,
    name: str,
    *,
    slower: float = 1.0,
    seconds: int = 60,
    rps: int = 60,
    users: int = 20,
    rate: float | None = None,
    failing: float = 0.0,
    entries: tuple[tuple[str, str, float], ...] = (("GET", "/items", 0.7), ("POST", "/orders", 0.3)),
    capacity: dict[str, float | bool | str | int | None] | None = None,
    target: dict[str, object] | None = None,
    verdict: str = "none",
    finished: bool = True,
    command: str = "",
    valley: tuple[int, int] | None = None,
    lowest: int | None = None,
    seed: int = 0,
) -> Path:
    """A run at one load from its first second on; entries are (method, name, share), `slower` stretches their times.

    In the seconds of the `valley` there is a quarter of the users, and requests are four times as fast. With `lowest` it is
    an assessment that missed its objectives at so many users already.
    """
    rng = random.Random(seed)
    environment = {"generator": {"cores": 2}, "target": target or {"workers": 2}}
    facts = RunFacts(
        id=name, started=STARTED + seed, scenario="shop.py", host="http://127.0.0.1:8000", users=users,
        model="closed" if rate is None else "open", environment=environment, command=command,
        effort="quick" if lowest else "",
    )  # fmt: skip
    writer = RunWriter.create(folder, facts)
    for second in range(seconds):
        found = []
        down = 4 if valley and valley[0] <= second < valley[1] else 1
        for number, (method, path, share) in enumerate(entries):
            requests = round(rps * share)
            times = [round(slower / down * 1000 * (10 + 5 * number) * rng.lognormvariate(0, 0.4)) for _ in range(requests)]
            bad = sum(rng.random() < failing for _ in times)
            ok, failed = Histogram(), Histogram()
            failed.record_all(times[:bad])
            ok.record_all(times[bad:])
            found.append(
                EntryCounts(
                    method,
                    path,
                    requests,
                    bad,
                    received=1,
                    total_us=sum(times),
                    min_us=min(times, default=None),
                    max_us=max(times, default=None),
                    ok=ok.to_bytes(),
                    failed=failed.to_bytes(),
                )
            )
        health = {"1": Health(cpu=10.0, lag_ms=1.0, memory_mb=50.0)}
        writer.interval(Interval(second, second, second + 1.0, users // down, {"U": users // down}, found, [], [], health))
    if rate is not None:
        writer.stage(StoredStage(phase="load", rate=rate, start_s=0.0, end_s=float(seconds)))
    if lowest is not None:
        writer.stage(StoredStage(phase="baseline", users=lowest, start_s=0.0, end_s=float(seconds)))
    if capacity is not None:
        writer.result("capacity", capacity)
    writer.commit()
    if finished:
        writer.finish(0, ["the generator was the limit"] if verdict == "invalid" else [], verdict, float(seconds))
    return writer.path

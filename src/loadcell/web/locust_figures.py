"""What Locust's page answers to those who ask for figures, made of a run of ours; pure. Times in ms."""

from __future__ import annotations

from typing import Any

from loadcell.merge import EntryTotal
from loadcell.validity import LEAD
from loadcell.web.live import Live, latency_of

STATISTICS = (0.95, 0.99)
CHART = (0.5, 0.95)
MOST = 500

_STATES = {"starting": "spawning", "stopping": "cleanup"}


def state(own: str) -> str:
    """Locust's word for a state of ours."""
    return _STATES.get(own, own)


def requests(live: Live, own_state: str, started: float) -> dict[str, Any]:
    """The answer to /stats/requests; `started` is the run's start in s since 1970."""
    total, now = live.total(), live.window.total()
    entries = sorted(live.totals.values(), key=lambda one: (one.method, one.name))[:MOST]
    rates = [(one, live.window.rates((one.method, one.name))) for one in entries]
    rates.append((total, (now.rps, now.failures_per_s)))
    per_s = 1 / live.counted_s if live.counted_s else 0.0
    return {
        "stats": [entry(one, *now_per_s, per_s) for one, now_per_s in rates],
        "errors": [
            {
                "error": failure.error,
                "first_seen": started + failure.first_s,
                "last_seen": started + failure.last_s,
                "method": failure.method,
                "name": failure.name,
                "occurrences": failure.occurrences,
            }
            for failure in list(live.failures.values())[:MOST]
        ],
        "current_rps": now.rps,
        "current_fail_per_sec": now.failures_per_s,
        "total_rps": total.requests * per_s,
        "total_fail_per_sec": total.failures * per_s,
        "fail_ratio": total.failures / total.requests if total.requests else 0,
        "current_response_time_percentiles": {
            f"response_time_percentile_{share}": time for share, time in zip(CHART, (now.p50, now.p95), strict=True)
        },
        "state": state(own_state),
        "user_count": live.progress.users if live.progress else 0,
        **_workers(live, own_state),
    }


def entry(total: EntryTotal, rps: float, failures_per_s: float, per_s: float) -> dict[str, Any]:
    """One row of the statistics, with its rates now; `per_s` is 1 by the seconds that were counted."""
    times = [us and us / 1000 for us in latency_of(total).percentiles((50.0, *(100 * share for share in STATISTICS)))]
    timed = total.requests - total.untimed
    return {
        "method": total.method,
        "name": total.name,
        "num_requests": total.requests,
        "num_failures": total.failures,
        "min_response_time": round((total.min_us or 0) / 1000),
        "max_response_time": round((total.max_us or 0) / 1000),
        "current_rps": rps,
        "current_fail_per_sec": failures_per_s,
        "avg_response_time": total.total_us / timed / 1000 if timed else 0,
        "median_response_time": times[0] or 0,
        "total_rps": total.requests * per_s,
        "total_fail_per_sec": total.failures * per_s,
        **{f"response_time_percentile_{share}": time or 0 for share, time in zip(STATISTICS, times[1:], strict=True)},
        "avg_content_length": total.received / total.requests if total.requests else 0,
    }


def _workers(live: Live, own_state: str) -> dict[str, Any]:
    """The processes that carry users; nothing where one does everything."""
    carrying = {name: health for name, health in live.health.items() if name != LEAD}
    if len(carrying) < 2:
        return {}
    workers = [
        {
            "id": name,
            "state": state(own_state),
            "user_count": health.users,
            "cpu_usage": health.cpu,
            "memory_usage": health.memory_mb * 1e6,
        }
        for name, health in sorted(carrying.items())
    ]
    return {"workers": workers, "worker_count": len(workers)}

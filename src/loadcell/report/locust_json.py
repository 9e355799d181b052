"""The list that Locust's `--json` prints: one dict per entry, with Locust's keys."""

from __future__ import annotations

from typing import Any

from loadcell.store import EntryTotals, RunReader


def locust_json(reader: RunReader) -> list[dict[str, Any]]:
    """Locust's raw entries. Times in ms; `response_times` counts per whole ms; rates keyed by second since the epoch."""
    start = reader.facts.started
    requests: dict[tuple[str, str], dict[int, int]] = {}
    failures: dict[tuple[str, str], dict[int, int]] = {}
    for second, method, name, row in reader.seconds_per_entry():
        at = int(start) + second
        for counts, count in ((requests, row.requests), (failures, row.failures)):
            per_second = counts.setdefault((method, name), {})
            if count:
                per_second[at] = per_second.get(at, 0) + count
    return [
        _entry(totals, start, requests[totals.method, totals.name], failures[totals.method, totals.name])
        for totals in reader.entries()
        if totals.requests  # A request that was interrupted, or not counted by the scenario's wish, is none to Locust.
    ]


def _entry(totals: EntryTotals, start: float, requests: dict[int, int], failures: dict[int, int]) -> dict[str, Any]:
    response_times: dict[int, int] = {}
    for us, count in totals.latency.buckets():
        key = round(us / 1000)
        response_times[key] = response_times.get(key, 0) + count
    return {
        "name": totals.name,
        "method": totals.method,
        "last_request_timestamp": float(max(requests) + 1) if requests else None,
        "start_time": start,
        "num_requests": totals.requests,
        "num_none_requests": totals.untimed,
        "num_failures": totals.failures,
        "total_response_time": totals.total_us / 1000,
        "max_response_time": (totals.max_us or 0) / 1000,
        "min_response_time": None if totals.min_us is None else totals.min_us / 1000,
        "total_content_length": totals.received,
        "response_times": response_times,
        "num_reqs_per_sec": requests,
        "num_fail_per_sec": failures,
    }

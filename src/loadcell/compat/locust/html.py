"""Locust's HTML report for scripts that write it themselves: its tables as one page that needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from loadcell.compat.locust import stats
from loadcell.compat.locust.user.inspectuser import get_ratio
from loadcell.compat.locust.util.date import format_duration, format_utc_timestamp
from loadcell.compat.tables import readable_percentiles

if TYPE_CHECKING:
    from loadcell.compat.figures import StatsEntry
    from loadcell.compat.locust.env import Environment
    from loadcell.compat.locust.runners import Runner

PERCENTILES_FOR_HTML_REPORT = [0.50, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0]

_LIGHT = "color-scheme:light;background:#fff;color:#222"
_DARK = "color-scheme:dark;background:#1c1c1e;color:#eee"
_STYLE = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:2em}table{border-collapse:collapse;margin-bottom:2em}"
    "th,td{border:1px solid #8886;padding:.25em .6em;text-align:left;vertical-align:top}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}pre{margin:0;white-space:pre-wrap}"
)


def process_html_filename(options: Any) -> None:
    """Fill in {u}, {r} and {t} in `options.html_file` with users, spawn rate and run time (s)."""
    for term, value in (("{u}", options.num_users), ("{r}", options.spawn_rate), ("{t}", options.run_time)):
        if value is not None:
            text = str(int(value)) if float(value).is_integer() else str(value)
            options.html_file = options.html_file.replace(term, text)


def get_html_report(environment: Environment, show_download_link: bool = True, theme: str = "") -> str:
    """The report of what `environment` has measured so far; dark if `theme` is "dark". ValueError without a runner.

    `show_download_link` has no effect: the page is the file.
    """
    runner = environment.runner
    if runner is None:
        raise ValueError("There is nothing to report without a runner: call environment.create_local_runner() first.")
    parts = [
        _facts(environment, runner),
        *_figures(environment),
        *_mistakes(environment, runner),
        _history(environment),
        *_ratios(environment, runner),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Load test report</title>'
        f"<style>{_STYLE}body{{{_DARK if theme == 'dark' else _LIGHT}}}</style></head>\n"
        "<body><h1>Load test report</h1>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _facts(environment: Environment, runner: Runner) -> str:
    figures = environment.stats
    began = figures.start_time
    ended = figures.last_request_timestamp or began
    hosts = {environment.host} if environment.host else {cls.host for cls in runner.user_classes}
    rows: list[list[Any]] = [
        ["During", f"{format_utc_timestamp(began)} – {format_utc_timestamp(ended)} ({format_duration(began, ended)})"],
        ["Target host", ", ".join(sorted(host for host in hosts if host)) or "None"],
        ["Script", environment.locustfile],
    ]
    if environment.profile:
        rows.append(["Profile", environment.profile])
    return _table("", [], rows)


def _figures(environment: Environment) -> list[str]:
    found = environment.stats
    entries = [*stats.sort_stats(found.entries), found.total]
    names = readable_percentiles(PERCENTILES_FOR_HTML_REPORT)
    timed = [
        [*_who(entry), *(entry.get_response_time_percentile(p) for p in PERCENTILES_FOR_HTML_REPORT)] for entry in entries
    ]
    counted: list[list[Any]] = [
        [
            *_who(entry),
            entry.num_requests,
            entry.num_failures,
            entry.avg_response_time,
            entry.min_response_time or 0,
            entry.max_response_time,
            entry.avg_content_length,
            entry.total_rps,
            entry.total_fail_per_sec,
        ]
        for entry in entries
    ]
    sizes = ["Average (ms)", "Min (ms)", "Max (ms)", "Average size (bytes)", "RPS", "Failures/s"]
    return [
        _table("Request Statistics", ["Type", "Name", "# Requests", "# Fails", *sizes], counted),
        _table("Response Time Statistics", ["Method", "Name", *(f"{name}ile (ms)" for name in names)], timed),
    ]


def _who(entry: StatsEntry) -> list[str]:
    return [entry.method or "", entry.name]


def _mistakes(environment: Environment, runner: Runner) -> list[str]:
    errors = [error.to_dict() for error in stats.sort_stats(environment.stats.errors)]
    failures = [[error["occurrences"], error["method"], error["name"], error["error"]] for error in errors]
    exceptions = [
        [row["count"], row["msg"], _Trace(row["traceback"]), ", ".join(sorted(row["nodes"]))]
        for row in runner.exceptions.values()
    ]
    found = []
    if failures:
        found.append(_table("Failures Statistics", ["# Failures", "Method", "Name", "Message"], failures))
    if exceptions:
        found.append(_table("Exceptions Statistics", ["# Occurrences", "Message", "Traceback", "Nodes"], exceptions))
    return found


def _history(environment: Environment) -> str:
    """The figures over time as a table, where a chart would be, and as data for those who draw one."""
    rows = list(environment.stats.history)
    if not rows:
        return ""
    columns = [key for key in rows[-1] if key != "time"]
    table = _table(
        "History", ["Time", *columns], [[row["time"], *(row.get(c, ("", ""))[1] for c in columns)] for row in rows]
    )
    # </script> inside of a name must not end the element.
    data = json.dumps(rows).replace("<", "\\u003c")
    return f'{table}\n<script type="application/json" id="history">{data}</script>'


def _ratios(environment: Environment, runner: Runner) -> list[str]:
    # Once the test has stopped nobody runs: what counts is who ran.
    running = dict(runner.user_classes_count)
    spawned = running if any(running.values()) else dict(runner.final_user_classes_count)
    return [
        f"<h2>{title}</h2>\n{_tree(get_ratio(environment.user_classes, spawned, total))}"
        for title, total in (("Ratio Per Class", False), ("Total Ratio", True))
    ]


def _tree(ratios: Mapping[str, Any]) -> str:
    items = "".join(
        f"<li>{found['ratio'] * 100:.1f}% {escape(name)}{_tree(found.get('tasks', {}))}</li>"
        for name, found in ratios.items()
    )
    return f"<ul>{items}</ul>" if items else ""


class _Trace(str):
    """Text whose line breaks matter."""

    __slots__ = ()


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return (f"<h2>{escape(title)}</h2>\n" if title else "") + f"<table><tr>{head}</tr>\n{body}</table>"


def _cell(value: Any) -> str:
    if isinstance(value, _Trace):
        return f"<td><pre>{escape(value)}</pre></td>"
    if isinstance(value, int | float):
        return f'<td class="n">{value if isinstance(value, int) else round(value, 2)}</td>'
    return f"<td>{escape(str(value))}</td>"

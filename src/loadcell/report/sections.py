"""The parts of the HTML report that are text and tables: result document → escaped HTML."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from html import escape
from pathlib import PurePath
from typing import Any

from loadcell.objectives import Result
from loadcell.report import assessment, cause_charts, causes, next_steps, over_time, scaling, service, verdict, waterfall
from loadcell.report.markup import cell, chart, section, table
from loadcell.report.terminal import milliseconds, rate, size

ASSESSED = ("capacity", "recovery")
"""The figures that only an assessment has."""
_NOT_COUNTED = {"interrupted": "interrupted", "left_out": "left out"}
_TIMES = ("avg_ms", "min_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "p999_ms", "max_ms")


def heading(result: dict[str, Any]) -> str:
    """What was put under load."""
    run = result["run"]
    return escape(run["name"] or f"{PurePath(run['scenario']).name} against {run['host'] or 'its own hosts'}")


def facts(result: dict[str, Any]) -> str:
    """When, how long and with which plan, in one line."""
    run = result["run"]
    started = f"{datetime.fromtimestamp(run['started']).astimezone():%d %B %Y, %H:%M:%S %Z}"
    return escape(" · ".join(part for part in (started, run["plan"], f"run {run['id']}") if part))


def badges(result: dict[str, Any]) -> str:
    """The state and the exit code."""
    run, found = result["run"], []
    state = {"finished": ("", "Finished"), "running": ("warn", "Still running"), "crashed": ("bad", "Crashed")}
    found.append(state[run["state"]])
    if run["exit_code"] is not None:
        found.append(("good" if run["exit_code"] == 0 else "bad", f"Exit code {run['exit_code']}"))
    if not result["generator"]["valid"] and result["verdict"] != "invalid":
        found.append(("warn", "Generators overloaded"))
    return "".join(f'<span class="badge {kind}">{escape(words)}</span>' for kind, words in found)


def body(result: dict[str, Any], names: Sequence[str], *, places: Collection[str]) -> Iterator[str]:
    """The page's sections in order; `names` are the choices of the distribution, `places` those with a figure."""
    yield _verdict(result)
    yield _assessment(result)
    yield _causes(result, places)
    yield _waterfall(result)
    yield _scaling(result)
    yield _over_time(result)
    if assessed := [f'<div class="card">{chart(place, linked=False)}</div>' for place in ASSESSED if place in places]:
        yield f'<div class="charts wide">{"".join(assessed)}</div>'
    yield _next(result)
    yield _tiles(result)
    yield _notices(result)
    shown = ("throughput", "response_times", "users", "health", "service_cpu", "service_memory")
    cards = [f'<div class="card">{chart(place)}</div>' for place in shown if place in places]
    yield f'<div class="charts">{"".join(cards)}</div>'
    yield _entries(result)
    yield _distribution(names)
    if result["total"]["from_intended"]:
        yield _intended(result)
    if len(result["stages"]) > 1:
        yield _stages(result)
    if result["server"]:
        yield _service(result)
    if result["errors"]:
        yield _errors(result)
    if result["exceptions"]:
        yield _exceptions(result)
    if result["events"]:
        yield _events(result)
    yield _environment(result)


def footer(result: dict[str, Any]) -> str:
    """How to read the figures."""
    return escape(
        "Percentiles come from merged histograms (error at most 0.1 % or 0.5 µs) and include failed requests. "
        f"Rates are per second of the {result['run']['duration_s']:.1f} s measured."
    )


def _verdict(result: dict[str, Any]) -> str:
    results = [Result(**found) for found in result["objectives"]]
    found = verdict.headline(result["verdict"], results)
    if not found and not results:
        return ""
    banner = (
        f'<p class="verdict {found.kind}"><strong>{found.mark} {found.word}</strong> {escape(found.sentence)}</p>'
        if found
        else ""
    )
    rows = [
        [
            cell(row.subject, "words name"),
            cell(row.marked, f"words {row.kind}"),
            cell(row.measured, row.kind),
            cell(row.demand),
            cell(row.stage, "words"),
            cell(row.reason, "words long"),
        ]
        for row in verdict.rows(results)
    ]
    headings = ["Objective", "Result", "Measured", "Limit", "Stage", "Why"]
    if not any(found.reason for found in results):
        headings, rows = headings[:-1], [row[:-1] for row in rows]
    found_table = table(headings, rows, words={0, 1, 4, 5}) if rows else ""
    return f'<section class="card judgement">{banner}{found_table}</section>'


def _assessment(result: dict[str, Any]) -> str:
    """Capacity, breaking point and recovery; nothing for a plain run."""
    found = assessment.lines(result)
    if not found:
        return ""
    items = "".join(
        f'<div class="finding"><dt>{escape(line.label)}</dt><dd><strong>{escape(line.value)}</strong> '
        f"<span>{escape(line.detail)}</span></dd></div>"
        for line in found
    )
    return f'<section class="card"><dl class="findings">{items}</dl></section>'


def _causes(result: dict[str, Any], places: Collection[str]) -> str:
    """Why the service carries no more, with the evidence and a chart of it; nothing where nobody could tell."""
    blocks = [_cause(cause) for cause in causes.causes(result["findings"])]
    for number, block in enumerate(blocks):
        if f"cause-{number}" in places:
            shaded = result["findings"][number]["code"] not in cause_charts.OVER_THE_RUN
            note = '<p class="unseen">Shaded: the seconds by which it was judged.</p>' if shaded else ""
            beside = f"{chart(f'cause-{number}')}{note}"
            blocks[number] = f'<div class="beside"><div>{block}</div><div>{beside}</div></div>'
    if nothing := causes.conclusion(result):
        blocks.append(f"<p><strong>{escape(nothing[0])}</strong> {escape(nothing[1])}</p>")
    if not blocks:
        return ""
    notes = "".join(f'<p class="unseen">{escape(text)}</p>' for text in causes.remarks(result))
    return f'<section class="card causes"><h2>Why it carries no more</h2>{"".join(blocks)}{notes}</section>'


def _cause(cause: causes.Cause) -> str:
    rows = []
    for piece in cause.evidence:
        # The value and its words read as one sentence.
        worker = "worker " if piece.about.isdigit() else ""
        about = f" ({worker}{piece.about})" if piece.about else ""
        rows.append([cell(piece.value), cell(piece.words + about, "words long"), cell(piece.source, "words")])
    where = f"<dt>Where</dt><dd><code>{escape(cause.where)}</code></dd>" if cause.where else ""
    unseen = "".join(f'<p class="unseen">{escape(text)}</p>' for text in cause.unseen)
    return (
        f'<article class="cause"><h3>{cause.label}: {escape(cause.summary)}</h3>'
        f"<dl>{where}<dt>What to do</dt><dd>{escape(cause.advice)}</dd>"
        f"<dt>How sure</dt><dd>{escape(cause.confidence)} · {escape(cause.code)}</dd></dl>"
        f"{table(['Value', 'Evidence', 'Seen by'], rows, words={1, 2})}{unseen}</article>"
    )


def _waterfall(result: dict[str, Any]) -> str:
    """Where a request's time goes at each load; nothing without a probe, or for a single load."""
    found = result["waterfall"]
    if not found:
        return ""
    sentence = f"<p>{escape(waterfall.sentence(found))}</p>"
    return section("Which part of a request grows", sentence + chart("waterfall", linked=False))


def _scaling(result: dict[str, Any]) -> str:
    """How throughput grows with the requests in the service; nothing for fewer than six loads."""
    found = result["scaling"]
    if not found:
        return ""
    words = "".join(f"<p>{escape(text)}</p>" for text in (scaling.sentence(found, result["findings"]), scaling.law(found)))
    return section("Where throughput stops", words + chart("scaling", linked=False))


def _over_time(result: dict[str, Any]) -> str:
    """What changed while the load did not; nothing where no load was held for long."""
    found = over_time.lines(result["over_time"])
    if not found:
        return ""
    items = "".join(
        f'<div class="finding"><dt>{escape(line.label)}</dt><dd><strong>{escape(line.value)}</strong> '
        f"<span>{escape(line.detail)}</span></dd></div>"
        for line in found
    )
    heading = f"<h2>Over time, at {escape(result['over_time']['load'])}</h2>"
    return f'<section class="card">{heading}<dl class="findings">{items}</dl></section>'


def _next(result: dict[str, Any]) -> str:
    """What to do next; nothing while the run is under way."""
    items = "".join(
        f"<li>{escape(step.words)}{f'<code>{escape(step.command)}</code>' if step.command else ''}</li>"
        for step in next_steps.steps(result)
    )
    return section("What to do next", f'<ol class="next">{items}</ol>') if items else ""


def _tiles(result: dict[str, Any]) -> str:
    total, run = result["total"], result["run"]
    percent = 100 * total["error_rate"]
    failed = "none failed" if not total["failures"] else f"{'<0.01' if percent < 0.01 else f'{percent:.2f}'} % of all"
    tiles = [
        ("Requests", f"{total['requests']:,}", "", _beside_requests(total), ""),
        ("Failures", f"{total['failures']:,}", "", failed, "bad" if total["failures"] else ""),
        ("Throughput", rate(total["rps"]), "req/s", f"{rate(total['ok_rps'])} ok/s", ""),
        ("Median", milliseconds(total["p50_ms"]), "ms", f"average {milliseconds(total['avg_ms'])} ms", ""),
        ("p95", milliseconds(total["p95_ms"]), "ms", f"p90 {milliseconds(total['p90_ms'])} ms", ""),
        ("p99", milliseconds(total["p99_ms"]), "ms", f"longest {milliseconds(total['max_ms'])} ms", ""),
        _load_tile(result),
        ("Duration", *_duration(run["duration_s"]), _count(run["generators"], "generator"), ""),
    ]  # fmt: skip
    return (
        '<div class="tiles">'
        + "".join(
            f'<div class="tile {kind}"><div class="label">{label}</div><div class="value">{escape(value)}'
            f'{f"<small>{unit}</small>" if unit else ""}</div><div class="note">{escape(note)}</div></div>'
            for label, value, unit, note, kind in tiles
        )
        + "</div>"
    )


def _load_tile(result: dict[str, Any]) -> tuple[str, str, str, str, str]:
    """How much load there was: users, or in the open model iterations/s."""
    if starts := result["starts"]:
        late = (
            f"{starts['dropped']:,} dropped" if starts["dropped"] else f"p99 {milliseconds(starts['late_p99_ms'])} ms late"
        )
        return ("Iterations", rate(starts["per_s"]), "/s", late, "bad" if starts["dropped"] else "")
    users = f"{max((stage['users'] for stage in result['stages']), default=0):,}"
    return ("Users", users, "", f"{result['run']['spawn_rate']:g}/s started", "")


def _notices(result: dict[str, Any]) -> str:
    texts = tuple(f"{objective['text']}: " for objective in result["objectives"])
    lines = [reason for reason in result["reasons"] if not reason.startswith(texts)]
    lines += result["generator"]["reasons"] if result["verdict"] != "invalid" else []
    lines += [event["text"] for event in result["events"] if event["level"].lower() in ("warning", "error")][:10]
    if not lines:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<div class="notice" role="note"><ul>{items}</ul></div>'


def _service(result: dict[str, Any]) -> str:
    """What the service felt, as far as somebody watched."""
    rows = [[cell(row.label, "words"), cell(row.average), cell(row.greatest)] for row in service.rows(result["server"])]
    return section("The service", table(["Signal", "Average", "Highest"], rows, words={0}))


def _entries(result: dict[str, Any]) -> str:
    headings = [
        ("Method", True), ("Name", True), ("Requests", False), ("Failures", False), ("Failed %", False),
        *((f"{name.removesuffix('_ms').replace('p999', 'p99.9')} ms", False) for name in _TIMES),
        ("req/s", False), ("ok/s", False), ("Received", False),
    ]  # fmt: skip
    head = "".join(
        f'<th scope="col"{" class=words" if words else ""}><button type="button">{text}</button></th>'
        for text, words in headings
    )
    rows = "".join(f"<tr>{_entry_cells(entry)}</tr>" for entry in result["entries"])
    total = f'<tr class="total">{_entry_cells(result["total"])}</tr>'
    table = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody><tfoot>{total}</tfoot>"
    return section("Entries", f'<div class="scroll"><table class="sortable">{table}</table></div>')


def _entry_cells(entry: dict[str, Any]) -> str:
    bad = "bad" if entry["failures"] else ""
    cells = [
        cell(entry["method"], "words"),
        cell(entry["name"], "words name"),
        cell(f"{entry['requests']:,}", "", entry["requests"]),
        cell(f"{entry['failures']:,}", bad, entry["failures"]),
        cell(f"{100 * entry['error_rate']:.2f}", bad, entry["error_rate"]),
        *(cell(milliseconds(entry[name]), "", entry[name] or 0) for name in _TIMES),
        cell(rate(entry["rps"]), "", entry["rps"]),
        cell(rate(entry["ok_rps"]), "", entry["ok_rps"]),
        cell(size(entry["bytes"]), "", entry["bytes"]),
    ]
    return "".join(cells)


def _distribution(names: Sequence[str]) -> str:
    choices = "".join(f'<option value="{number}">{escape(name)}</option>' for number, name in enumerate(names))
    return (
        '<section class="card"><div class="head"><h2>Response times by entry</h2>'
        f'<select id="entry" aria-label="Entry">{choices}</select></div>'
        '<div class="chart" id="distribution" data-figure="distribution"></div></section>'
    )


def _intended(result: dict[str, Any]) -> str:
    names = list(result["total"]["from_intended"])
    rows = [
        [
            cell(entry["method"], "words"),
            cell(entry["name"], "words name"),
            *(cell(milliseconds((entry["from_intended"] or {}).get(name))) for name in names),
        ]
        for entry in (*result["entries"], result["total"])
    ]
    headings = ["Method", "Name", *(f"{name.removesuffix('_ms').replace('p999', 'p99.9')} ms" for name in names)]
    return section("Response times from when the iteration was due", table(headings, rows, words={0, 1}))


def _stages(result: dict[str, Any]) -> str:
    rows = [
        [
            cell(_stage_name(stage), "words" if stage["passed"] is not False else "words bad"),
            cell(f"{stage['start_s']:.0f}"),
            cell(f"{stage['duration_s']:.0f}"),
            cell(f"{stage['users']:,}"),
            cell("" if stage["rate"] is None else f"{stage['rate']:,g}"),
            cell(f"{stage['requests']:,}"),
            cell(f"{100 * stage['error_rate']:.2f}", "bad" if stage["failures"] else ""),
            cell(rate(stage["rps"])),
            *(cell(milliseconds(stage[name])) for name in ("p50_ms", "p95_ms", "p99_ms")),
        ]
        for stage in result["stages"]
    ]
    times = ["p50 ms", "p95 ms", "p99 ms"]
    headings = ["Stage", "Start s", "Duration s", "Users", "iter/s", "Requests", "Failed %", "req/s", *times]
    return section("Stages", table(headings, rows, words={0}))


def _stage_name(stage: dict[str, Any]) -> str:
    marks = {True: f" {verdict.MARKS['good']} passed", False: f" {verdict.MARKS['bad']} failed"}
    return f"{stage['phase']}{marks.get(stage['passed'], '')}"


def _errors(result: dict[str, Any]) -> str:
    rows = [
        [
            cell(f"{error['occurrences']:,}"),
            cell(error["method"], "words"),
            cell(error["name"], "words name"),
            cell(error["error"], "words long"),
            cell(f"{error['first_s']:.1f}"),
            cell(f"{error['last_s']:.1f}"),
        ]
        for error in result["errors"]
    ]
    headings = ["Count", "Method", "Name", "Error", "First at s", "Last at s"]
    return section("Errors", chart("errors") + table(headings, rows, words={1, 2, 3}))


def _exceptions(result: dict[str, Any]) -> str:
    items = "".join(
        f'<details><summary><span class="count">{found["occurrences"]:,} ×</span>{escape(found["message"])}</summary>'
        f"<pre>{escape(found['traceback'])}</pre></details>"
        for found in result["exceptions"]
    )
    return section("Exceptions in the scenario", items)


def _events(result: dict[str, Any]) -> str:
    rows = [
        [cell(f"{event['at_s']:.1f}"), cell(event["level"], "words"), cell(event["text"], "words long")]
        for event in result["events"]
    ]
    return section("Events", table(["At s", "Level", "What happened"], rows, words={1, 2}))


def _environment(result: dict[str, Any]) -> str:
    run, generator = result["run"], result["generator"]
    about: dict[str, Any] = {"scenario": run["scenario"], "host": run["host"], "command": run["command"]}
    measured = {
        "highest CPU": _unit(generator["cpu_max"], "% of a core"),
        "loop lag p99": _unit(generator["lag_p99_ms"], "ms"),
        "memory": _unit(generator["memory_max_mb"], "MB"),
    }
    columns = {
        "Run": about,
        "Generators": {**result["environment"].get("generator", {}), **measured},
        "Target": result["environment"].get("target", {}),
    }
    blocks = []
    for title, values in columns.items():
        pairs = "".join(
            f"<dt>{escape(str(name).replace('_', ' '))}</dt><dd>{escape(_fact(value))}</dd>"
            for name, value in values.items()
            if value not in (None, "")
        )
        blocks.append(f"<div><h3>{title}</h3><dl>{pairs or '<dd>not known</dd>'}</dl></div>")
    return section("Environment", f'<div class="columns">{"".join(blocks)}</div>')


def _beside_requests(total: dict[str, Any]) -> str:
    notes = [f"{size(total['bytes'])} received"]
    notes += [f"{total[key]:,} {words}" for key, words in _NOT_COUNTED.items() if total[key]]
    return ", ".join(notes)


def _fact(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {inner}" for name, inner in value.items())
    return str(value)


def _duration(seconds: float) -> tuple[str, str]:
    """A number and its unit.

    >>> _duration(151.4), _duration(5405)
    (('2:31', 'min'), ('1:30', 'h'))
    """
    whole = round(seconds)
    if whole < 120:
        return f"{whole}", "s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}:{minutes:02}", "h") if hours else (f"{minutes}:{rest:02}", "min")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _unit(value: float | None, unit: str) -> str | None:
    return None if value is None else f"{value:.1f} {unit}"

"""The summary in the terminal: rich tables, or plain columns where the output is no terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from loadcell.environment import environment_lines
from loadcell.report import assessment, causes, over_time, scaling, service, verdict, waterfall
from loadcell.report.csv_files import wanted_percentiles
from loadcell.report.document import PERCENTILES, entry, from_intended, generator_of, percentiles, stages, starts
from loadcell.report.grid import COLOURS, Column, Grid, cut_middle, print_grid, print_labelled
from loadcell.store import RunReader
from loadcell.text import one_line

WIDE = 118
"""From this many columns on, all figures of an entry go in one table."""
MAX_ROWS = 20
_ALWAYS = {"50%": 50.0, "90%": 90.0, "95%": 95.0, "99%": 99.0, "99.9%": 99.9}
"""What other tables show, whatever the scenario wants in the table of percentiles."""


def print_summary(reader: RunReader, console: Console) -> None:
    """Print a run's final figures on `console`: verdict and objectives, entries, percentiles, errors, what else happened."""
    plain = not console.is_terminal
    width = 10_000 if plain else console.width
    _print_verdict(reader, console)
    _print_assessment(reader, console)
    examined = causes.examined(reader)
    _print_causes(examined, console, width)
    _print_changes(reader, examined["findings"], console, width)
    figures = _figures(reader, wide=plain or width >= WIDE)
    grids = [_objectives(reader), *figures, *_iterations(reader), *_stages(reader), _service(reader), *_troubles(reader)]
    for grid in grids:
        print_grid(grid, console, width)
    _print_notes(reader, console, causes.note(examined))


def _print_assessment(reader: RunReader, console: Console) -> None:
    """Capacity, breaking point and recovery, a line each; nothing for a plain run."""
    names = ("capacity", "breaking_point", "recovery")
    found = assessment.lines({name: reader.result(name) for name in names})
    for line in found:
        text = Text(f"  {line.label:<15}", style="dim")
        text.append(line.value, style="bold not dim")
        if line.detail:
            text.append(f"  {one_line(line.detail)}", style="not bold not dim")
        console.print(text, soft_wrap=True)
    if found:
        console.print()


def _print_causes(examined: dict[str, Any], console: Console, width: int) -> None:
    """Why it carries no more: the cause with where, what to do and the evidence, and what else was seen."""
    last = ""
    for line in causes.lines(examined):
        # A label that repeats is said once.
        print_labelled(line.label if line.label != last else "", line.text, console, width, line.style)
        last = line.label
    if last:
        console.print()


def _print_changes(reader: RunReader, findings: Sequence[Mapping[str, Any]], console: Console, width: int) -> None:
    """How throughput and a request's parts grow with the load, and what changed while it did not, a line each."""
    curves = scaling.found(reader)
    if curves is not None:
        print_labelled("Throughput", scaling.sentence(curves, findings), console, width, "")
    parts = waterfall.found(reader)
    if parts is not None:
        print_labelled("Request time", waterfall.sentence(parts), console, width, "")
    found = over_time.lines(over_time.found(reader))
    for line in found:
        print_labelled(line.label, line.text, console, width, "bold" if line.grows else "")
    if found or parts is not None or curves is not None:
        console.print()


def milliseconds(value: float | None) -> str:
    """A time in ms with about three digits that matter; "–" for none."""
    if value is None:
        return "–"
    if value < 10:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def rate(value: float) -> str:
    """A rate per second with about three digits that matter."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 1000 else f"{value:.0f}"


def size(count: int) -> str:
    """Bytes as kB, MB or GB (powers of 1,000)."""
    for unit, power in (("GB", 1e9), ("MB", 1e6)):
        if count >= power:
            return f"{count / power:.1f} {unit}"
    return f"{count / 1000:.1f} kB"


def share(failures: int, requests: int) -> str:
    """Failures and their share of the requests; a share above 0 is never shown as 0 %."""
    if not failures:
        return "0"
    percent = 100 * failures / requests if requests else 100.0
    return f"{failures} ({'<0.1' if percent < 0.1 else f'{percent:.1f}'}%)"


def _print_verdict(reader: RunReader, console: Console) -> None:
    if found := verdict.headline(reader.verdict, reader.objectives):
        line = Text(f"{found.mark} {found.word.upper()}", style=f"bold {COLOURS[found.kind]}")
        console.print(line.append(f": {found.sentence}", style="not bold default"), soft_wrap=not console.is_terminal)
        console.print()


def _objectives(reader: RunReader) -> Grid:
    rows = verdict.rows(reader.objectives)
    words = [Column("Objective", words=True), Column("Stage", words=True)]
    columns = [*words, Column("Limit"), Column("Measured"), Column("Result", words=True)]
    cells = [[row.subject, row.stage, row.demand, row.measured, row.marked] for row in rows]
    return Grid("Objectives", columns, cells, styles={(i, 4): f"bold {COLOURS[row.kind]}" for i, row in enumerate(rows)})


def _figures(reader: RunReader, *, wide: bool) -> list[Grid]:
    duration_s = reader.counted_s
    everything = [*reader.entries(), reader.total()]
    rows = [entry(totals, duration_s) for totals in everything]
    label = [Column("Method", words=True), Column("Name", words=True)]
    names = [[row["method"], row["name"]] for row in rows]
    red = {(i, 3): "red" for i, row in enumerate(rows) if row["failures"]}

    requests = [[f"{row['requests']}", share(row["failures"], row["requests"])] for row in rows]
    rates = [[rate(row["rps"]), rate(row["ok_rps"])] for row in rows]
    ends = [[milliseconds(row[key]) for key in ("avg_ms", "min_ms", "max_ms")] for row in rows]
    chosen = wanted_percentiles(reader)
    every = [percentiles(totals, chosen | _ALWAYS) for totals in everything]

    def some(keys: Sequence[str]) -> list[list[str]]:
        return [[milliseconds(found[key]) for key in keys] for found in every]

    counts = [Column("Requests"), Column("Failures")]
    speeds = [Column("req/s"), Column("ok/s")]
    received = [[size(row["bytes"])] for row in rows]
    if wide:
        times = [Column(text) for text in ("avg ms", "min ms", "max ms", "p50 ms", "p95 ms", "p99 ms")]
        columns = [*label, *counts, *times, *speeds, Column("Received")]
        cells = _beside(names, requests, ends, some(("50%", "95%", "99%")), rates, received)
        second = [*label, *(Column(name) for name in chosen)]
        return [
            Grid("Requests", columns, cells, total=True, styles=red),
            Grid("Response times in ms, by percentile", second, _beside(names, some(tuple(chosen))), total=True),
        ]
    first = Grid(
        "Requests", [*label, *counts, *speeds, Column("Received")], _beside(names, requests, rates, received), True, red
    )
    short = [Column(text) for text in ("avg", "min", *(f"p{name[:-1]}" for name in tuple(_ALWAYS)), "max")]
    cells = _beside(names, [row[:2] for row in ends], some(tuple(_ALWAYS)), [row[2:] for row in ends])
    return [first, Grid("Response times in ms", [*label, *short], cells, total=True)]


def _iterations(reader: RunReader) -> list[Grid]:
    """How iterations started, and the response times as from when they should have."""
    found = starts(reader)
    if found is None:
        return []
    headings = ("Due", "Started", "Dropped", "iter/s", "late >100 ms", "late p50 ms", "p99 ms", "max ms")
    counts = [f"{found[name]}" for name in ("due", "started", "dropped")]
    late = [milliseconds(found[f"late_{name}"]) for name in ("p50_ms", "p99_ms", "max_ms")]
    rows = []
    for totals in (*reader.entries(), reader.total()):
        times = from_intended(totals) or {}
        rows.append([totals.method, totals.name, *(milliseconds(times.get(name)) for name in PERCENTILES)])
    label = [Column("Method", words=True), Column("Name", words=True)]
    names = [Column(f"p{percent:g}") for percent in PERCENTILES.values()]
    started = [[*counts, rate(found["per_s"]), f"{found['late']}", *late]]
    return [
        Grid("Iterations", [Column(text) for text in headings], started),
        Grid("Response times in ms, from when the iteration was due", [*label, *names], rows, total=True),
    ]


def _stages(reader: RunReader) -> list[Grid]:
    """The stages that the run told of: what a plain run's are is clear from its plan."""
    if not reader.stages():
        return []
    rows = []
    for stage in stages(reader, reader.duration_s):
        level = f"{stage['users']:g}" if stage["rate"] is None else f"{stage['rate']:g}/s"
        rows.append(
            [
                stage["phase"],
                level,
                f"{stage['start_s']:.1f}",
                f"{stage['duration_s']:.1f}",
                f"{stage['requests']}",
                share(stage["failures"], stage["requests"]),
                *(milliseconds(stage[name]) for name in ("p50_ms", "p95_ms", "p99_ms")),
                rate(stage["rps"]),
            ]
        )
    headings = ("Load", "Start s", "Length s", "Requests", "Failures", "p50 ms", "p95 ms", "p99 ms", "req/s")
    return [Grid("Stages", [Column("Stage", words=True), *(Column(text) for text in headings)], rows)]


def _service(reader: RunReader) -> Grid:
    """What the service felt; without rows where nobody watched."""
    found = service.rows(service.figures(reader.signals()))
    columns = [Column("Signal", words=True), Column("Average"), Column("Highest")]
    return Grid("The service", columns, [[row.label, row.average, row.greatest] for row in found])


def _troubles(reader: RunReader) -> list[Grid]:
    errors = reader.errors()
    exceptions = reader.exceptions()
    return [
        Grid(
            _title("Errors", len(errors)),
            [Column("Count"), Column("Method", words=True), Column("Name", words=True), Column("Error", words=True)],
            [[f"{found.occurrences}", found.method, found.name, found.error] for found in errors[:MAX_ROWS]],
        ),
        Grid(
            _title("Exceptions in the scenario", len(exceptions)),
            [Column("Count"), Column("Exception", words=True), Column("Where", words=True)],
            [[f"{found.occurrences}", found.message, _where(found.traceback)] for found in exceptions[:MAX_ROWS]],
        ),
    ]


def _print_notes(reader: RunReader, console: Console, note: str) -> None:
    marks = {"warning": ("Warning: ", "yellow"), "error": ("Error: ", "red")}
    notes = [("info", _headline(reader))]
    notes += [(event.level, f"{event.text} (at {max(0.0, event.at_s):.1f} s)") for event in reader.events()]
    if reader.verdict != "invalid":
        notes += [("warning", reason) for reason in generator_of(reader)["reasons"]]
    notes += [("info", reason) for reason in reader.reasons]
    if interrupted := reader.total().interrupted:
        under_way = f"{interrupted:,} request{' was' if interrupted == 1 else 's were'} under way when users were stopped"
        notes.append(("info", f"{under_way}: not counted above, though the service may have seen them"))
    if left_out := reader.total().left_out:
        which = ", ".join(f"{one.method} {one.name} {one.left_out:,}" for one in reader.entries() if one.left_out)
        sent = f"{left_out:,} request{' was' if left_out == 1 else 's were'} not sent, for --read-only"
        notes.append(("info", f"{sent}: {cut_middle(which, 200)}"))
    if note:
        notes.append(("info", note))
    notes += [("info", line) for line in environment_lines(reader.environment)]
    for level, text in notes:
        mark, style = marks.get(level.lower(), ("", ""))
        line = Text(mark, style=style)
        line.append(one_line(text), style="")
        console.print(line, soft_wrap=not console.is_terminal)


def _headline(reader: RunReader) -> str:
    host = f" against {reader.facts.host}" if reader.facts.host else ""
    return f"Run {reader.facts.id}{host}: {reader.state}, {reader.duration_s:.1f} s, {reader.path}"


def _beside(*blocks: list[list[str]]) -> list[list[str]]:
    return [[cell for part in parts for cell in part] for parts in zip(*blocks, strict=True)]


def _title(what: str, count: int) -> str:
    return what if count <= MAX_ROWS else f"{what}: the {MAX_ROWS} most frequent of {count}"


def _where(traceback: str) -> str:
    """The innermost line of a traceback that names a file."""
    lines = [line.strip() for line in traceback.splitlines() if line.strip().startswith("File ")]
    return lines[-1] if lines else ""

"""What a run has shown: the verdict in words, and the report as a part of the page."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nicegui import run as threads
from nicegui import ui

from loadcell.errors import LoadcellError
from loadcell.report import assessment, causes, verdict
from loadcell.store import RunReader

SCRIPT = """<script>
// The report is a page of its own inside this one: as high as what it holds, as light or as dark.
document.addEventListener("load", event => {
  const frame = event.target;
  if (!frame.matches?.("iframe.lc-report")) return;
  const body = frame.contentDocument.body;
  new ResizeObserver(() => { frame.style.height = `${body.scrollHeight + 4}px`; }).observe(body);
}, true);
</script>"""
_FILES = (("Report (HTML)", "report"), ("JSON", "json"), ("CSV", "csv"), ("Run file", "file"))
RETHEME = """(theme => document.querySelectorAll("iframe.lc-report").forEach(frame => {
  const url = new URL(frame.src); url.searchParams.set("theme", theme); frame.src = url;
}))"""
"""A function of the theme."""


@dataclass(frozen=True, slots=True)
class Told:
    """The verdict, and what else is to be known first."""

    kind: str
    """good, bad or warn; empty where nothing was demanded."""
    heading: str
    sentences: tuple[str, ...]


def told(path: Path) -> Told:
    """What a run file says in short; takes a moment. LoadcellError if it can't be read."""
    with RunReader.open(path) as reader:
        found = verdict.headline(reader.verdict, reader.objectives)
        names = ("capacity", "breaking_point", "recovery")
        lines = [
            f"{line.label}: {line.value}{f' ({line.detail})' if line.detail else ''}"
            for line in assessment.lines({name: reader.result(name) for name in names})
        ]
        examined = causes.examined(reader)
        lines += [f"{cause.label}: {cause.summary}" for cause in list(causes.causes(examined["findings"]))[:1]]
        if nothing := causes.conclusion(examined):
            lines.append(f"Cause: {nothing[0]} ({nothing[1]})")
        if found is None:
            reasons = " ".join(reader.reasons) or "Nothing was demanded of this run, so it has no verdict."
            code = reader.exit_code
            return Told("bad" if code else "", f"Exit code {code}" if code else "Finished", (reasons, *lines))
    return Told(found.kind, f"{found.mark} {found.word}", (f"{found.sentence[:1].upper()}{found.sentence[1:]}.", *lines))


def tell_verdict(path: Path, place: ui.element) -> None:
    """Put the verdict into a place of the page, as soon as it is known."""

    async def tell() -> None:
        with suppress(LoadcellError):  # the report says what is wrong with the file
            found = await threads.io_bound(told, path)
            if found is not None:
                with place:
                    show_told(found)

    with place:
        ui.timer(0.01, tell, once=True)


def show_told(found: Told) -> None:
    """A verdict in words."""
    with ui.element("div").classes(f"lc-verdict lc-{found.kind or 'plain'}").props('role="status"'):
        ui.label(found.heading).classes("lc-word")
        with ui.element("div"):
            for sentence in found.sentences:
                ui.label(sentence)


def show_downloads(run_id: str) -> None:
    """Everything of a run that can be taken home."""
    for label, kind in _FILES:
        target = f"/api/v1/runs/{run_id}/{kind}{'?download=1' if kind == 'report' else ''}"
        ui.link(label, target).props(f'download aria-label="download: {label}"')


def show_report(run_id: str, theme: str | None) -> None:
    """The whole report: causes with their charts and the advice, capacity, what to do next, every figure."""
    show_embedded(f"/api/v1/runs/{run_id}/report", f"The report of {run_id}", theme)


def show_embedded(path: str, title: str, theme: str | None) -> None:
    """A page that is a report, as a part of this one."""
    frame = ui.element("iframe").classes("lc-report")
    frame.props["src"] = f"{path}?embedded=true" + (f"&theme={theme}" if theme else "")
    frame.props["title"] = title

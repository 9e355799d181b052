"""Loadcell's own paths, /api/v1: the run under way and the runs that were; described by an OpenAPI page."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal, TypeVar

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from pydantic import BaseModel, Field

from loadcell.errors import ConfigError, LoadcellError
from loadcell.store import RunReader, find_run, list_runs
from loadcell.text import masked
from loadcell.web.desk import Desk
from loadcell.web.live import SIGNALS, Live, Point

_Answer = TypeVar("_Answer")


class Start(BaseModel):
    """What is to be other than on the command line."""

    options: dict[str, str | bool | list[str]] = Field(
        default={},
        description="by the long option's name: users, spawn-rate, host, run-time, objective …; "
        "assess: quick, usual or thorough",
    )
    arguments: list[str] = Field(default=[], description="words of the scenario's own options")


MOST_LOAD = 1_000_000
"""Users, iterations/s, or how many more of them a second: nobody means more."""
SLOWEST = 1e-6


class Load(BaseModel):
    """The load to go to."""

    level: float = Field(description=f"users; in the open model iterations/s; 0 to {MOST_LOAD:,}")
    pace: float = Field(default=1.0, description=f"how many a second; {SLOWEST:g} to {MOST_LOAD:,}")

    @property
    def is_meant(self) -> bool:
        """Whether anybody can mean it. Not for pydantic to say: its answer quotes a number that JSON does not have."""
        return 0 <= self.level <= MOST_LOAD and SLOWEST <= self.pace <= MOST_LOAD


class Mistakes(BaseModel):
    """Why something was not done."""

    mistakes: list[str]


def api_routes(desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/v1", tags=["loadcell"])

    @routes.get("/run", summary="The run under way, or the last one")
    async def run() -> dict[str, Any]:
        return picture(desk)

    @routes.get("/run/points", summary="The seconds of the run from `since` on")
    async def points(since: int = 0) -> dict[str, Any]:
        return columns(desk.live, since)

    @routes.post("/run", summary="Start a run", status_code=202, responses={400: {"model": Mistakes}})
    async def start(wanted: Start) -> dict[str, Any]:
        try:
            await desk.start(wanted.options, wanted.arguments)
        except LoadcellError as error:
            raise HTTPException(400, mistakes_of(error)) from error
        return picture(desk)

    @routes.patch("/run", summary="Change the load of the run under way", status_code=202)
    async def change(load: Load) -> dict[str, Any]:
        if not load.is_meant:
            raise HTTPException(422, [f"level goes from 0 to {MOST_LOAD:,}, and pace from {SLOWEST:g} to {MOST_LOAD:,}"])
        if not desk.is_running:
            raise HTTPException(409, ["No run is under way."])
        desk.change(load.level, load.pace)
        return picture(desk)

    @routes.post("/run/stop", summary="End the run in good order; asked again, at once", status_code=202)
    async def stop() -> dict[str, Any]:
        desk.stop()
        return picture(desk)

    @routes.get("/runs", summary="The stored runs, the newest first")
    def runs() -> list[dict[str, Any]]:
        return [
            {
                "id": found.id,
                "started": found.started,
                "state": found.state,
                "scenario": found.facts.scenario if found.facts else None,
                "host": found.facts.host if found.facts else None,
                "plan": found.facts.plan if found.facts else None,
                "exit_code": found.exit_code,
                "verdict": found.verdict,
                "requests": found.requests,
                "failures": found.failures,
                "duration_s": found.duration_s,
                "problem": found.problem,
            }
            for found in list_runs(desk.config.runs_dir)
        ]

    @routes.get("/runs/{run_id}", summary="The result document of a run, as --json writes it")
    async def result(run_id: str) -> dict[str, Any]:
        return await _read(desk, run_id, _document)

    @routes.get("/runs/{run_id}/report", summary="The report of a run: one page that works offline")
    async def report(
        run_id: str, download: bool = False, theme: Literal["light", "dark"] | None = None, embedded: bool = False
    ) -> HTMLResponse:
        from loadcell.report.html import render

        page = await _read(desk, run_id, lambda reader: render(reader, theme=theme, is_embedded=embedded))
        return HTMLResponse(page, headers=_named(f"{run_id}.html") if download else None)

    @routes.get("/runs/{run_id}/json", summary="The result document as a file")
    async def as_json(run_id: str) -> Response:
        text = json.dumps(await _read(desk, run_id, _document), indent=2)
        return Response(text, media_type="application/json", headers=_named(f"{run_id}.json"))

    @routes.get("/runs/{run_id}/csv", summary="The statistics of a run as CSV")
    async def as_csv(run_id: str) -> Response:
        text = await _read(desk, run_id, _statistics)
        return Response(text, media_type="text/csv", headers=_named(f"{run_id}_stats.csv"))

    @routes.get("/runs/{run_id}/file", summary="The run file itself")
    async def file(run_id: str) -> FileResponse:
        path = _path(desk, run_id)
        return FileResponse(path, media_type="application/vnd.sqlite3", filename=path.name)

    @routes.get(
        "/compare/{first}/{second}", summary="What became of the service between two runs, as `loadcell compare --json`"
    )
    async def compared(first: str, second: str) -> dict[str, Any]:
        return await _read_both(desk, (first, second), _comparison)

    @routes.get("/compare/{first}/{second}/report", summary="The same as a page that works offline")
    async def compared_page(
        first: str, second: str, theme: Literal["light", "dark"] | None = None, embedded: bool = False
    ) -> HTMLResponse:
        def page(before: RunReader, after: RunReader) -> str:
            from loadcell.compare import compare
            from loadcell.report.compared import render

            return render(compare([before], [after]), [before], [after], theme=theme, is_embedded=embedded)

        return HTMLResponse(await _read_both(desk, (first, second), page))

    @routes.get("/metrics", summary="The run's figures for Prometheus; the same at /metrics")
    async def metrics(request: Request) -> Response:
        return metrics_page(desk, request)

    return routes


def metrics_page(desk: Desk, request: Request) -> Response:
    """The figures of the run under way, in the form that is asked for; 404 where none is."""
    from loadcell.exports.pages import written

    if not desk.is_running:
        raise HTTPException(404, ["No run is under way."])
    kind, page = written(desk.feed.families(), request.headers.get("accept", ""))
    return Response(page, media_type=kind)


def picture(desk: Desk) -> dict[str, Any]:
    """Where the run is, and its figures now. Times in ms."""
    live, progress = desk.live, desk.live.progress
    now, total = live.window.total(), live.total()
    position = progress.position if progress else None
    return {
        "state": desk.state,
        "id": live.facts.id if live.facts else None,
        "host": masked((live.facts.host if live.facts else desk.config.host) or ""),
        "users": progress.users if progress else 0,
        "wanted_users": progress.target_users if progress else 0,
        "wanted_rate": progress.rate if progress else None,
        "phase": position.phase if position else progress.phase if progress else "",
        "doing": position.doing if position else "",
        "capacity": position.capacity if position else "",
        "elapsed_s": progress.elapsed_s if progress else 0.0,
        "left_s": position.left_s if position else _left(desk),
        "rps": now.rps,
        "failures_per_s": now.failures_per_s,
        "p50_ms": now.p50,
        "p95_ms": now.p95,
        "p99_ms": now.p99,
        "requests": total.requests,
        "failures": total.failures,
        "error_rate": total.failures / total.requests if total.requests else 0.0,
        "exit_code": desk.outcome.exit_code if desk.outcome else None,
        "reasons": desk.outcome.reasons if desk.outcome else [],
        "problem": desk.problem.message if desk.problem else None,
    }


def columns(live: Live, since: int) -> dict[str, Any]:
    """The points from a second on, as a list for each figure."""
    found = live.since(since)
    names = ("second", "users", "rps", "failures_per_s", "p50", "p95", "p99", "dropped", "late")
    table: dict[str, Any] = {name: [_rounded(getattr(point, name)) for point in found] for name in names}
    table["signals"] = {name: [_signal(point, number) for point in found] for number, name in enumerate(SIGNALS)}
    return table


def mistakes_of(error: LoadcellError) -> list[str]:
    """What is wrong, one sentence each."""
    return list(error.mistakes) if isinstance(error, ConfigError) else [" ".join(filter(None, (error.message, error.hint)))]


def _left(desk: Desk) -> float | None:
    progress, course = desk.live.progress, desk.config.course
    whole = desk.config.run_time_s if course is None else course.duration_s
    return None if whole is None or progress is None else max(0.0, whole - progress.elapsed_s)


def _signal(point: Point, number: int) -> float | None:
    return _rounded(point.signals[number]) if point.signals else None


def _rounded(value: float | None) -> float | None:
    return round(value, 3) if isinstance(value, float) else value


def _named(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}


def _path(desk: Desk, run_id: str) -> Path:
    """The file of a stored run, by its whole id: no path leads out of the folder."""
    if any(found.id == run_id for found in list_runs(desk.config.runs_dir)):
        return find_run(desk.config.runs_dir, run_id)
    raise HTTPException(404, [f"There is no run {run_id!r} here."])


async def _read(desk: Desk, run_id: str, answer: Callable[[RunReader], _Answer]) -> _Answer:
    return await _read_all(desk, (run_id,), lambda readers: answer(*readers))


async def _read_both(desk: Desk, run_ids: tuple[str, str], answer: Callable[[RunReader, RunReader], _Answer]) -> _Answer:
    return await _read_all(desk, run_ids, lambda readers: answer(*readers))


async def _read_all(desk: Desk, run_ids: Sequence[str], answer: Callable[[list[RunReader]], _Answer]) -> _Answer:
    paths = [_path(desk, run_id) for run_id in run_ids]

    def read() -> _Answer:
        with ExitStack() as stack:
            return answer([stack.enter_context(RunReader.open(path)) for path in paths])

    try:
        return await asyncio.to_thread(read)
    except LoadcellError as error:
        raise HTTPException(409, mistakes_of(error)) from error


def _document(reader: RunReader) -> dict[str, Any]:
    from loadcell.report.document import document

    return document(reader)


def _comparison(before: RunReader, after: RunReader) -> dict[str, Any]:
    from loadcell.compare import compare
    from loadcell.report.compared import document

    return document(compare([before], [after]))


def _statistics(reader: RunReader) -> str:
    from loadcell.report import write_csv

    with tempfile.TemporaryDirectory() as folder:
        write_csv(reader, f"{folder}/run")
        return Path(f"{folder}/run_stats.csv").read_text()

"""The paths of Locust's page, for scripts that were written for it: what they send is understood, and answered in kind."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from loadcell.config import OPTIONS, Raw
from loadcell.errors import LoadcellError
from loadcell.text import masked
from loadcell.web import locust_figures
from loadcell.web.api import metrics_page, mistakes_of
from loadcell.web.desk import Desk

_NAMES = {"user_count": "users", "num_users": "users", "class_picker": ""}
"""Names of Locust's that are no option's."""
_BY_DEST = {(option.dest or field).replace("-", "_"): option for field, option in OPTIONS.items()}
_BY_NAME = {option.name.replace("-", "_"): option for option in OPTIONS.values()}
_POST_ONLY = "This changes the run, so it takes a POST: a GET could be sent by any page that a browser has open."


def locust_routes(desk: Desk) -> APIRouter:
    """The routes, without those that only a browser uses."""
    routes = APIRouter(include_in_schema=False)

    @routes.post("/swarm")
    async def swarm(request: Request) -> JSONResponse:
        form = await request.form()
        fields = {name: [str(value) for value in form.getlist(name)] for name in form}
        return JSONResponse(await started(desk, fields))

    @routes.post("/stop")
    async def stop() -> dict[str, Any]:
        desk.stop()
        await desk.ended()
        return {"success": True, "message": "Test stopped"}

    @routes.post("/stats/reset")
    async def reset() -> PlainTextResponse:
        desk.live.reset()
        return PlainTextResponse("ok")

    for path in ("/stop", "/stats/reset", "/swarm"):
        routes.add_api_route(path, _refuse_get, methods=["GET"])

    @routes.get("/stats/requests")
    async def requests() -> dict[str, Any]:
        facts = desk.live.facts
        return locust_figures.requests(desk.live, desk.state, facts.started if facts else 0.0)

    @routes.get("/exceptions")
    async def exceptions() -> dict[str, Any]:
        return {
            "exceptions": [
                {"count": one.occurrences, "msg": one.message, "traceback": one.traceback, "nodes": "local"}
                for one in desk.live.exceptions.values()
            ]
        }

    @routes.get("/logs")
    async def logs() -> dict[str, Any]:
        return {"master": list(desk.log), "workers": {}}

    @routes.get("/tasks")
    async def tasks() -> dict[str, Any]:
        return await asyncio.to_thread(desk.scenario.ratio, desk.config)

    @routes.get("/worker-count")
    async def worker_count() -> dict[str, int]:
        return {"worker_count": desk.config.processes if desk.config.processes > 1 else 0}

    @routes.get("/stats/report")
    async def report(download: bool = False) -> Response:
        page = await asyncio.to_thread(_page, desk)
        if page is None:
            return _nothing_yet()
        named = {"content-disposition": f'attachment; filename="{_file_name(desk, "report")}.html"'} if download else {}
        return HTMLResponse(page, headers=named)

    @routes.get("/metrics")
    async def metrics(request: Request) -> Response:
        return metrics_page(desk, request)

    for path, kind, ours in (
        ("/stats/requests/csv", "requests", "stats"),
        ("/stats/failures/csv", "failures", "failures"),
        ("/exceptions/csv", "exceptions", "exceptions"),
        ("/stats/requests_full_history/csv", "requests_full_history", "stats_history"),
    ):
        routes.add_api_route(path, _csv(desk, kind, ours), methods=["GET"])
    return routes


async def started(desk: Desk, fields: Mapping[str, list[str]]) -> dict[str, Any]:
    """Start the run that a form asks for, or change the load of the one under way; Locust's answer, errors included."""
    options, words, classes = _read(fields)
    try:
        if desk.is_running:
            settled = desk.scenario.settle(options, words)
            desk.change(float(settled.users), settled.spawn_rate)
        else:
            await desk.start({**options, **({"user-classes": classes} if classes else {})}, words)
    except LoadcellError as error:
        return {"success": False, "message": "; ".join(mistakes_of(error)), "host": masked(desk.config.host or "")}
    answer: dict[str, Any] = {"success": True, "message": "Swarming started", "host": masked(desk.config.host or "")}
    if desk.config.run_time_s is not None:
        answer["run_time"] = int(desk.config.run_time_s)
    if classes:
        answer["user_classes"] = classes
    return answer


def _read(fields: Mapping[str, list[str]]) -> tuple[dict[str, Raw], list[str], list[str]]:
    """Options of ours, words of the scenario's own, user classes."""
    options: dict[str, Raw] = {}
    words: list[str] = []
    classes: list[str] = []
    for name, values in fields.items():
        if name == "user_classes":
            classes = values
            continue
        known = _NAMES.get(name, name)
        option = _BY_DEST.get(known) or _BY_NAME.get(known)
        if option is None:
            if known:
                words += [word for value in values for word in (f"--{name.replace('_', '-')}", value)]
        elif values[-1] or option.kind == "flag":
            # Locust's page takes angle brackets out of the host.
            text = re.sub("[<>]", "", values[-1]) if option.name == "host" else values[-1]
            options[option.name] = values if option.kind in ("list", "repeated") else text
    return options, words, classes


async def _refuse_get() -> JSONResponse:
    return JSONResponse({"success": False, "message": _POST_ONLY}, 405, {"allow": "POST"})


def _nothing_yet() -> Response:
    return JSONResponse({"success": False, "message": "There has been no run yet: start one first."}, 404)


def _page(desk: Desk) -> str | None:
    from loadcell.report.html import render
    from loadcell.store import RunReader

    if desk.path is None:
        return None
    with RunReader.open(desk.path) as reader:
        return render(reader)


def _csv(desk: Desk, kind: str, ours: str) -> Any:
    def written() -> str | None:
        from loadcell.report import write_csv
        from loadcell.store import RunReader

        if desk.path is None:
            return None
        with tempfile.TemporaryDirectory() as folder, RunReader.open(desk.path) as reader:
            write_csv(reader, f"{folder}/run", full_history=desk.config.csv_full_history)
            return Path(f"{folder}/run_{ours}.csv").read_text()

    async def answer() -> Response:
        text = await asyncio.to_thread(written)
        if text is None:
            return _nothing_yet()
        named = f'attachment; filename="{_file_name(desk, kind)}.csv"'
        return PlainTextResponse(text, headers={"content-disposition": named}, media_type="text/csv")

    return answer


def _file_name(desk: Desk, kind: str) -> str:
    """As Locust calls its files; nothing of it may end the header's quotes."""
    scenario = Path(desk.config.scenario).stem
    host = re.sub(r"^https?://", "", desk.config.host or "")
    return re.sub(r"[^\w.-]", "_", f"Locust_{datetime.now(UTC):%Y-%m-%d-%Hh%M}_{scenario}_{host}_{kind}", flags=re.ASCII)

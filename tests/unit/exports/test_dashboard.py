"""The Grafana dashboard: what can be said of it without Grafana."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from loadcell.exports.families import UNITS as UNITS_OF
from loadcell.exports.server_figures import NAMES
from loadcell.monitors.catalogue import CATALOGUE
from loadcell.monitors.signals import SIGNALS

DASHBOARD: dict[str, Any] = json.loads(files("loadcell.exports").joinpath("dashboard.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
UNITS = {"none", "short", "reqps", "ops", "s", "percentunit", "bytes", "Bps"}
"""Names of Grafana's."""


def test_it_can_be_imported() -> None:
    assert re.fullmatch(r"[\w-]{1,40}", DASHBOARD["uid"])
    assert DASHBOARD["schemaVersion"] >= 36, "where data sources are objects"
    assert "id" not in DASHBOARD, "that number is Grafana's"
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)


def lost(given: Any, known: Any, place: str = "") -> Iterator[str]:
    """What is not the same after all."""
    if isinstance(given, dict):
        for key, value in given.items():
            yield from lost(value, known[key], f"{place}/{key}") if key in known else [f"{place}/{key}"]
    elif isinstance(given, list):
        for number, (one, other) in enumerate(zip(given, known, strict=True)):
            yield from lost(one, other, f"{place}/{number}")
    elif given != known:
        yield place


def test_grafanas_own_models_know_every_field() -> None:
    register_default_plugins()
    read = json.loads(json.dumps(Dashboard.from_json(DASHBOARD), cls=JSONEncoder))
    beyond = {place for place in lost(DASHBOARD, read) if not place.endswith(("/definition", "/builtIn"))}
    assert not beyond, "these are none of the schema"


def test_the_data_source_is_the_readers_own() -> None:
    variables = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    own = {"type": "prometheus", "uid": "${datasource}"}
    assert all(panel["datasource"] == own for panel in PANELS)
    assert all(target["datasource"] == own for panel in PANELS for target in panel["targets"])
    used = set(re.findall(r"\$(?!__)(\w+)", " ".join(target["expr"] for panel in PANELS for target in panel["targets"])))
    assert used == set(variables) - {"datasource"}


def test_it_asks_for_signals_that_there_are() -> None:
    asked = set(re.findall(r"loadcell_((?:server|reading)_\w+)\{", json.dumps(DASHBOARD).replace('\\"', '"')))
    known = {f"server_{name}": unit for name, unit in SIGNALS.items()}
    known |= {f"reading_{NAMES.get(name, name)}": declared.unit for name, declared in CATALOGUE.items()}
    assert asked <= {"_".join(filter(None, (name, UNITS_OF[unit].suffix))) for name, unit in known.items()}
    assert len(asked) > 20


def test_no_two_panels_lie_on_one_another() -> None:
    for one, other in itertools.combinations([panel["gridPos"] for panel in DASHBOARD["panels"]], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, (one, other)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in DASHBOARD["panels"])


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel(panel: dict[str, Any]) -> None:
    assert panel["type"] in {"stat", "timeseries", "heatmap"}
    unit = panel["options"]["yAxis"]["unit"] if panel["type"] == "heatmap" else panel["fieldConfig"]["defaults"]["unit"]
    assert unit in UNITS
    assert [target["refId"] for target in panel["targets"]] == list("ABCDEFGH")[: len(panel["targets"])]
    for target in panel["targets"]:
        assert "loadcell_" in target["expr"]
        assert 'instance=~"$instance"' in target["expr"]
        if re.search(r"_(total|bucket)\{", target["expr"]):
            assert re.search(r"(rate|increase)\(loadcell_\w+\{[^}]*\}\[\$__rate_interval\]\)", target["expr"])

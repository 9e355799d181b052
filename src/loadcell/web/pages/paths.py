"""Our own paths, as the OpenAPI document describes them."""

from __future__ import annotations

from typing import Any

from nicegui import ui


def show_paths(described: dict[str, Any]) -> None:
    """A line for each path and method; the document itself is for programs."""
    with ui.column().classes("lc-main"):
        ui.label("API").classes("lc-title")
        with ui.row().classes("lc-gap"):
            ui.label("What scripts may ask for and do. The whole of it, for programs:")
            ui.link("openapi.json", "/openapi.json")
        for path, methods in described["paths"].items():
            for method, told in methods.items():
                with ui.element("div").classes("lc-path"):
                    ui.label(method.upper()).classes("lc-method")
                    ui.label(path).classes("lc-code")
                    ui.label(told.get("summary", ""))
                    ui.label(_wanted(described, told)).classes("lc-soft")


def _wanted(described: dict[str, Any], told: dict[str, Any]) -> str:
    """The parameters, and the fields of the body."""
    names = [f"{one['name']} ({one['in']})" for one in told.get("parameters", ())]
    for content in told.get("requestBody", {}).get("content", {}).values():
        reference = content.get("schema", {}).get("$ref", "")
        fields = described["components"]["schemas"].get(reference.rpartition("/")[2], {}).get("properties", {})
        names += [f"{name}: {field.get('description', field.get('type', ''))}" for name, field in fields.items()]
    return "; ".join(names)

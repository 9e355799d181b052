"""The page around a report: one file that opens offline, with nothing in it but text, tables and inlined charts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, Literal

import msgspec

Theme = Literal["light", "dark"]
_ASKED = "(prefers-color-scheme: dark)"


def page(
    *,
    title: str,
    heading: str,
    facts: str,
    badges: str,
    body: Iterable[str],
    footer: str,
    figures: Mapping[str, Any],
    theme: Theme | None = None,
    is_embedded: bool = False,
) -> str:
    """The whole page; all but `title` is HTML already, and names of the scenario and the service are text in it.

    Without a theme it is as light as everything else in the browser; embedded it is a part of another page.
    """
    from plotly.offline import get_plotlyjs

    folder = files("loadcell.report") / "page"
    plotly, script = get_plotlyjs(), (folder / "script.js").read_text("utf-8")
    return Template((folder / "page.html").read_text("utf-8")).substitute(
        policy=escape(_policy(plotly, script)),
        title=escape(title),
        style=_themed((folder / "style.css").read_text("utf-8"), theme),
        kind="embedded" if is_embedded else "",
        heading=heading,
        facts=facts,
        badges=badges,
        body="\n".join(body),
        footer=footer,
        figures=for_script(figures),
        plotly=plotly,
        script=script,
    )


def for_script(data: object) -> str:
    """JSON that can't end the `<script>` element it stands in."""
    text = msgspec.json.encode(data).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def plain(figure: Any) -> dict[str, Any]:
    """A figure as the page's script draws it."""
    found = figure.to_plotly_json()
    layout = dict(found["layout"])
    layout.pop("template", None)
    return {"data": found["data"], "layout": layout}


def untitled(figure: Any) -> dict[str, Any]:
    """The same for a place that has a heading of its own."""
    figure.update_layout(title=None, margin={"t": 40})
    return plain(figure)


def _themed(style: str, theme: Theme | None) -> str:
    return style if theme is None else style.replace(_ASKED, "all" if theme == "dark" else "not all")


def _policy(*scripts: str) -> str:
    """No request to anywhere, and no script but these: one that got into the page by a name would not run."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "form-action 'none'; base-uri 'none'"
    )

"""Text → specification: JSON or YAML, and whether it is OpenAPI."""

from __future__ import annotations

import json
import re
from typing import Any

from loadcell.errors import UsageError

_HINT = "Name an OpenAPI 3 document: its URL (FastAPI serves /openapi.json), its file, or module:app."
_WEB_PAGE = re.compile(r"\s*(<!--.*?-->\s*)*<(!doctype\s+)?html", re.IGNORECASE | re.DOTALL)


def parse(text: str, where: str) -> dict[str, Any]:
    """The document of a text; UsageError, which says why, if it is no specification in OpenAPI 3."""
    if _WEB_PAGE.match(text):
        raise UsageError(f"{where} is a web page, not a specification.", _HINT)
    document = _json(text, where) if text.lstrip()[:1] in ("{", "[") else _yaml(text, where)
    if not isinstance(document, dict):
        raise UsageError(f"{where} is not a specification: it holds {_kind(document)}.", _HINT)
    if "swagger" in document:
        raise UsageError(
            f"{where} is Swagger {document['swagger']}; OpenAPI 3.0 and 3.1 are understood.",
            "Convert it, at https://converter.swagger.io or with swagger2openapi, and name the result.",
        )
    version = document.get("openapi")
    if version is None:
        raise UsageError(f"{where} is not a specification: it has no key 'openapi'.", _HINT)
    if not str(version).startswith("3."):
        raise UsageError(f"{where} is OpenAPI {version}; 3.0 and 3.1 are understood.", _HINT)
    if not isinstance(document.get("paths"), dict) or not document["paths"]:
        raise UsageError(f"{where} describes no paths, so there is nothing to ask for.", _HINT)
    return document


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise UsageError(f"{where} is nested too deeply.", _HINT) from None
    except ValueError as error:
        raise UsageError(f"{where} is broken JSON: {error}", _HINT) from None


def _yaml(text: str, where: str) -> Any:
    import yaml

    from loadcell.scaffold.yaml_dialect import Loader

    try:
        return yaml.load(text, Loader)
    except RecursionError:
        raise UsageError(f"{where} is nested too deeply.", _HINT) from None
    except (yaml.YAMLError, ValueError) as error:
        raise UsageError(f"{where} is neither JSON nor YAML: {' '.join(str(error).split())}", _HINT) from None


def _kind(value: object) -> str:
    return {str: "only text", list: "a list", type(None): "nothing"}.get(type(value), f"only {value!r}")

"""YAML as OpenAPI means it: what JSON has, and nothing else. Imported only when a document is YAML."""

from __future__ import annotations

import re
from typing import Any

import yaml

_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C where libyaml is there: ten times as fast."""


class Loader(_Safe):  # type: ignore[misc]
    """YAML's JSON schema: `NO` and `2026-01-01` are strings, the key `200` is one too."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class has it
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """A mapping whose keys are text, as in JSON."""
        return {str(key): value for key, value in super().construct_mapping(node, deep).items()}


Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF"))

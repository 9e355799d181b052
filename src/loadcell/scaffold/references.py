"""`$ref` within a document."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

_LONGEST_CHAIN = 20


class References:
    """Finds what is referred to, anywhere in one document."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self.elsewhere: dict[str, None] = {}
        """What was referred to in other documents, each once."""

    def resolve(self, node: Any) -> dict[str, Any]:
        """The object, or what it refers to; empty where that is elsewhere, missing, or no object."""
        for _ in range(_LONGEST_CHAIN):
            if not isinstance(node, dict):
                return {}
            name = node.get("$ref")
            if not isinstance(name, str):
                return node
            beside = {key: value for key, value in node.items() if key != "$ref"}
            found = self._find(name)
            # OpenAPI 3.1 lets a schema have more keys beside its reference.
            node = {**found, **beside} if isinstance(found, dict) and beside else found
        return {}

    def _find(self, name: str) -> Any:
        if not name.startswith("#"):
            self.elsewhere[name] = None
            return None
        node = self._document
        for part in name.removeprefix("#").split("/")[1:]:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and key.isdigit() and int(key) < len(node):
                node = node[int(key)]
            elif isinstance(node, dict):
                node = node.get(key)
            else:
                return None
        return node

"""The configuration files: TOML, and Locust's own format of `key = value` lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LINE = re.compile(r"-*(?P<key>[^:=;#\s]+)(?:\s*[:=\s]\s*(?P<value>.*))?")
_COMMENT = re.compile(r"\s[;#]\s.*$")


class ConfigFileError(ValueError):
    """A configuration file can't be read."""


@dataclass(frozen=True, slots=True)
class Section:
    """The keys and values of one file or of one table in it. Numbers are given as text."""

    where: str
    """As a message names it after "in ": "pyproject.toml: [tool.locust]"."""
    values: dict[str, str | bool | list[str]]


def read_defaults(folder: Path, home: Path) -> list[Section]:
    """What the files found without being named hold, the weakest first. ConfigFileError if one can't be read."""
    sections = []
    for path, where in ((home / ".locust.conf", "~/.locust.conf"), (folder / "locust.conf", "locust.conf")):
        if _is_readable(path):
            sections.append(Section(f"{where}:", _lines(path)))
    project = folder / "pyproject.toml"
    if project.is_file():
        tools = _toml(project).get("tool", {})
        for name in ("locust", "loadcell"):
            if isinstance(tools.get(name), dict):
                where = f"pyproject.toml: [tool.{name}]"
                sections.append(Section(where, _plain(tools[name], where)))
    own = folder / "loadcell.toml"
    if own.is_file():
        sections.append(Section("loadcell.toml:", _plain(_toml(own), "loadcell.toml:")))
    return sections


def _is_readable(path: Path) -> bool:
    """Whether a file that nobody named is there for us: the home folder may be another account's."""
    try:
        return path.is_file()
    except PermissionError:
        return False


def read_config(path: Path) -> Section:
    """What the file of `--config` holds: TOML if its name says so. ConfigFileError if it can't be read."""
    if not path.is_file():
        raise ConfigFileError(f"--config '{path}' is not a file")
    where = f"{path}:"
    if path.suffix != ".toml":
        return Section(where, _lines(path))
    table = _toml(path)
    tools = table.get("tool", {})
    for name in ("loadcell", "locust"):
        if name in tools:
            return Section(f"{where} [tool.{name}]", _plain(tools[name], where))
    return Section(where, _plain(table, where))


def _toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError) as error:
        raise ConfigFileError(f"in {path.name}: {error}") from error


def _plain(table: dict[str, Any], where: str) -> dict[str, str | bool | list[str]]:
    values: dict[str, str | bool | list[str]] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            raise ConfigFileError(f"in {where} {key} is a table, not a value")
        if isinstance(value, list):
            values[key] = [str(item) for item in value]
        else:
            values[key] = value if isinstance(value, bool) else str(value)
    return values


def _lines(path: Path) -> dict[str, str | bool | list[str]]:
    values: dict[str, str | bool | list[str]] = {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigFileError(f"in {path.name}: {error}") from error
    for number, line in enumerate(text.splitlines(), 1):
        line = _COMMENT.sub("", line.strip()).rstrip()
        if not line or line[0] in "#;[" or line.startswith("---"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ConfigFileError(f"in {path.name}: line {number} is not of the form key = value: {line}")
        values[match["key"]] = _value(match["value"])
    return values


def _value(text: str | None) -> str | bool | list[str]:
    if text is None or not text:
        return True
    if text.startswith("[") and text.endswith("]"):
        return [_unquoted(item.strip()) for item in text[1:-1].split(",") if item.strip()]
    return {"true": True, "false": False}.get(text.lower(), _unquoted(text))


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text

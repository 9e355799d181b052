"""What two runs were made on, compared; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Environment = Mapping[str, Mapping[str, Any]]
"""`environment` of the result document: facts of the `generator` and of the `target`."""

_OTHER_EACH_TIME = frozenset(("target.pid", "target.port", "target.address"))
_OF_THE_MEETING = (".clock_error_ms", ".watches", ".address")
"""Of agents, and of the machines of a cluster: the last part of their names."""
_MACHINES = 6
"""How many machines of a cluster a line names."""
_APART = {"generator.memory_mb": 0.02, "target.round_trip_ms": 0.5}
"""Figures that are never quite the same: by which share they must differ."""


def differences(one: Environment, other: Environment) -> list[str]:
    """What differs, a clause for each: "target workers: 2 → 4". What only one of them knows does not count."""
    before, after = dict(_flat(one)), dict(_flat(other))
    found = []
    for name, value in before.items():
        if name.count(".") > 1 and name.endswith(_OF_THE_MEETING):
            continue
        if name in after and name not in _OTHER_EACH_TIME and not _alike(name, value, after[name], before, after):
            found.append(f"{_words(name)}: {_shown(value)} → {_shown(after[name])}")
    return found


def _flat(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif value not in (None, ""):
            yield f"{prefix}{name}", value


def _alike(name: str, one: Any, other: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    if name == "target.command":
        return _without_port(one, before) == _without_port(other, after)
    share = _APART.get(name)
    if share is not None and isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) <= share * max(abs(one), abs(other))
    return bool(one == other)


def _without_port(command: Any, facts: Mapping[str, Any]) -> str:
    port = facts.get("target.port")
    return str(command).replace(str(port), "PORT") if port else str(command)


def _words(name: str) -> str:
    return name.replace(".versions.", ".").replace(".", " ").replace("_", " ")


def _shown(value: Any) -> str:
    text = str(value)
    commit, plus, changes = text.partition("+")
    is_revision = len(commit) == 40 and not set(commit) - set("0123456789abcdef")
    return f"{commit[:10]}{plus}{changes}" if is_revision else text


def environment_lines(environment: Environment) -> list[str]:
    """What is most worth knowing of both sides, a line for each that anything is known of."""
    sides = {"Generator": environment.get("generator", {}), "Target": environment.get("target", {})}
    lines = {side: ", ".join(_highlights(facts)) for side, facts in sides.items()}
    if nodes := sides["Generator"].get("nodes"):
        lines = {"Controller": lines.pop("Generator"), "Machines": _machines(nodes), **lines}
    return [f"{side}: {line}" for side, line in lines.items() if line]


def _machines(nodes: Mapping[str, Mapping[str, Any]]) -> str:
    named = [
        f"{name} ({_count(facts['cores'], 'core')}, {_count(facts['processes'], 'generator')})"
        for name, facts in list(nodes.items())[:_MACHINES]
    ]
    more = [f"and {len(nodes) - _MACHINES} more"] if len(nodes) > _MACHINES else []
    return ", ".join([*named, *more])


def _highlights(facts: Mapping[str, Any]) -> Iterator[str]:
    versions = facts.get("versions", {})
    server = facts.get("server") or facts.get("server_header")
    if server:
        yield f"{server} {versions[server]}" if server in versions else str(server)
    if "workers" in facts:
        yield _count(facts["workers"], "worker")
    yield from (f"{name} {facts[name]}" for name in ("loop", "http", "worker_class") if name in facts and name != server)
    if facts.get("reload"):
        yield "with --reload"
    if "fastapi" in versions:
        yield f"fastapi {versions['fastapi']}"
    if "python" in facts:
        yield f"Python {facts['python']}"
    if "cores" in facts:
        yield _count(facts["cores"], "core")
    if "memory_mb" in facts:
        yield f"{facts['memory_mb'] / 1000:.1f} GB"
    if "path" in facts:
        trip = facts.get("round_trip_ms")
        yield f"{facts['path']}, {trip:.2f} ms to connect" if trip is not None else str(facts["path"])
    if revision := facts.get("git_revision"):
        yield f"git {_shown(revision)}"


def _count(number: Any, noun: str) -> str:
    return f"{number:g} {noun}{'' if number == 1 else 's'}"

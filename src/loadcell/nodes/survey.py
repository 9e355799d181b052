"""What a machine has that a run needs, and what is wrong with it."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from loadcell.machine import describe_machine, host_name, raise_descriptor_limit, version_of

COMPARED = ("loadcell", "gevent")


def survey(packages: Sequence[str]) -> dict[str, Any]:
    """This machine: its name, cores, versions, its limit of open files, and which of these packages it lacks.

    Carried out on each machine of a cluster.
    """
    found = describe_machine(COMPARED)
    return {
        "host": host_name(),
        "cores": found["cores"],
        "descriptors": raise_descriptor_limit(),
        "missing": [name for name in packages if not is_there(name)],
        "facts": found,
    }


def is_there(package: str) -> bool:
    """Whether a module can be imported here, as far as can be told without importing it."""
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def problems(node: str, found: Mapping[str, Any]) -> list[str]:
    """What keeps a machine from taking part, in sentences; compared with this one."""
    wrong = version_problems(node, found["facts"]["python"], found["facts"]["versions"])
    if missing := found["missing"]:
        names = ", ".join(missing)
        wrong.append(f"{node} lacks {names}: install {'it' if len(missing) == 1 else 'them'} there.")
    return wrong


def version_problems(node: str, python: str, versions: Mapping[str, str]) -> list[str]:
    """How the versions of a machine differ from those here, in sentences. Of Python the last number may."""
    wrong = []
    if _minor(python) != _minor(platform.python_version()):
        wrong.append(f"{node} has Python {python}, this machine {platform.python_version()}: use the same there.")
    for name in COMPARED:
        theirs, ours = versions.get(name, "unknown"), version_of(name)
        if theirs == "unknown":
            wrong.append(f"{node} lacks {name}: install {name} {ours} there.")
        elif theirs != ours:
            wrong.append(f"{node} has {name} {theirs}, this machine {ours}: install the same there.")
    return wrong


def named_apart(hosts: Iterable[str]) -> list[str]:
    """A name for each node: its host's, numbered where a host has several.

    >>> named_apart(["web1", "web2", "web1"])
    ['web1/1', 'web2', 'web1/2']
    """
    given = list(hosts)
    seen: dict[str, int] = {}
    names = []
    for host in given:
        seen[host] = seen.get(host, 0) + 1
        names.append(f"{host}/{seen[host]}" if given.count(host) > 1 else host)
    return names


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])

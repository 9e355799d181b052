"""`--dry-run`: what a run would send, where to, and how much of it; nothing is sent."""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loadcell.config import RunConfig, duration_text
from loadcell.controller.permission import host_name, look_up
from loadcell.errors import EXIT_PASSED
from loadcell.guard import Guard, hint, is_near
from loadcell.surroundings.describe import ask
from loadcell.text import masked, one_line

_UNBOUNDED = 200
_SOMEWHERE = "http://127.0.0.1"
"""Instead of an address that is not known yet."""
_READING = "GET, HEAD, OPTIONS, TRACE"


def dry_run(config: RunConfig) -> int:
    """Print it to stdout. ScenarioError where the scenario can't be loaded."""
    found = ask("--preview", config.scenario, _wanted(config))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _UNBOUNDED)
    console.print(Text("Dry run: nothing is sent.", style="bold"))
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, text in _facts(config, found):
        facts.add_row(name, Text(one_line(text)))
    console.print(facts)
    console.print()
    console.print(_classes(found["user_classes"]))
    return EXIT_PASSED


def _wanted(config: RunConfig) -> dict[str, Any]:
    return {
        "host": config.host or (_SOMEWHERE if config.app else None),
        "user_classes": config.user_classes,
        "tags": config.tags or None,
        "exclude_tags": config.exclude_tags or None,
        "config_users": config.config_users,
        "equal_weights": config.equal_weights,
        "num_users": config.most_users,
    }


def _facts(config: RunConfig, found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "scenario", config.scenario
    hosts = [config.host] if config.host else [cls["host"] for cls in found["user_classes"] if cls["host"]]
    if config.app and not config.host:
        hosts = []
        yield "target", f"{config.app}, started on a free port of 127.0.0.1"
    guard = Guard.of(config.allowed_targets, owned=config.target_owned)
    for host in dict.fromkeys(hosts):
        yield "target", f"{masked(str(host))}: {_permission(guard, str(host))}"
    for number, line in enumerate(_load(config, found["shape"])):
        yield "" if number else "load", line
    processes = "1 process" if config.processes == 1 else f"{config.processes} processes"
    yield "generators", f"{processes} on each worker of {config.cluster}" if config.cluster else processes
    if config.read_only:
        yield "left out", f"requests that may change data (--read-only): only {_READING} are sent"
    if config.arguments:
        yield "its own", f"{len(config.arguments)} words of the scenario's own on the command line"


def _permission(guard: Guard, url: str) -> str:
    """Whether a target may be tested, and why."""
    host = host_name(url)
    if not host:
        return "a socket of this machine"
    addresses = asyncio.run(look_up(host))
    if not addresses:
        return f"{host} has no address that could be found"
    shown = ", ".join(addresses[:3])
    permitted = [address for address in addresses if guard.permits(host, address)]
    if not permitted:
        return f"{shown} is NOT ALLOWED: the run would end with exit code 2. {hint(host)}"
    if all(map(is_near, permitted)):
        return f"{shown}, this machine or a private network"
    return f"{shown}, allowed by {'--target-owned' if guard.owned else 'allowed_targets'}"


def _load(config: RunConfig, shape: str) -> Iterator[str]:
    if shape:
        yield f"the shape {shape} decides, second by second"
        return
    course = config.course
    if config.effort:
        most = _count(config.users, "user") if config.rate is None else f"{config.rate:g} iterations/s"
        yield f"a {config.effort} assessment: from a low load up to where the service breaks, at most {most}"
        return
    if course is None:
        yield f"{_count(config.most_users, 'user')}, {config.spawn_rate:g} started a second, {_for(config.run_time_s)}"
        return
    for row in course.rows():
        level = f"{row.level:g} iterations/s" if course.model == "open" else _count(round(row.level), "user")
        yield f"{row.phase}: {level} {_for(None if row.end_s == math.inf else row.end_s - row.start_s)}"
    if course.model == "open":
        yield f"by at most {_count(config.most_users, 'user')}"


def _for(seconds: float | None) -> str:
    return "until it is stopped" if seconds is None else f"for {duration_text(seconds)}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _classes(classes: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("User class and its tasks", overflow="fold")
    table.add_column("Weight", justify="right", no_wrap=True)
    table.add_column("Users", justify="right", no_wrap=True)
    table.add_column("Share of its tasks", justify="right", no_wrap=True)
    for cls in classes:
        table.add_row(Text(cls["name"]), cls["weight"], f"{cls['users']:,}", "")
        for depth, name, share in _tasks(cls["tasks"], 1):
            table.add_row(Text(f"{'  ' * depth}{one_line(name)}"), "", "", f"{100 * share:.1f} %")
        if not cls["tasks"]:
            table.add_row(Text("  made when a user is made", style="dim"))
    return table


def _tasks(tasks: Mapping[str, Any], depth: int) -> Iterator[tuple[int, str, float]]:
    for name, found in tasks.items():
        yield depth, name, found["ratio"]
        yield from _tasks(found.get("tasks", {}), depth + 1)

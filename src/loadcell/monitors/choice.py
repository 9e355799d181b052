"""The monitors that a run needs, from what is known of the service."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from loadcell.monitors.host import Host
from loadcell.monitors.monitor import Monitor
from loadcell.monitors.probe import Probe
from loadcell.monitors.processes import Processes
from loadcell.monitors.sockets import Sockets
from loadcell.monitors.stacks import Stacks, find_tool


def monitors_for(
    *,
    port: int | None = None,
    pid: int | None = None,
    postgres: str | None = None,
    prometheus: Sequence[str] = (),
    probe: Path | None = None,
) -> list[Monitor]:
    """Monitors of this machine, if the service runs on it (`port`, `pid`), and of what was named by DSN, URLs and `probe`.

    `port` is the one that the service listens on here; `pid` a process of it, needed if it has its own network namespace;
    `probe` the directory where its workers have the sockets of their probes (LOADCELL_PROBE_DIR).
    """
    found: list[Monitor] = []
    if port is not None or pid is not None:
        found += [Host(), Processes(port=port, pid=pid, stacks=Stacks(find_tool()) if probe is None else None)]
    if port is not None:
        found.append(Sockets(port, pid=pid))
    if probe is not None:
        found.append(Probe(probe))
    # Clients are loaded when they are needed.
    if postgres is not None:
        from loadcell.monitors.postgres import Postgres

        found.append(Postgres(postgres))
    if prometheus:
        from loadcell.monitors.prometheus import Prometheus

        found += [Prometheus(url) for url in prometheus]
    return found

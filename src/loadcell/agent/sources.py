"""What an agent watches, as it was named on its command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadcell.monitors.choice import monitors_for
from loadcell.monitors.monitor import Monitor
from loadcell.service.description import describe_processes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The service's processes and what else there is to read of it. Whoever reads gets monitors of their own."""

    port: int | None = None
    pid: int | None = None
    postgres: str | None = None
    """The DSN; it never leaves this machine."""
    prometheus: tuple[str, ...] = ()
    probe: Path | None = None

    def monitors(self) -> list[Monitor]:
        """New monitors of all of it."""
        return monitors_for(
            port=self.port, pid=self.pid, postgres=self.postgres, prometheus=self.prometheus, probe=self.probe
        )

    def describe(self) -> dict[str, Any]:
        """How the service was started, as far as it is seen. Nothing is an error."""
        if self.port is None and self.pid is None:
            return {}
        return describe_processes(self.port, self.pid)

    def words(self) -> list[str]:
        """What is watched, for people; without secrets."""
        return list(self._words())

    def _words(self) -> Iterator[str]:
        if self.port is not None:
            of = "" if self.pid is None else f" of process {self.pid}"
            yield f"the service on port {self.port}{of}"
        elif self.pid is not None:
            yield f"process {self.pid}"
        if self.probe is not None:
            yield f"probes in {self.probe}"
        if self.postgres is not None:
            from loadcell.monitors.postgres import place_of

            yield f"PostgreSQL{place_of(self.postgres)}"
        if self.prometheus:
            from loadcell.monitors.prometheus import shown

            yield from map(shown, self.prometheus)

"""The agents of a run: what a controller shows them, and what of them goes into the run's environment."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from loadcell.agent.access import Access, trusting
from loadcell.agent.link import Met
from loadcell.agent.token import read_token
from loadcell.config import RunConfig
from loadcell.guard import is_loopback
from loadcell.machine import boot_of

_OF_THE_MACHINE = ("memory_mb", "system", "cpu")
"""What the record of the target has beside what is seen of its processes."""


def access_of(config: RunConfig) -> Access:
    """What the files say that were named. UsageError if one can't be used."""
    return Access(
        token=None if config.agent_token_file is None else read_token(config.agent_token_file),
        trusted=None if config.agent_ca is None else trusting(config.agent_ca),
    )


def is_service_elsewhere(config: RunConfig) -> bool:
    """Whether a service at an address of this machine is left to an agent: then that address leads there, or the agent reads
    what is here. One that we have started ourselves is here.
    """
    return config.app is None and any(is_loopback(urlsplit(url).hostname or "") for url in config.agents)


class Agents:
    """Those that were reached."""

    def __init__(self) -> None:
        self._met: dict[str, Met] = {}

    def add(self, met: Met) -> bool:
        """Take in one that was reached; whether that is the first time."""
        is_new = met.agent not in self._met
        self._met[met.agent] = met
        return is_new

    def record(self) -> dict[str, Any]:
        """What is known of the target through them: of the first that watches a service what it runs on, and of all who
        they are. `same_machine` says that the generators use the same cores.
        """
        found: dict[str, Any] = {}
        for met in self._met.values():
            if met.about.service and not found:
                machine = {name: met.about.machine[name] for name in _OF_THE_MACHINE if name in met.about.machine}
                found = {**machine, **met.about.service}
        return {**found, "agents": {name: _record_of(met) for name, met in self._met.items()}}


def words_of(met: Met) -> str:
    """That an agent is read, in a sentence.

    The error of its clock is half the shortest way there and back.
    """
    watched = ", ".join(met.about.watches)
    error = f"{1000 * met.clock_error_s:.2g} ms"
    return f"The agent {met.agent} on {met.about.host} is read: {watched}; its clock is known to {error}"


def _record_of(met: Met) -> dict[str, Any]:
    boot = boot_of()
    return {
        "host": met.about.host,
        **met.about.machine,
        "watches": met.about.watches,
        "same_machine": bool(boot) and met.about.boot == boot,
        "clock_error_ms": round(1000 * met.clock_error_s, 3),
    }

"""The machines that --cluster names, as long as a command wants them."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from loadcell.config import RunConfig, find_scenarios
from loadcell.config.values import AllCores
from loadcell.errors import UsageError
from loadcell.guard import is_loopback
from loadcell.nodes.parcel import pack
from loadcell.nodes.pool import Cluster
from loadcell.surroundings.voice import Voice
from loadcell.text import masked_command

_ANYONE = (
    "the cluster is spoken to without TLS, and not on this machine alone: whoever reaches it can run code on its machines"
    " and read what is sent. See docs/distributed.md"
)


@contextmanager
def clustered(config: RunConfig, voice: Voice) -> Iterator[tuple[RunConfig, Cluster | None]]:
    """The configuration with the processes of all machines together, and the machines. UsageError if they can't be used."""
    if config.cluster is None:
        yield config, None
        return
    try:
        from loadcell.nodes.on_dask import connected
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("distributed", "dask"):
            raise
        raise UsageError(
            "--cluster needs Dask, which is not installed.", "Install it with: pip install 'loadcell[dask]'"
        ) from error
    wanted = config.processes
    voice.note(f"cluster: looking at the machines of {config.cluster} …")
    # Generators have no use for what is secret in it, and whoever is on their machines can read their command lines.
    words = shlex.split(masked_command(sys.argv, ("--postgres",)))
    with connected(
        config.cluster, lambda cores: cores if isinstance(wanted, AllCores) else wanted, words, config.nodes
    ) as cluster:
        config = looked_at(config, cluster)
        voice.note(f"cluster: {_count(len(cluster.machines), 'machine')} with {_count(config.processes, 'generator')}")
        if not cluster.is_local:
            voice.warn([] if cluster.is_secret else [_ANYONE])
            host = urlsplit(config.host or "").hostname
            if host and is_loopback(host):
                voice.warn([f"{config.host} is on each machine of the cluster that machine itself, not this one"])
        yield config, cluster


def looked_at(config: RunConfig, cluster: Cluster) -> RunConfig:
    """The configuration with the processes of all machines that are there now; they get what the scenario needs now.

    UsageError if one of them can't take part, or if that is too much.
    """
    sent = pack(
        find_scenarios(config.scenario),
        Path(),
        os.environ,
        words=(*config.arguments, *config.config_users),
        leave_out=[config.runs_dir],
    )
    cluster.look(sent)
    return replace(config, processes=sum(machine.processes for machine in cluster.machines))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

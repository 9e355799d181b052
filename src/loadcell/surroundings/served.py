"""The service that --app names, started for the time of a run and stopped again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from loadcell.config import RunConfig
from loadcell.surroundings.voice import Voice
from loadcell.text import masked


@contextmanager
def served(config: RunConfig, voice: Voice) -> Iterator[RunConfig]:
    """The configuration with the service's address and its probes, while it runs. ServiceError if it can't be started."""
    if config.app is None:
        if "workers" in config.given or config.app_python is not None:
            voice.warn(["--workers and --app-python are about the service that --app starts (ignored)"])
        yield config
        return
    from loadcell.service.app import App

    app = App(config.app, config.workers, config.app_python or sys.executable)
    workers = "1 worker" if config.workers == 1 else f"{config.workers} workers"
    voice.note(f"starting {config.app} with {workers} …")
    app.start()
    if config.host:
        told = (
            f"-H names {masked(config.host)}: that is loaded, and {config.app}, started at {app.url}, only if it leads there"
        )
        voice.warn([told])
    try:
        yield replace(config, host=config.host or app.url, probe_dir=app.probe_dir)
    finally:
        if app.exit_code is not None:
            voice.warn(
                [f"{config.app} ended by itself with exit code {app.exit_code}. The last that it wrote:\n{app.output}"]
            )
        app.stop()

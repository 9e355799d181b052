"""Locust's command, for scripts that call it."""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

from loadcell.compat.locust.env import Environment
from loadcell.compat.locust.util.load_locustfile import load_locustfile

__all__ = ["create_environment", "load_locustfile", "main"]


def main() -> NoReturn:
    """Carry out the script's command line as `loadcell` does, in the place of this process."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "loadcell", "run", *sys.argv[1:]])


def create_environment(user_classes: list[type], options: Any, events: Any = None, **more: Any) -> Environment:
    """An environment with the settings of parsed options."""
    return Environment(
        user_classes=user_classes,
        events=events,
        host=options.host,
        tags=options.tags or None,
        exclude_tags=options.exclude_tags or None,
        reset_stats=bool(options.reset_stats),
        parsed_options=options,
        **more,
    )

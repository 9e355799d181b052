"""What a script that uses Locust as a library may connect to: it has no command line of ours, but it has configuration."""

from __future__ import annotations

import os
from pathlib import Path

from loadcell.config import Sources, settle_one
from loadcell.guard import Guard


def own_guard() -> Guard:
    """As the configuration files around this process and its environment say. ConfigError if that is wrong."""
    sources = Sources(env=os.environ, folder=Path(), home=Path(os.path.expanduser("~")))
    return Guard.of(settle_one("allowed_targets", {}, sources), owned=settle_one("target_owned", {}, sources))

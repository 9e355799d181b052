"""What a script that uses Locust as a library may send, and where to: it has no command line of ours, but configuration."""

from __future__ import annotations

import os
from pathlib import Path

from loadcell.config import Sources, settle_one
from loadcell.generator.equipment import Equipment
from loadcell.guard import Guard


def own_equipment() -> Equipment:
    """Equipment as the configuration files around this process and its environment say. ConfigError if that is wrong."""
    sources = Sources(env=os.environ, folder=Path(), home=Path(os.path.expanduser("~")))
    allowed, owned, read_only = (settle_one(name, {}, sources) for name in ("allowed_targets", "target_owned", "read_only"))
    return Equipment(guard=Guard.of(allowed, owned=owned), read_only=read_only)

"""The environment and the folders that configuration is read from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from loadcell.config import Raw, Sources, settle_one


def sources(config_file: Path | None = None) -> Sources:
    """The sources of configuration of this process."""
    return Sources(env=os.environ, folder=Path(), home=Path(os.path.expanduser("~")), config_file=config_file)


def runs_dir(flags: Mapping[str, Raw]) -> Path:
    """The folder of run files. ConfigError if it was named wrongly."""
    folder: Path = settle_one("runs_dir", flags, sources())
    return folder

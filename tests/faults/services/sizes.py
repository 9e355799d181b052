"""What a case of the laboratory hands to its service, in the environment."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

SIZE: dict[str, Any] = json.loads(os.environ.get("LAB_SIZE", "{}"))
"""How large the fault is: sleeps in ms, pools, rows."""
DATABASE: str = os.environ.get("LAB_DATABASE", "")
"""postgresql:// URL, where the case has a database."""
DOWNSTREAM: str = os.environ.get("LAB_DOWNSTREAM", "")
"""http:// URL of another service, where the case has one."""
FOLDER = Path(os.environ.get("LAB_FOLDER", "."))
"""A folder of this case's own."""

if _group := os.environ.get("LAB_GROUP"):
    # The control group of the case; what starts from here is in it as well.
    (Path(_group) / "cgroup.procs").write_text(str(os.getpid()))


def compute(milliseconds: float) -> None:
    """Take the CPU for so long, whoever else wants it."""
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        pass

"""What a service or a scenario has said, where a job of GitHub Actions reads along: text, and no command to its runner."""

from __future__ import annotations

import os
import re

_COMMAND = re.compile(r"^(\s*:)(?=:)|(##)(?=\[)", re.MULTILINE)


def quoted(text: str) -> str:
    """`text`; in a job of GitHub Actions so that the runner finds no command in it. To the eye it is the same."""
    if os.environ.get("GITHUB_ACTIONS", "").lower() not in ("true", "1"):
        return text
    return _COMMAND.sub(lambda found: f"{found[0]}\u200b", text)

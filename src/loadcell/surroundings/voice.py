"""To whom it is said what happens around a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Voice(Protocol):
    """Says things in words: in a terminal, in a log."""

    def note(self, text: str) -> None:
        """What happens."""

    def warn(self, texts: Iterable[str]) -> None:
        """What the reader should look after, each once."""

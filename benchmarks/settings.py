"""How long and where the benchmarks run."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Rounds, seconds at full load per measurement, users of the `users` part, and the two cores."""

    rounds: int = 7
    seconds: float = 5
    users: int = 10_000
    target_core: int = 0
    client_core: int = 1

    def say(self, text: str) -> None:
        """Tell the progress, apart from the tables."""
        print(text, file=sys.stderr, flush=True)

"""PLACEHOLDER until the real one lands (to be overwritten)."""
from typing import Any
PERCENTILES_TO_REPORT = [0.50, 0.66, 0.75, 0.80, 0.90, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0]
class StatsError: ...
class RequestStats:
    before_read: Any = None
    def __init__(self, use_response_times_cache: bool = True) -> None:
        self.errors: dict[str, StatsError] = {}
    def add_counts(self, entries: Any, errors: Any, at: float) -> None: ...
    def clear_all(self) -> None: ...
    def reset_all(self) -> None: ...
    def serialize_stats(self) -> Any: return []
    def serialize_errors(self) -> Any: return {}
    total: Any = None

"""Times as text."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def format_utc_timestamp(unix_timestamp: float) -> str:
    """Seconds since the epoch as 2026-01-31T12:00:00Z."""
    return f"{datetime.fromtimestamp(int(unix_timestamp), UTC):%Y-%m-%dT%H:%M:%SZ}"


def format_safe_timestamp(unix_timestamp: float) -> str:
    """Seconds since the epoch, in local time, as a part of file names."""
    return time.strftime("%Y-%m-%d-%Hh%M", time.localtime(int(unix_timestamp)))


def format_duration(start_unix_timestamp: float, end_unix_timestamp: float) -> str:
    """The time between two moments in words."""
    seconds = int(end_unix_timestamp - start_unix_timestamp)
    units = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
    words = []
    for name, size in units:
        amount, seconds = divmod(seconds, size)
        if amount:
            words.append(f"{amount} {name}{'s' if amount > 1 else ''}")
    if not words:
        return "0 seconds"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

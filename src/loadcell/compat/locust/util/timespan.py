"""Durations."""

from loadcell.config.values import parse_duration


def parse_timespan(time_str: str) -> int:
    """Whole seconds of "300", "20m" or "1h30m10s"; ValueError if it is no duration."""
    if not time_str:
        raise ValueError("Invalid time span format. Valid formats: 20, 20s, 3m, 2h, 1h20m, 3h30m10s, etc.")
    return int(parse_duration(time_str))


__all__ = ["parse_timespan"]

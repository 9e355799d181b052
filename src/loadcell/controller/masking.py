"""Keeps the passwords of URLs out of everything that a run stores and shows."""

from __future__ import annotations

from loadcell.messages import Event, Interval, Log, Refused
from loadcell.nodes.news import Collected, News, Reported
from loadcell.text import masked


def mask(news: News) -> News:
    """The same news, with the passwords in its texts hidden in place."""
    match news:
        case Collected(interval):
            _mask_interval(interval)
        case Reported(_, Event() | Log() as said):
            said.text = masked(said.text)
        case Reported(_, Refused() as refusal):
            refusal.message = masked(refusal.message)
    return news


def _mask_interval(interval: Interval) -> None:
    for entry in interval.entries:
        entry.name = masked(entry.name)
    for error in interval.errors:
        error.name = masked(error.name)
        error.error = masked(error.error)
    for exception in interval.exceptions:
        exception.message = masked(exception.message)
        exception.traceback = masked(exception.traceback)

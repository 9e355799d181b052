"""The settled configuration of one run, and the sources it is settled from."""

from loadcell.config.options import ABSENT, OPTIONS, Option, RunConfig
from loadcell.config.places import find_scenarios, why_unwritable
from loadcell.config.settling import Raw, Settled, Sources, closest, settle, settle_one
from loadcell.config.values import duration_text, parse_duration

__all__ = [
    "ABSENT",
    "OPTIONS",
    "Option",
    "Raw",
    "RunConfig",
    "Settled",
    "Sources",
    "closest",
    "duration_text",
    "find_scenarios",
    "parse_duration",
    "settle",
    "settle_one",
    "why_unwritable",
]

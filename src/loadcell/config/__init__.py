"""The settled configuration of one run, and the sources it is settled from."""

from loadcell.config.files import ConfigFileError, Section, read_config, read_defaults
from loadcell.config.options import ABSENT, OPTIONS, Option, RunConfig
from loadcell.config.places import find_scenarios, why_unwritable
from loadcell.config.settling import Raw, Settled, Sources, closest, settle, settle_one
from loadcell.config.values import duration_text, parse_duration

__all__ = [
    "ABSENT",
    "OPTIONS",
    "ConfigFileError",
    "Option",
    "Raw",
    "RunConfig",
    "Section",
    "Settled",
    "Sources",
    "closest",
    "duration_text",
    "find_scenarios",
    "parse_duration",
    "read_config",
    "read_defaults",
    "settle",
    "settle_one",
    "why_unwritable",
]

"""OpenTelemetry, where a script asks for it."""

from __future__ import annotations

import logging

logger = logging.getLogger("loadcell.compat")


def setup_opentelemetry() -> bool:
    """Whether traces and metrics are exported: they are not, and it says so."""
    logger.warning("Loadcell does not export to OpenTelemetry; the run's figures are in its report and its --json FILE.")
    return False

"""Shows where the time of a service's requests goes, from inside the service.

    app = loadcell_probe.install(app)   # the last line of the module that makes the ASGI application

Does nothing unless the environment variable LOADCELL_PROBE_DIR names a private directory. Then each worker serves one JSON
document (`document.py` lists its fields) to whoever connects to the Unix socket `<pid>.sock` in that directory.

Standard library only, and Python 3.9 or newer: it runs in the interpreter of the service, reached by PYTHONPATH alone.
"""

from __future__ import annotations

import os
from typing import Any, TypeVar

__all__ = ["DIRECTORY_VARIABLE", "install"]

DIRECTORY_VARIABLE = "LOADCELL_PROBE_DIR"

App = TypeVar("App")


def install(app: App) -> App:
    """Return `app` seen by the probe, or `app` itself where the probe is switched off or can't start.

    What comes back is an ASGI application whose other attributes are those of `app`. Never raises.
    """
    directory = os.environ.get(DIRECTORY_VARIABLE)
    if not directory:
        return app
    try:
        from loadcell_probe import worker  # nothing is loaded where the probe is switched off

        probed: Any = worker.probed(app, directory)
    except Exception:
        return app
    return probed  # type: ignore[no-any-return]

"""One row a request, in a CSV file."""

from __future__ import annotations

import csv
import time
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from loadcell.compat.locust.env import Environment

CSV_COLUMNS = (
    "timestamp",
    "request_type",
    "name",
    "response_time_ms",
    "response_length",
    "status_code",
    "exception",
)


class CsvRequestLogger:
    """Writes each request of an environment to the file `filepath`, which is made anew.

    `register` it in a listener of `init`; it closes the file when the run is quitting. OSError if it can't be written.
    """

    def __init__(self, filepath: str, *, flush_interval: int = 1) -> None:
        """`flush_interval`: after how many rows the file is brought up to date."""
        self.filepath = filepath
        self.flush_interval = max(1, flush_interval)
        self._file: TextIO | None = None
        self._writer: Any = None
        self._pending = 0

    def register(self, environment: Environment) -> None:
        """Write down the requests of this environment from now on."""
        self.close()
        self._file = open(self.filepath, "w", newline="", encoding="utf-8")  # noqa: SIM115 - closed by close
        self._writer = csv.writer(self._file)
        self._writer.writerow(CSV_COLUMNS)
        self._file.flush()
        environment.events.request.add_listener(self._write)
        environment.events.quitting.add_listener(self._quit)

    def close(self) -> None:
        """Bring the file up to date and close it; without effect if it is closed."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _quit(self, **_: Any) -> None:
        self.close()

    def _write(
        self,
        *,
        request_type: str,
        name: str,
        response_time: float | None,
        response_length: int,
        exception: Any = None,
        response: Any = None,
        start_time: float | None = None,
        **_: Any,
    ) -> None:
        if self._file is None:
            return
        self._writer.writerow(
            [
                round(time.time() if start_time is None else start_time, 6),
                request_type,
                name,
                "" if response_time is None else round(response_time, 2),
                response_length,
                _status_of(response),
                "" if exception is None else str(exception),
            ]
        )
        self._pending += 1
        if self._pending >= self.flush_interval:
            self._file.flush()
            self._pending = 0


def _status_of(response: Any) -> int:
    try:
        return int(response.status_code)
    except (AttributeError, TypeError, ValueError):
        return 0

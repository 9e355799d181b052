"""What is told of workers whose probe can't be read: once for each, those of one read together; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from loadcell.monitors.probe_document import VERSION, AnotherVersion
from loadcell.monitors.reading import Trouble

_BACK_AFTER = 5
"""So many answers in a row, and a worker that was silent answers again: of one that stutters not each time is told."""


class ProbeTroubles:
    """Remembers what has been told."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._told: dict[int, set[str]] = defaultdict(set)
        self._silent: dict[int, int] = {}

    def update(self, answered: Collection[int], failed: Mapping[int, Exception]) -> list[Trouble]:
        """What is new, given the pids whose probe has answered and why those of others have not."""
        self._told = defaultdict(set, {pid: told for pid, told in self._told.items() if pid in answered or pid in failed})
        self._silent = {pid: answers for pid, answers in self._silent.items() if pid in answered or pid in failed}
        return [*self._new(failed), *self._over(answered, failed)]

    def _new(self, failed: Mapping[int, Exception]) -> Iterable[Trouble]:
        alike: dict[tuple[str, str], list[int]] = defaultdict(list)
        for pid, error in sorted(failed.items()):
            if isinstance(error, (FileNotFoundError, ConnectionResetError, BrokenPipeError)):
                continue  # it has just ended
            message, hint = self._sentence(error)
            if message not in self._told[pid]:
                self._told[pid].add(message)
                alike[message, hint].append(pid)
        return [Trouble(message.format(_workers(pids)), hint) for (message, hint), pids in alike.items()]

    def _over(self, answered: Collection[int], failed: Mapping[int, Exception]) -> Iterable[Trouble]:
        for pid, error in failed.items():
            if isinstance(error, TimeoutError):
                self._silent[pid] = 0
        for pid in self._silent.keys() & set(answered):
            self._silent[pid] += 1
        back = sorted(pid for pid, answers in self._silent.items() if answers >= _BACK_AFTER)
        for pid in back:
            del self._silent[pid]
            self._told.pop(pid, None)
        return [Trouble(f"The probe of {_workers(back)} answers again", over=True)] if back else []

    def _sentence(self, error: Exception) -> tuple[str, str]:
        """What has happened, with a place for the workers, and what can be done."""
        if isinstance(error, ConnectionRefusedError):
            return "The probe's socket of {} was left behind: who had it was killed", ""
        if isinstance(error, TimeoutError):
            message = f"The probe of {{}} did not answer within {self._patience_s:g} s"
            return message, "Something in the service keeps Python's lock for long, or it was stopped. Others are read."
        if isinstance(error, AnotherVersion):
            message = f"The probe of {{}} writes version {error} of its document, and version {VERSION} is read here"
            return message, "Install the same version of Loadcell for the service. Others are read."
        if isinstance(error, PermissionError):
            return "The probe of {} answers the service's own user only", "Run loadcell as that user, or as root."
        told = str(error).replace("{", "{{").replace("}", "}}")
        return f"The probe of {{}} can't be read: {told}", "Others are read."


def _workers(pids: Collection[int]) -> str:
    """
    >>> _workers([7, 8, 9])
    'workers 7, 8 and 9'
    """
    *first, last = map(str, pids)
    return f"workers {', '.join(first)} and {last}" if first else f"worker {last}"

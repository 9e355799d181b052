"""Where code is: which of the frames of a stack are the service's own, and how a place is written."""

from __future__ import annotations

import os
from opcode import opmap
from types import FrameType

# File, line and function that the service's own code is at, then file and function of what runs inside it.
Place = tuple[str, int, str, str, str]

DEPTH = 200  # frames looked at

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_known: dict[str, bool] = {}
# A `with` that is not entered yet; by the name that the instruction has had until and since Python 3.10.
_ENTERING = tuple(opmap[name] for name in ("SETUP_WITH", "BEFORE_WITH") if name in opmap)
ENTER = "__enter__"


def is_of_service(path: str) -> bool:
    """Whether a file is the service's: not of a library, of Python or of the probe."""
    known = _known.get(path)
    if known is None:
        elsewhere = path.startswith(("<", _OWN, _LIBRARY)) or any(part in path for part in _PACKAGES)
        known = not elsewhere
        if len(_known) < 10_000:
            _known[path] = known
    return known


def innermost_of_service(frame: FrameType) -> FrameType | None:
    """Return the deepest frame of the service in a stack that is given by its topmost frame."""
    looked_at: FrameType | None = frame
    for _ in range(DEPTH):
        if looked_at is None:
            return None
        if is_of_service(looked_at.f_code.co_filename):
            return looked_at
        looked_at = looked_at.f_back
    return None


def place(frame: FrameType, leaf: FrameType) -> Place:
    """Return where a frame is, and what runs inside it; not the probe itself, through which collections and calls pass."""
    while leaf is not frame and leaf.f_code.co_filename.startswith(_OWN) and leaf.f_back is not None:
        leaf = leaf.f_back
    code, inside = frame.f_code, leaf.f_code
    return code.co_filename, frame.f_lineno or 0, code.co_name, inside.co_filename, inside.co_name


def place_of_thread(frame: FrameType, leaf: FrameType) -> Place:
    """Return where a thread is. A lock of C has no frame of its own: the `with` that waits for it is told as such."""
    found = place(frame, leaf)
    instruction = leaf.f_lasti
    if frame is leaf and instruction >= 0 and leaf.f_code.co_code[instruction] in _ENTERING:
        return (*found[:4], ENTER)
    return found


def short(path: str) -> str:
    """Return a path as it is shown: below the working directory or the packages where it lies in one."""
    for part in _PACKAGES:
        if part in path:
            return path.rsplit(part, 1)[1]
    for start in (os.getcwd() + os.sep, _LIBRARY):
        if path.startswith(start):
            return path[len(start) :]
    return path

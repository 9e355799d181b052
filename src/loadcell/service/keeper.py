"""Ends a process group when whoever started it is gone, however that went: `python keeper.py FOLDER`; standard library only.

It leads the group, so that the group's number stays its own as long as the keeper lives. Its standard input is a pipe whose
other end only the starter has, and never writes to: the kernel closes it when the starter dies. (prctl's PR_SET_PDEATHSIG
would be of the thread that started the process, and of one process only.) Then FOLDER is removed, and the group killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys


def keep(folder: str) -> None:
    """Wait for the end of the starter, and end everything."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    sys.stdin.buffer.read()
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    keep(sys.argv[1])

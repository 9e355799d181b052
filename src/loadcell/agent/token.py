"""The secret that a controller shows to an agent: kept in a file that nobody else may read."""

from __future__ import annotations

import hmac
import os
import stat
from pathlib import Path

from loadcell.errors import UsageError

LEAST = 16
_LARGEST = 1024
_MAKE = "Make one: (umask 077; openssl rand -hex 32 > {})"


def read_token(path: Path) -> str:
    """The token in a file. UsageError if others may read the file, or what is in it is none."""
    try:
        # Without waiting: a pipe has no permissions that would mean anything.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"The token file {path} can't be read: {error.strerror}.", _MAKE.format(path)) from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise UsageError(f"The token file {path} is no file.", _MAKE.format(path))
        if found.st_mode & 0o077:
            raise UsageError(f"The token file {path} can be read by others.", f"Close it: chmod 600 {path}")
        if found.st_uid not in (0, os.geteuid()):
            raise UsageError(f"The token file {path} belongs to another user.", f"Take it over: chown $USER {path}")
        content = os.read(descriptor, _LARGEST + 1)
    finally:
        os.close(descriptor)
    text = content.strip()
    if len(content) > _LARGEST or not all(33 <= byte < 127 for byte in text):
        raise UsageError(f"What is in {path} is no token: one word of ASCII characters.", _MAKE.format(path))
    if len(text) < LEAST:
        raise UsageError(f"The token in {path} is too short: it needs {LEAST} characters.", _MAKE.format(path))
    return text.decode("ascii")


def is_shown(token: str, authorization: str) -> bool:
    """Whether a header has the token in it; takes the same time however much of it is right.

    >>> is_shown("0123456789abcdef", "Bearer 0123456789abcdef")
    True
    """
    return hmac.compare_digest(f"Bearer {token}".encode(), authorization.encode("latin-1", "replace"))

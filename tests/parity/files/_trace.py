"""print, in one piece: several processes write to the same output."""

import os


def print(*words):  # noqa: A001
    os.write(1, (" ".join(map(str, words)) + "\n").encode())

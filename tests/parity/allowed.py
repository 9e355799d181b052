"""The differences there are on purpose: (file or *, what the difference looks like, the reason).

Each reason is a line of docs/locust-differences.md; a test holds the two together.
"""

ALLOWED: list[tuple[str, str, str]] = []

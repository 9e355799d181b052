"""URLs."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_url(url: str) -> bool:
    """Whether it is an absolute HTTP URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)

"""What a controller shows to agents and believes of them, and how it calls them."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from loadcell.errors import UsageError


@dataclass(frozen=True, slots=True)
class Access:
    """What a controller shows and believes."""

    token: str | None = None
    trusted: ssl.SSLContext | None = None
    """None: the authorities that this system trusts."""


def trusting(authority: Path) -> ssl.SSLContext:
    """Trust in the certificates of one authority alone. UsageError if its file holds none."""
    try:
        return ssl.create_default_context(cafile=authority)
    except ssl.SSLError as error:
        raise UsageError(f"There is no certificate in {authority}.", "--agent-ca takes a file in PEM form.") from error
    except OSError as error:
        raise UsageError(f"The certificate {authority} can't be read: {error.strerror}.") from error


def name_of(url: str) -> str:
    """How an agent is called: by its host and port.

    >>> name_of("https://web1.example.com:8900")
    'web1.example.com:8900'
    """
    return urlsplit(url).netloc

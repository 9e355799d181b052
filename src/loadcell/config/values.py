"""From one text to one value. Each function raises ValueError with what is wrong, fit to follow "--option 'text'"."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

from loadcell import guard
from loadcell.plan.named import NAMES as PLANS

_DURATION = re.compile(
    r"(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m(?!s))?(?:(?P<s>\d+(?:\.\d+)?)s)?(?:(?P<ms>\d+(?:\.\d+)?)ms)?"
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_SCHEMES = ("http", "https", "http+unix")
_TRUE = ("true", "yes", "1", "on")
FALSE = ("false", "no", "0", "off")
ARRIVALS = ("uniform", "poisson")
AGENT_PORT = 8900
"""Where an agent listens when nothing else is said."""
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


MAX_LOCAL_NODES = 64


def parse_duration(text: str) -> float:
    """Seconds of a duration such as "300", "20m", "1h30m10s" or "500ms"."""
    text = text.strip().lower()
    match = _DURATION.fullmatch(text)
    if _NUMBER.fullmatch(text):
        seconds = float(text)
    elif text and match:
        seconds = sum(float(amount) * _SECONDS[unit] for unit, amount in match.groupdict().items() if amount)
    else:
        raise ValueError("is not a duration: write for example 300, 20m, 1h30m10s or 500ms")
    if not math.isfinite(seconds):
        raise ValueError("is too long")
    return seconds


def duration_text(seconds: float) -> str:
    """A duration as people write it: 5400 → "1h30m"; whole seconds, below one second milliseconds."""
    if 0 < seconds < 1:
        return f"{round(seconds * 1000)}ms"
    minutes, s = divmod(round(seconds), 60)
    h, m = divmod(minutes, 60)
    return "".join(f"{amount}{unit}" for amount, unit in ((h, "h"), (m, "m"), (s, "s")) if amount) or "0s"


def positive_duration(text: str) -> float:
    """Seconds, more than none."""
    seconds = parse_duration(text)
    if seconds <= 0:
        raise ValueError("is no time at all: give a duration above 0")
    return seconds


def positive_int(text: str) -> int:
    """A whole number from 1 on."""
    try:
        number = int(text)
    except ValueError:
        raise ValueError("is not a whole number") from None
    if number < 1:
        raise ValueError("must be at least 1")
    return number


def positive_float(text: str) -> float:
    """A finite number above 0."""
    try:
        number = float(text)
    except ValueError:
        raise ValueError("is not a number") from None
    if not math.isfinite(number) or number <= 0:
        raise ValueError("must be a finite number above 0")
    return number


def exit_code(text: str) -> int:
    """A process exit code."""
    if not text.isdecimal() or int(text) > 255:
        raise ValueError("is not an exit code: give a whole number from 0 to 255")
    return int(text)


class AllCores(int):
    """As many processes as this one may use cores; on a cluster, as many as each machine has."""


def processes(text: str) -> int:
    """A number of processes; "auto" and -1 are `AllCores`."""
    if text in ("auto", "-1"):
        return AllCores(len(os.sched_getaffinity(0)))
    try:
        return positive_int(text)
    except ValueError as error:
        raise ValueError(f"{error}; auto or -1 means one process a core") from None


def cluster(text: str) -> str:
    """Where a Dask scheduler is, or how large a cluster to start on this machine."""
    kind, _, rest = text.partition(":")
    if kind == "local":
        if not rest.isdecimal() or not 1 <= int(rest) <= MAX_LOCAL_NODES:
            raise ValueError(f"is no number of workers: write local:3; {MAX_LOCAL_NODES} at most")
        return f"local:{int(rest)}"
    if not re.fullmatch(r"[a-z]+://[^\s/]+:\d+", text):
        raise ValueError(
            "is no address of a Dask scheduler: write tcp://HOST:8786, tls://HOST:8786, or local:3 to try one here"
        )
    return text


def on_node_loss(text: str) -> str:
    """What is to be done when a machine is lost."""
    if text not in ("rebalance", "stop"):
        raise ValueError("is neither rebalance nor stop")
    return text


def host(text: str) -> str:
    """The base URL of the service."""
    from urllib.parse import urlsplit

    text = text.strip()
    if "://" not in text:
        raise ValueError(f"has no scheme: write http://{text.lstrip('/') or 'localhost:8000'}")
    if re.search(r"\s", text):
        raise ValueError("has a space in it")
    try:
        parts = urlsplit(text)
        port = parts.port if parts.scheme != "http+unix" else None
    except ValueError as error:
        raise ValueError(f"is not a URL: {error}") from None
    if parts.scheme not in _SCHEMES:
        raise ValueError(f"has the scheme {parts.scheme!r}: it must be one of {', '.join(_SCHEMES)}")
    if port == 0 or not parts.netloc or (parts.scheme != "http+unix" and not parts.hostname):
        raise ValueError("names no host: write for example http://localhost:8000")
    return text


def metrics_url(text: str) -> str:
    """The address of a page of metrics."""
    text = host(text)
    if not text.startswith(("http://", "https://")):
        raise ValueError("is not an HTTP address: write http://127.0.0.1:9100/metrics")
    return text


def agent_url(text: str) -> str:
    """The address of an agent: over TLS, unless it is on this machine."""
    from urllib.parse import urlsplit

    text = text.strip()
    if "://" in text:
        url = host(text)
    else:
        here = guard.is_loopback(urlsplit(f"//{text}").hostname or "")
        url = host(f"{'http' if here else 'https'}://{text}")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.path.strip("/") or parts.query:
        raise ValueError("is not the address of an agent: write HOST:PORT")
    if parts.scheme == "http" and not guard.is_loopback(parts.hostname or ""):
        raise ValueError("would be read in the clear: an agent elsewhere speaks TLS, so write https:// or no scheme")
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{name}:{parts.port or AGENT_PORT}"


def otlp_url(text: str) -> str:
    """The address that figures are posted to; without the path that OTLP gives to metrics, this is added."""
    from urllib.parse import urlsplit

    text = host(text).rstrip("/")
    if not text.startswith(("http://", "https://")):
        raise ValueError("is not an HTTP address: write http://127.0.0.1:4318")
    if urlsplit(text).query or "#" in text:
        raise ValueError("has more than a path: keys are given in OTEL_EXPORTER_OTLP_HEADERS")
    return text if text.endswith("/v1/metrics") else f"{text}/v1/metrics"


def port(text: str) -> int:
    """A port to listen on; 0 for any that is free."""
    if not text.isdecimal() or int(text) > 65_535:
        raise ValueError("is not a port: give a number from 0 to 65535; 0 takes a free one")
    return int(text)


def seconds_or_never(text: str) -> int:
    """Whole seconds; -1 for never."""
    if text != "-1" and not text.isdecimal():
        raise ValueError("is not a number of seconds: give a whole number from 0; -1 stands for never")
    return int(text)


def listening_address(text: str) -> str:
    """An address of this machine to listen on."""
    import ipaddress

    if text == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        raise ValueError("is not an address: write for example 127.0.0.1, 0.0.0.0 or ::1") from None


def allowed_target(text: str) -> str:
    """A host name, an address or a network."""
    return guard.allowed_target(text)


def truth(text: str) -> bool:
    """A yes or a no."""
    if text.lower() in _TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ValueError("is neither true nor false")


def arrivals(text: str) -> str:
    """How the iterations of the open model are spread."""
    if text.lower() not in ARRIVALS:
        raise ValueError(f"must be one of {', '.join(ARRIVALS)}")
    return text.lower()


def plan_name(text: str) -> str:
    """The name of a plan."""
    if text.lower() not in PLANS:
        raise ValueError(f"is not a plan: it must be one of {', '.join(PLANS)}")
    return text.lower()


def log_level(text: str) -> str:
    """The name of a log level, in capitals."""
    if text.upper() not in LOG_LEVELS:
        raise ValueError(f"is not a log level: it must be one of {', '.join(LOG_LEVELS)}")
    return text.upper()


def some_text(text: str) -> str:
    """Any text but an empty one."""
    if not text.strip():
        raise ValueError("is empty")
    return text


def path(text: str) -> Path:
    """A path in the file system; a leading ~ is the home folder."""
    return Path(some_text(text)).expanduser()

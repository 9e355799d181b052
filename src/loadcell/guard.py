"""Which addresses load may be sent to: this machine's, private ones, and those that the user says are theirs to test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_Network = IPv4Network | IPv6Network

_NEAR: tuple[_Network, ...] = tuple(
    ip_network(text)
    for text in (
        "127.0.0.0/8",
        "::1/128",
        "0.0.0.0/32",  # Systems take it for their own.
        "::/128",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fc00::/7",
        "169.254.0.0/16",
        "fe80::/10",
    )
)
"""Loopback, private (RFC 1918, RFC 4193) and link-local."""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine talking to itself, without looking a name up.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Guard:
    """What is allowed beside loopback and private addresses."""

    owned: bool = False
    """The user owns whatever is named: everything is allowed."""
    names: frozenset[str] = frozenset()
    """Host names, in small letters; one that begins with a dot stands for all names that end in it."""
    networks: tuple[_Network, ...] = ()

    @classmethod
    def of(cls, allowed: Iterable[str], *, owned: bool = False) -> Guard:
        """A guard that lets through host names ("*.example.com" too), addresses and networks. ValueError if one is none."""
        names, networks = set(), []
        for text in allowed:
            found = _network_of(text)
            if found is None:
                names.add(_name_of(text))
            else:
                networks.append(found)
        return cls(owned, frozenset(names), tuple(networks))

    def permits(self, host: str, address: str) -> bool:
        """Whether a connection to `address`, to which `host` leads, may be opened."""
        if self.owned or is_near(address) or self._knows(host):
            return True
        number = _number_of(address)
        return any(number in network for network in self.networks)

    def _knows(self, host: str) -> bool:
        name = host.lower().rstrip(".")
        return name in self.names or any(name.endswith(known) for known in self.names if known.startswith("."))


@lru_cache(maxsize=4096)
def is_near(address: str) -> bool:
    """Whether an address is one of this machine or of a private network."""
    number = _number_of(address)
    return any(number in network for network in _NEAR)


def refusal(host: str) -> str:
    """Why nothing is sent to `host`, in one clause."""
    return f"{host} is neither on this machine nor in a private network: nothing is sent to it"


def hint(host: str) -> str:
    """What to do about it, as a sentence."""
    return f'If you may test it, say --target-owned, or put allowed_targets = ["{host}"] in loadcell.toml.'


def allowed_target(text: str) -> str:
    """One entry of the list of allowed targets, as it was given. ValueError if it is none."""
    Guard.of([text])
    return text


def _number_of(address: str) -> IPv4Address | IPv6Address:
    number = ip_address(address)
    mapped = number.ipv4_mapped if isinstance(number, IPv6Address) else None
    return mapped or number


def _network_of(text: str) -> _Network | None:
    """The network or single address; None for what looks like a name. ValueError for what can be neither."""
    text = text.strip().removeprefix("[").removesuffix("]")
    try:
        return ip_network(text, strict=False)
    except ValueError:
        pass
    if "://" in text:
        raise ValueError("is a URL: give the name or address of the host alone")
    if "/" in text or not text.strip(".0123456789"):
        raise ValueError("is not a network: write for example 203.0.113.0/24")
    if ":" in text:
        raise ValueError("has a port, or is no address: give the name or address of the host alone")
    return None


def _name_of(text: str) -> str:
    name = text.strip().lower().rstrip(".")
    whole = name.removeprefix("*.")
    if not whole or any(not label or not label.replace("-", "").replace("_", "").isalnum() for label in whole.split(".")):
        raise ValueError("is not a host name, an address or a network")
    return name[1:] if name != whole else name

"""What load may be sent to."""

from __future__ import annotations

import pytest

from loadcell.guard import Guard, allowed_target, hint, is_near, refusal

PUBLIC = (
    "203.0.113.9",
    "8.8.8.8",
    "100.64.0.1",
    "172.32.0.1",
    "192.169.0.1",
    "2001:db8::1",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
)
NEAR = (
    "127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.7.7",
    "169.254.3.4", "fe80::1", "fe80::1%eth0", "fd12::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
)  # fmt: skip


@pytest.mark.parametrize("address", NEAR)
def test_this_machine_and_private_networks_are_permitted(address: str) -> None:
    assert is_near(address)
    assert Guard().permits("any.example", address)


@pytest.mark.parametrize("address", PUBLIC)
def test_all_else_is_not(address: str) -> None:
    assert not is_near(address)
    assert not Guard().permits("any.example", address)
    assert not Guard().permits("localhost", address), "it is the address that counts"
    assert Guard(owned=True).permits("any.example", address), "unless the user says it is theirs"


def test_names_may_be_allowed() -> None:
    guard = Guard.of(["Staging.Example.com", "*.test.example.com."])
    for host in ("staging.example.com", "STAGING.example.COM.", "a.test.example.com", "a.b.test.example.com"):
        assert guard.permits(host, "203.0.113.9"), host
    for host in ("example.com", "www.staging.example.com", "test.example.com", "xtest.example.com", "203.0.113.9"):
        assert not guard.permits(host, "203.0.113.9"), host


def test_addresses_and_networks_may_be_allowed() -> None:
    guard = Guard.of(["203.0.113.0/24", "198.51.100.7", "2001:db8::/32", "[2001:db9::1]"])
    for address in ("203.0.113.9", "198.51.100.7", "2001:db8:1::1", "2001:db9::1", "::ffff:203.0.113.9"):
        assert guard.permits("any.example", address), address
    for address in ("203.0.114.9", "198.51.100.8", "2001:dba::1"):
        assert not guard.permits("any.example", address), address


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("https://staging.example.com", "is a URL"),
        ("staging.example.com:8443", "has a port"),
        ("203.0.113.0/33", "is not a network"),
        ("300.1.1.1", "is not a network"),
        ("staging.example.com/24", "is not a network"),
        ("", "is not a"),
        ("*", "is not a host name"),
        ("a..b", "is not a host name"),
        ("a b", "is not a host name"),
    ],
)
def test_what_can_be_no_target_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        allowed_target(text)


def test_the_refusal_says_what_to_do() -> None:
    assert refusal("shop.example").startswith("shop.example is neither on this machine nor in a private network")
    assert "--target-owned" in hint("shop.example")
    assert 'allowed_targets = ["shop.example"]' in hint("shop.example")

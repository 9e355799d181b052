"""Whether the host of the command line may be tested. Only addresses written out: nothing is looked up in a network."""

from __future__ import annotations

import asyncio

import pytest

from loadcell.config import RunConfig
from loadcell.controller.permission import host_name, require_permission
from loadcell.errors import UsageError


@pytest.mark.parametrize(
    "config",
    [
        RunConfig(host="http://127.0.0.1:8000"),
        RunConfig(host="http://[::1]:8000/base"),
        RunConfig(host="http+unix://%2Ftmp%2Fsocket"),
        RunConfig(host=None),
        RunConfig(host="http://203.0.113.9", target_owned=True),
        RunConfig(host="http://203.0.113.9", allowed_targets=("203.0.113.0/24",)),
        RunConfig(host="http://" + "x" * 70),
    ],
    ids=lambda config: str(config.host)[:30],
)
def test_permitted(config: RunConfig) -> None:
    asyncio.run(require_permission(config))


@pytest.mark.parametrize("host", ["http://203.0.113.9", "https://u:p@203.0.113.9:8443/x", "http://[2001:db8::1]/"])
def test_not_permitted(host: str) -> None:
    with pytest.raises(UsageError, match="neither on this machine nor in a private network") as refused:
        asyncio.run(require_permission(RunConfig(host=host, allowed_targets=("shop.example",))))
    assert refused.value.exit_code == 2
    assert host_name(host) in refused.value.hint

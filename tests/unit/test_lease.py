from __future__ import annotations

import math

from loadcell.lease import Lease, lease_end


def test_a_lease_lasts_until_it_is_said_to_end() -> None:
    lease = Lease()
    try:
        assert lease_end(lease.fd) == math.inf
        lease.extend(12.5)
        assert lease_end(lease.fd) == 12.5
    finally:
        lease.close()

"""What samples of connections say."""

from __future__ import annotations

from loadcell.monitors.backends import Activity, Backends


def test_samples_are_averaged_and_the_oldest_counts() -> None:
    activity = Activity()
    activity.add([Backends("active", "Lock", "transactionid", 4, 2.5, 3.0), Backends("active", "", "", 2, 0.1, 0.1)])
    activity.add(
        [
            Backends("idle in transaction", "Client", "ClientRead", 3, 0.0, 7.0),
            Backends("idle in transaction (aborted)", "Client", "ClientRead", 1, 0.0, 1.0),
            Backends("idle", "Client", "ClientRead", 10, 0.0, 0.0),
        ]
    )
    values = {(reading.signal, reading.of): reading.value for reading in activity.readings("shop")}
    assert values == {
        ("db_connections_own", "shop"): 10.0,
        ("db_active", "shop"): 3.0,
        ("db_on_cpu", "shop"): 1.0,
        ("db_lock_waits", "shop"): 2.0,
        ("db_wait", "Lock:transactionid"): 2.0,
        ("db_idle", "shop"): 5.0,
        ("db_in_transaction", "shop"): 2.0,
        ("db_oldest_query", "shop"): 2.5,
        ("db_oldest_transaction", "shop"): 7.0,
    }
    assert activity.waited_for_locks


def test_without_a_sample_nothing_is_said() -> None:
    assert Activity().readings("shop") == []

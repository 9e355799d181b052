"""Which signal a sample of a thread counts for."""

from __future__ import annotations

import pytest

from loadcell.monitors.catalogue import CATALOGUE
from loadcell.monitors.loop_states import GROUPS, group_of


@pytest.mark.parametrize(
    ("state", "function", "group"),
    [
        ("R", "0", "loop_running"),
        ("R", "do_epoll_wait", "loop_running"),
        ("S", "do_epoll_wait", "loop_idle"),
        ("S", "ep_poll", "loop_idle"),
        ("S", "hrtimer_nanosleep", "loop_in_sleep"),
        ("S", "futex_do_wait", "loop_in_futex"),
        ("S", "futex_wait_queue_me", "loop_in_futex"),
        ("S", "poll_schedule_timeout.constprop.0", "loop_in_poll"),
        ("S", "sk_wait_data", "loop_in_network"),
        ("S", "wait_woken", "loop_in_network"),
        ("D", "folio_wait_bit_common", "loop_on_disk"),
        ("S", "pipe_read", "loop_elsewhere"),
        ("S", "0", "loop_unseen"),
        ("T", "do_signal_stop", "loop_stopped"),
    ],
)
def test_groups(state: str, function: str, group: str) -> None:
    assert group_of(state, function) == group


def test_every_group_is_a_signal() -> None:
    assert set(CATALOGUE) >= GROUPS

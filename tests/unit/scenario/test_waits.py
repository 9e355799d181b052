from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from loadcell.clock import ManualClock
from loadcell.scenario import TaskSet, User, between, constant, constant_pacing, constant_throughput, poisson


def owner(clock: ManualClock) -> SimpleNamespace:
    return SimpleNamespace(_cp_last_run=clock.monotonic(), _cp_last_wait_time=0)


def test_between_stays_within_its_bounds_and_spreads():
    wait = between(3, 5)
    waits = [wait(None) for _ in range(1000)]
    assert 3 <= min(waits) < 3.2
    assert 4.8 < max(waits) <= 5


def test_constant_is_constant():
    assert constant(2.5)(None) == 2.5


def test_constant_pacing_makes_up_the_period_from_the_owner_s_creation():
    clock = ManualClock()
    user = owner(clock)
    wait = constant_pacing(10, now=clock.monotonic)
    clock.advance(4)
    assert wait(user) == 6
    clock.advance(6 + 1)
    assert wait(user) == 9
    assert (user._cp_last_run, user._cp_last_wait_time) == (clock.monotonic(), 9)


def test_constant_pacing_does_not_make_up_for_an_overrun():
    clock = ManualClock()
    user = owner(clock)
    wait = constant_pacing(10, now=clock.monotonic)
    clock.advance(35)
    assert wait(user) == 0
    clock.advance(2)
    assert wait(user) == 8


def test_constant_throughput_is_pacing_by_the_inverse():
    clock = ManualClock()
    user = owner(clock)
    wait = constant_throughput(0.1, now=clock.monotonic)
    clock.advance(4)
    assert wait(user) == 6


@pytest.mark.parametrize("rate", [0, -1])
@pytest.mark.parametrize("function", [constant_throughput, poisson])
def test_a_rate_that_is_not_above_zero_is_refused(function, rate):
    with pytest.raises(ValueError, match="positive rate"):
        function(rate)


def test_poisson_has_the_mean_of_its_rate():
    wait = poisson(4)
    waits = [wait(None) for _ in range(20_000)]
    assert min(waits) >= 0
    assert sum(waits) / len(waits) == pytest.approx(0.25, rel=0.1)


def test_users_and_task_sets_carry_the_state_of_pacing_from_their_creation(environment):
    class Shopper(User):
        wait_time = constant_pacing(1000)

    before = time.monotonic()
    user = Shopper(environment)
    task_set = TaskSet(user)
    after = time.monotonic()
    assert before <= user._cp_last_run <= task_set._cp_last_run <= after
    assert 0 < user.wait_time() <= 1000
    assert user._cp_last_wait_time > 0
    assert task_set._cp_last_wait_time == 0

"""Letters are kept until they have arrived, and lines don't fill the memory."""

from __future__ import annotations

import pytest

from loadcell.messages import Begin, Interval, Load
from loadcell.nodes import mail
from loadcell.nodes.mail import Convey, Deploy, Halt, Letterbox, Line, bag_of, encoded, orders_of
from loadcell.nodes.news import Collected, Exited, ProcessExit


def line(number: int) -> Line:
    return Line("1", "stdout", str(number))


def test_letters_come_until_they_are_confirmed() -> None:
    box = Letterbox()
    for number in (1, 2, 3):
        box.put(line(number))
    for _ in range(2):
        bag = bag_of(box.bag())
        assert (bag.last, bag.letters) == (3, [line(1), line(2), line(3)])
    box.confirm(2)
    assert bag_of(box.bag(7.5, parked=True)) == mail.Bag(3, [line(3)], 7.5, parked=True)
    box.confirm(3)
    assert bag_of(box.bag()) == mail.Bag(3, [])


def test_all_kinds_of_letters_and_orders_travel() -> None:
    box = Letterbox()
    letters = [Collected(Interval(0, 0.0, 1.0, 1, {}, [])), Exited("1", 4711, ProcessExit(-9)), line(1)]
    for letter in letters:
        box.put(letter)
    assert bag_of(box.bag()).letters == letters
    orders = [Deploy(Load("1", "generator", 0, 1, "run", "shop.py")), Convey("1", Begin()), Halt("1")]
    assert orders_of(encoded(orders)) == orders


def test_a_bag_holds_no_more_than_can_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "MAX_BAG", 100)
    box = Letterbox()
    for number in range(50):
        box.put(line(number))
    first = bag_of(box.bag())
    assert 1 < len(first.letters) < 50
    box.confirm(first.last)
    assert bag_of(box.bag()).letters[0] == line(first.last)


def test_of_too_many_lines_it_is_said_how_many_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "MAX_LINES", 3)
    box = Letterbox()
    for number in range(10):
        box.put(line(number))
    box.put(Exited("1", 1, ProcessExit(0)))
    bag = bag_of(box.bag())
    assert bag.letters == [line(0), line(1), line(2), Exited("1", 1, ProcessExit(0))]
    box.confirm(bag.last)
    (said,) = bag_of(box.bag()).letters
    assert isinstance(said, Line)
    assert said.text.startswith("7 lines of output were left out")

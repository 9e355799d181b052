"""The figure of a run: sent once, then only what is new; never more points than can be drawn."""

from __future__ import annotations

from typing import Any

from loadcell.web.live import SIGNALS, Live, Point
from loadcell.web.pages.curves import MOST_POINTS, Curves


def live_of(seconds: int, felt: int = 0) -> Live:
    live = Live()
    for second in range(seconds):
        live.points.append(Point(second, 10, 100.0 + second, 0.0, 1.0, 2.0, 3.0))
    for second in range(felt):
        live.felt(second, dict.fromkeys(SIGNALS, 50.0))
    return live


def curve(figure: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in figure["data"] if one["name"] == name)
    return found


def test_what_was_sent_is_not_sent_again() -> None:
    live, curves = live_of(3), Curves()
    assert curve(curves.figure(live), "requests/s")["x"] == [0, 1, 2]
    assert curves.news(live) is None
    live.points.append(Point(3, 10, 7.0, 0.0, 1.0, 2.0, 3.0))
    news = curves.news(live)
    assert news is not None
    assert (news[0]["x"][0], news[0]["y"][0]) == ([3], [7.0])


def test_signals_follow_when_they_are_known() -> None:
    live, curves = live_of(4, felt=2), Curves()
    figure = curves.figure(live)
    assert curve(figure, "service")["x"] == [0, 1]
    live.felt(2, dict.fromkeys(SIGNALS, 60.0))
    news = curves.news(live)
    assert news is not None
    data, numbers = news
    assert [figure["data"][number]["name"] for number in numbers] == [
        "service", "whole machine", "busiest event loop", "memory of the service",
    ]  # fmt: skip
    assert (data["x"][0], data["y"][0]) == ([2], [60.0])


def test_a_long_run_is_drawn_with_fewer_points_and_no_peak_is_lost() -> None:
    live = live_of(4 * 3600)
    live.points[5000].p99 = 999.0
    drawn = curve(Curves().figure(live), "p99")
    assert MOST_POINTS / 2 < len(drawn["x"]) <= MOST_POINTS
    assert max(drawn["y"]) == 999.0


def test_a_figure_that_has_become_too_long_is_to_be_sent_anew() -> None:
    live, curves = live_of(MOST_POINTS), Curves()
    curves.figure(live)
    for second in range(MOST_POINTS, 2 * MOST_POINTS):
        live.points.append(Point(second, 10, 1.0, 0.0, 1.0, 2.0, 3.0))
        curves.news(live)
    assert curves.is_full
    assert len(curve(curves.figure(live), "requests/s")["x"]) == MOST_POINTS
    assert not curves.is_full


def test_the_objective_and_the_stages_are_drawn() -> None:
    figure = Curves(50.0).figure(live_of(3), [("load", 0.0, 2.0)])
    kinds = [(shape["type"], shape.get("yref")) for shape in figure["layout"]["shapes"]]
    assert kinds == [("rect", "paper"), ("line", "y2")]
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["load"]
    later = Curves(50.0).bands([("load", 0.0, 2.0), ("stress", 2.0, 4.0)])
    assert [note["text"] for note in later["annotations"]] == ["load", "stress"]

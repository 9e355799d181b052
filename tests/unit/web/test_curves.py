"""The figure of a run: sent once, then only what is new; never more points than can be drawn."""

from __future__ import annotations

from typing import Any

from loadcell.objectives import parse_objective
from loadcell.web.live import SIGNALS, Live, Point
from loadcell.web.pages.curves import MOST_POINTS, Curves


def live_of(seconds: int, felt: int = 0) -> Live:
    live = Live()
    for second in range(seconds):
        live.points.append(Point(second, 10, 100.0 + second, 0.0, 1.0, 2.0, 3.0))
    for second in range(felt):
        live.felt(second, {"cpu": 50.0, "memory": 80.0})
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
    live.felt(2, {"cpu": 60.0, "memory": 80.0})
    news = curves.news(live)
    assert news is not None
    data, numbers = news
    assert [figure["data"][number]["name"] for number in numbers] == ["service", "memory"]
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
    assert curves.is_outdated(live)
    assert len(curve(curves.figure(live), "requests/s")["x"]) == MOST_POINTS
    assert not curves.is_outdated(live)


def test_what_is_felt_for_the_first_time_is_drawn_anew() -> None:
    live, curves = live_of(4, felt=2), Curves()
    figure = curves.figure(live)
    assert "for a database connection" not in [one["name"] for one in figure["data"]]
    live.felt(2, {"cpu": 50.0, "db_pool_wait": 7.0})
    assert curves.is_outdated(live)
    figure = curves.figure(live)
    assert curve(figure, "for a database connection")["y"] == [None, None, 7.0]
    assert not curves.is_outdated(live)


def test_each_signal_has_a_curve() -> None:
    live = live_of(2)
    bare = {one["name"] for one in Curves().figure(live)["data"]}
    for signal in SIGNALS:
        live = live_of(2)
        live.felt(0, {signal: 5.0})
        drawn = [one for one in Curves().figure(live)["data"] if one["name"] not in bare]
        assert [one["y"] for one in drawn] == [[5.0]], signal


def test_starts_are_drawn_in_the_open_model() -> None:
    live = live_of(1)
    live.points[0].dropped, live.points[0].late = 4, 9
    assert "dropped" not in [one["name"] for one in Curves().figure(live)["data"]]
    figure = Curves(is_open=True).figure(live)
    assert (curve(figure, "dropped")["y"], curve(figure, "late")["y"]) == ([4], [9])


def test_objectives_are_drawn_in_their_charts_and_stages_as_bands() -> None:
    objectives = [parse_objective(text) for text in ("p95 < 50ms", "rps > 100", "server.cpu < 85%", "p95 of /items < 20ms")]
    figure = Curves(objectives).figure(live_of(3, felt=1), [("load", 0.0, 2.0)])
    drawn = [(shape["type"], shape.get("yref"), shape.get("y0")) for shape in figure["layout"]["shapes"]]
    assert drawn == [("rect", "paper", 0), ("line", "y2", 50.0), ("line", "y", 100.0), ("line", "y4", 85.0)]
    assert figure["layout"]["annotations"][-1]["text"] == "load"
    later = Curves().bands([("load", 0.0, 2.0), ("stress", 2.0, 4.0)])
    assert [note["text"] for note in later["annotations"]][-2:] == ["load", "stress"]

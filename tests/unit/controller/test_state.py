"""The life of a run, told as short stories."""

from __future__ import annotations

from typing import Any

import pytest

from loadcell.clock import ManualClock
from loadcell.controller.actions import (
    Action,
    Finish,
    Kill,
    OpenRunFile,
    PassLog,
    RunFileOpened,
    Send,
    Start,
    StopRequested,
    Tick,
    UsersRequested,
    WriteEvent,
    WriteInterval,
)
from loadcell.controller.judging import Demands
from loadcell.controller.state import Patience, RunState
from loadcell.messages import (
    Assign,
    Begin,
    Begun,
    Change,
    Command,
    EntryCounts,
    Event,
    Go,
    Health,
    Interval,
    Joined,
    Left,
    Load,
    Log,
    Merged,
    Quit,
    Ready,
    Refused,
    Reset,
    Say,
    Spawned,
    Stop,
    Stopped,
    Wish,
)
from loadcell.nodes.news import ClusterLost, Collected, Exited, NodeLost, Noticed, ProcessExit, Reported
from loadcell.objectives import parse_objective
from loadcell.plan import Part, Plan

KILLED = ProcessExit(-9)
ENDED = ProcessExit(0)


class Story:
    """A run of so many generators, told step by step; `new` are the actions of the last step."""

    def __init__(self, generators: int, plan: Plan | None = None, **more: Any) -> None:
        self.clock = ManualClock()
        roles = {str(n + 1): "generator" for n in range(generators)} | {"lead": "lead"}
        if generators == 1:
            roles = {"1": "single"}
        self.names = list(roles)
        loads = [Load(name, role, index, generators, "run", "shop.py") for index, (name, role) in enumerate(roles.items())]
        self.state = RunState(loads, plan or Plan.ramp(12, 12), clock=self.clock, **more)
        self.new: list[Action] = self.state.begin()

    def tell(self, generator: str, *reports: Any) -> Story:
        self.new = [action for report in reports for action in self.state.handle(Reported(generator, report))]
        return self

    def happens(self, happened: Any) -> Story:
        self.new = self.state.handle(happened)
        return self

    def exits(self, generator: str, end: ProcessExit = ENDED) -> Story:
        self.lost_at = self.state.progress().elapsed_s
        return self.happens(Exited(generator, 4711, end))

    def after(self, seconds: float) -> Story:
        self.clock.advance(seconds)
        return self.happens(Tick())

    def measured(self, second: int, *names: str, **counts: int) -> Story:
        settings: dict[str, Any] = {"requests": 1, "untimed": 1}
        entry = EntryCounts("GET", "/", **(settings | counts))
        health = {name: Health() for name in names}
        return self.happens(Collected(Interval(second, second, second + 1, 12, {}, [entry], health=health, connections=1)))

    def running(self) -> Story:
        for name in self.names:
            self.tell(name, ready())
        for name in sorted(self.names, key=lambda name: name != "lead"):
            self.tell(name, Begun())
        self.happens(RunFileOpened())
        self.clock.advance(0.05)
        return self

    def sent(self, kind: type[Command]) -> dict[str, Any]:
        return {
            action.generator: action.command
            for action in self.new
            if isinstance(action, Send) and isinstance(action.command, kind)
        }

    def events(self) -> list[str]:
        return [action.event.kind for action in self.new if isinstance(action, WriteEvent)]

    def started(self) -> list[str]:
        return [action.load.generator for action in self.new if isinstance(action, Start)]

    def killed(self) -> list[str]:
        return [action.generator for action in self.new if isinstance(action, Kill)]

    def finish(self) -> Finish:
        (action,) = (action for action in self.new if isinstance(action, Finish))
        return action


def ready(**more: Any) -> Ready:
    return Ready(4711, "shop.py", ["Shopper"], "http://shop.test", "3", {}, **more)


# The way up


def test_all_processes_are_started_at_once() -> None:
    assert Story(2).started() == ["1", "2", "lead"]


def test_the_leads_hooks_run_before_those_of_the_generators() -> None:
    story = Story(2).tell("1", ready()).tell("2", ready())
    assert story.sent(Begin) == {}
    assert list(story.tell("lead", ready()).sent(Begin)) == ["lead"]
    assert list(story.tell("lead", Begun()).sent(Begin)) == ["1", "2"]
    assert story.tell("1", Begun()).new == []
    assert story.tell("2", Begun()).new == [OpenRunFile("http://shop.test")]


def test_the_load_begins_everywhere_at_the_same_moment_once_there_is_a_run_file() -> None:
    story = Story(2).running()
    go = story.sent(Go)
    assert {name: command.parts for name, command in go.items()} == {"1": [Part(0, 2)], "2": [Part(1, 2)], "lead": []}
    assert {command.start_at for command in go.values()} == {story.state.start_at}


def test_one_process_is_lead_and_generator() -> None:
    story = Story(1).tell("1", ready())
    assert list(story.sent(Begin)) == ["1"]
    assert story.tell("1", Begun()).new == [OpenRunFile("http://shop.test")]
    assert story.happens(RunFileOpened()).sent(Go)["1"].parts == [Part(0, 1)]


def test_what_happened_before_there_was_a_run_file_is_written_to_it_then() -> None:
    story = Story(1).tell("1", ready(), Event("scenario_warning", "No wait time."))
    assert story.events() == []
    story.tell("1", Begun()).happens(RunFileOpened())
    assert story.events() == ["scenario_warning"]


def test_a_refusal_ends_the_run_with_its_own_words() -> None:
    story = Story(2).tell("lead", ready()).tell("1", Refused("No user class.", "Write one.", 5))
    assert list(story.sent(Quit)) == ["lead"]
    assert story.killed() == ["2"]
    finish = story.exits("1", ProcessExit(5)).exits("2", KILLED).exits("lead").finish()
    assert (str(finish.error), finish.error and finish.error.exit_code) == ("No user class.\n  Write one.", 5)


@pytest.mark.parametrize("seconds", [0, 30])
def test_a_process_that_dies_before_the_load_ends_the_run(seconds: float) -> None:
    story = Story(2).after(seconds).tell("lead", ready()).exits("1", ProcessExit(-11))
    finish = story.exits("2").exits("lead").finish()
    assert "Generator 1 was gone before the load began: killed by SIGSEGV" in str(finish.error)
    assert finish.error is not None
    assert finish.error.exit_code == 4


def test_nobody_is_waited_for_without_end_before_the_load() -> None:
    story = Story(1, patience=Patience(ready_s=120)).after(119)
    assert story.new == []
    assert story.after(1).killed()
    assert "had not loaded the scenario within 120 s" in str(story.exits("1", KILLED).finish().error)


def test_hooks_have_a_time_limit_of_their_own() -> None:
    story = Story(1, patience=Patience(begun_s=600)).tell("1", ready()).after(599)
    assert story.new == []
    assert story.after(1).killed() == ["1"]
    assert "test_start" in str(story.exits("1", KILLED).finish().error)


def test_a_stop_before_the_load_ends_the_processes_and_is_no_success() -> None:
    story = Story(2).tell("1", ready()).happens(StopRequested())
    assert list(story.sent(Quit)) == ["1"]
    assert story.killed() == ["2", "lead"]
    finish = story.exits("1").exits("2").exits("lead").finish()
    assert (finish.error, finish.verdict.exit_code) == (None, 1)


# Under load


def test_seconds_are_written_and_added_up() -> None:
    story = Story(1).running().measured(0)
    assert [type(action) for action in story.new] == [WriteInterval]
    story.measured(1).measured(0)
    progress = story.state.progress()
    assert (progress.totals.requests, progress.users) == (3, 12)
    assert progress.interval is not None
    assert progress.interval.second == 1


def test_progress_tells_spawning_from_running() -> None:
    story = Story(1, Plan.ramp(10, 2))
    assert story.state.progress().state == "starting"
    assert story.running().state.progress().state == "spawning"
    assert story.state.progress().target_users == 10
    story.after(5)
    assert story.state.progress().state == "running"
    assert story.state.progress().target_users == 10
    assert story.happens(StopRequested()).state.progress().state == "stopping"


def test_log_lines_are_passed_on() -> None:
    log = Log("INFO", "shop", "hello", 0.0)
    assert Story(1).tell("1", log).new == [PassLog("1", log)]


def test_a_lost_generators_users_go_to_the_others() -> None:
    story = Story(3).running().after(10).exits("2", KILLED)
    assert story.events() == ["generator_lost"]
    assert story.sent(Assign) == {
        "1": Assign(Part(1, 6), Part(1, 3), story.lost_at),
        "3": Assign(Part(4, 6), Part(1, 3), story.lost_at),
    }


def test_the_event_of_a_loss_says_who_how_and_how_many() -> None:
    story = Story(3).running().after(10).exits("2", KILLED)
    (event,) = (action.event for action in story.new if isinstance(action, WriteEvent))
    assert event.text == "Generator 2 (pid 4711) was lost: killed by SIGKILL. It carried 4 users."
    assert event.data == {"generator": "2", "pid": 4711, "signal": "SIGKILL", "exit_code": -9, "users": 4}


def test_whoever_took_over_can_be_lost_too() -> None:
    story = Story(3).running().exits("2", KILLED).exits("3", KILLED)
    assigned = [
        action.command.part for action in story.new if isinstance(action, Send) and isinstance(action.command, Assign)
    ]
    assert assigned == [Part(2, 3), Part(4, 6)]


def test_the_only_generator_is_replaced_and_goes_through_the_whole_start() -> None:
    story = Story(1).running().after(10).exits("1", KILLED)
    assert story.events() == ["generator_lost", "generator_replaced"]
    assert story.started() == ["2"]
    story.after(2)
    assert list(story.tell("2", ready()).sent(Begin)) == ["2"]
    story.tell("2", Begun())
    assert story.sent(Go) == {"2": Go(Plan.ramp(12, 12), [], story.state.start_at or 0)}
    assert story.sent(Assign) == {"2": Assign(Part(0, 1), Part(0, 1), story.lost_at)}


def test_users_wait_for_a_replacement_that_is_itself_lost() -> None:
    story = Story(1).running().exits("1", KILLED).exits("2", KILLED)
    assert story.started() == ["3"]
    story.tell("3", ready(), Begun())
    assert story.sent(Assign)["3"].part == Part(0, 1)


def test_after_three_replacements_the_run_ends_with_its_figures() -> None:
    story = Story(1).running().measured(0)
    for name in ("1", "2", "3"):
        story.exits(name, KILLED)
    finish = story.exits("4", KILLED).finish()
    assert (finish.verdict.exit_code, finish.error) == (4, None)
    assert "after 3 replacements" in finish.verdict.reasons[0]


def test_a_replacement_that_never_becomes_ready_is_replaced_in_turn() -> None:
    story = Story(1, patience=Patience(ready_s=120)).running().exits("1", KILLED).after(120)
    assert (story.events(), story.killed()) == (["generator_hung"], ["2"])
    assert story.exits("2", KILLED).started() == ["3"]


def test_the_death_of_the_lead_ends_the_run_with_its_figures() -> None:
    story = Story(2).running().measured(0).exits("lead", KILLED)
    assert story.events() == ["lead_lost", "stopping"]
    assert list(story.sent(Stop)) == ["1", "2"]
    finish = story.tell("1", Stopped()).tell("2", Stopped()).exits("1").exits("2").finish()
    assert finish.verdict.exit_code == 4
    assert finish.verdict.reasons == ("The lead (pid 4711) was lost: killed by SIGKILL.",)


def test_a_generator_that_falls_silent_is_noted_once_a_spell() -> None:
    story = Story(2).running().measured(0, "1", "2")
    story.clock.advance(5.5)
    assert story.measured(4, "1").after(0.5).events() == ["generator_silent"]
    assert story.after(0.5).events() == []


# The way down


def test_the_run_ends_when_its_time_is_over() -> None:
    story = Story(1, Plan.ramp(1, 1, run_time_s=60)).running()
    assert story.state.due() == (story.state.start_at or 0) + 60
    assert story.after(59).sent(Stop) == {}
    assert story.after(1).sent(Stop) == {"1": Stop(0.0)}


def test_a_run_time_that_is_too_short_for_the_ramp_is_said_at_the_start() -> None:
    story = Story(1, Plan.ramp(100, 10, run_time_s=6)).running()
    (event,) = [action.event for action in story.new if isinstance(action, WriteEvent)]
    assert (event.kind, event.level) == ("ramp_cut_off", "warning")
    assert "60 users" in event.text
    assert not [a for a in Story(1, Plan.ramp(10, 10, run_time_s=6)).running().new if isinstance(a, WriteEvent)]


def test_generators_stop_before_the_lead_and_all_quit_together() -> None:
    story = Story(2, stop_timeout_s=3).running().measured(0).happens(StopRequested())
    assert story.sent(Stop) == {"1": Stop(3), "2": Stop(3)}
    assert story.tell("1", Stopped()).new == []
    assert story.tell("2", Stopped()).sent(Stop) == {"lead": Stop(3)}
    assert story.tell("lead", Stopped()).sent(Quit) == {name: Quit(0) for name in ("1", "2", "lead")}
    finish = story.exits("1").exits("2").exits("lead").finish()
    assert (finish.verdict.exit_code, finish.error) == (0, None)
    assert story.state.progress().state == "stopped"


def test_the_scenario_can_ask_for_the_end() -> None:
    story = Story(1).running().measured(0).tell("1", Event("quit_requested", "runner.quit()", data={"exit_code": 7}))
    assert list(story.sent(Stop)) == ["1"]
    assert story.tell("1", Stopped()).sent(Quit) == {"1": Quit(7)}


def test_the_leads_exit_code_wins_and_a_generators_does_not_count() -> None:
    story = Story(2).running().measured(0, failures=1).happens(StopRequested())
    story.tell("1", Stopped(5)).tell("2", Stopped(6)).tell("lead", Stopped(0))
    assert story.sent(Quit)["1"] == Quit(0)


def test_one_that_does_not_stop_is_killed_after_the_bound_and_it_is_said() -> None:
    story = Story(2, stop_timeout_s=3).running().happens(StopRequested()).tell("1", Stopped())
    assert story.after(62.9).new == []
    assert (story.after(0.1).events(), story.killed()) == (["generator_hung"], ["2"])
    story.exits("2", KILLED)
    assert (story.events(), list(story.sent(Stop))) == ([], ["lead"])


def test_one_that_does_not_exit_is_killed_too() -> None:
    story = Story(1).running().measured(0).happens(StopRequested()).tell("1", Stopped()).after(5)
    assert (story.events(), story.killed()) == (["generator_hung"], ["1"])
    assert story.exits("1", KILLED).finish().verdict.exit_code == 0


def test_one_that_dies_while_it_stops_is_not_waited_for() -> None:
    story = Story(2).running().happens(StopRequested()).exits("1", KILLED)
    assert story.events() == ["generator_lost"]
    assert list(story.tell("2", Stopped()).sent(Stop)) == ["lead"]


def test_a_replacement_on_its_way_does_not_outlive_the_run() -> None:
    story = Story(1).running().measured(0).exits("1", KILLED).happens(StopRequested())
    assert story.killed() == ["2"]
    assert story.exits("2", KILLED).finish().verdict.exit_code == 0


def test_a_second_wish_to_stop_gives_everything_one_second() -> None:
    story = Story(2, stop_timeout_s=30).running().happens(StopRequested())
    assert story.happens(StopRequested(at_once=True)).sent(Stop) == {"1": Stop(0), "2": Stop(0)}
    story.tell("1", Stopped()).after(0.5)
    assert story.tell("2", Stopped()).sent(Stop) == {"lead": Stop(0)}
    assert story.after(0.5).killed() == ["lead"]
    assert story.events() == []
    assert story.exits("lead", KILLED).after(0).killed() == ["1", "2"]


def test_a_stop_at_once_needs_no_first_wish() -> None:
    story = Story(1, stop_timeout_s=30).running().happens(StopRequested(at_once=True))
    assert story.sent(Stop) == {"1": Stop(0)}
    assert story.after(1).killed() == ["1"]


def test_a_second_wish_does_not_wait_for_processes_that_are_quitting() -> None:
    story = Story(1).running().happens(StopRequested()).tell("1", Stopped()).happens(StopRequested(at_once=True))
    assert story.after(1).killed() == ["1"]


# Another load than the one planned


def test_the_lead_wishes_another_load() -> None:
    story = Story(2, Plan.ramp(4, 4)).running().after(2).tell("lead", Wish(8, 2))
    changes = story.sent(Change)
    assert set(changes) == {"1", "2", "lead"}
    assert len({change.number for change in changes.values()}) == 1
    plan = changes["1"].plan
    assert [plan.target(story.clock.monotonic() - story.state.start_at + later) for later in (-0.1, 0.9, 5)] == [4, 6, 8]


def test_users_are_all_there_again_after_a_change_only_when_they_are() -> None:
    def complete(change: int) -> Event:
        return Event("spawning_complete", "", data={"users": {"A": 6}, "parts": 1, "change": change})

    story = Story(1).running().tell("1", complete(0))
    assert story.sent(Spawned) == {"1": Spawned({"A": 6})}
    story.tell("1", Wish(6, 2)).tell("1", complete(0))
    assert story.sent(Spawned) == {}
    story.tell("1", complete(1))
    assert story.sent(Spawned) == {"1": Spawned({"A": 6})}


def test_a_shape_begins_with_no_users_and_without_an_end() -> None:
    story = Story(1, Plan.ramp(12, 12, 5))
    story.tell("1", ready(shape="Waves"), Begun())
    assert [action.shape for action in story.new if isinstance(action, OpenRunFile)] == ["Waves"]
    story.happens(RunFileOpened())
    assert story.sent(Go)["1"].plan == Plan.idle()
    assert story.after(100).sent(Stop) == {}


def test_whoever_watches_may_ask_for_more_users_but_not_of_a_shape() -> None:
    story = Story(1, Plan.ramp(4, 4)).running().happens(UsersRequested(+10))
    assert story.sent(Change)["1"].plan.final == 14
    shaped = Story(1)
    shaped.tell("1", ready(shape="Waves"), Begun())
    shaped.happens(RunFileOpened())
    assert shaped.happens(UsersRequested(+10)).new == []


def test_a_replaced_generator_goes_by_the_plan_in_force() -> None:
    story = Story(1, Plan.ramp(4, 4)).running().after(2)
    story.tell("1", Wish(8, 2, ["Buyer"])).tell("1", Wish(6, 2)).exits("1", KILLED)
    story.tell("2", ready(), Begun())
    change = story.sent(Change)["2"]
    assert (change.number, change.plan.final, change.user_classes, change.mixed_from) == (2, 6, ["Buyer"], 4)


# What processes say to one another


def test_what_the_lead_says_goes_to_all_and_what_a_generator_says_to_the_lead() -> None:
    story = Story(2).running().tell("lead", Say("orders", [1]))
    assert {name: said.sender for name, said in story.sent(Say).items()} == {"1": "lead", "2": "lead"}
    story.tell("2", Say("done", None))
    assert {name: said.sender for name, said in story.sent(Say).items()} == {"lead": "2"}
    story.tell("lead", Say("orders", [1], to="2"))
    assert set(story.sent(Say)) == {"2"}


def test_the_lead_hears_who_is_there_and_what_all_measured_together() -> None:
    story = Story(2).tell("1", ready())
    assert story.sent(Joined) == {"lead": Joined("1")}
    story.running().measured(0, "1", "2")
    assert set(story.sent(Merged)) == {"lead"}
    story.exits("2", KILLED)
    assert story.sent(Left) == {"lead": Left("2")}


def test_statistics_begin_anew_when_all_users_are_there_if_asked_to() -> None:
    story = Story(1, reset_stats=True).running().measured(0, "1")
    story.tell("1", Event("spawning_complete", "", data={"users": {"A": 12}, "parts": 1}))
    assert "stats_reset" in story.events()
    assert story.sent(Reset) == {"1": Reset()}
    assert story.state.totals.requests == 0
    story.measured(2, "1")
    assert story.state.totals.requests == 1


# What is demanded


def demanded(text: str, *, abort_on_fail: bool = False) -> Story:
    demands = Demands(objectives=[parse_objective(text)], abort_on_fail=abort_on_fail)
    story = Story(1, Plan.ramp(1, 1), demands=demands).running()
    return story.tell("1", Event("spawning_complete", "", data={"users": {"Shopper": 1}, "parts": 1}))


def test_a_missed_objective_decides_the_exit_code() -> None:
    story = demanded("rps >= 500").measured(0, "1").measured(1, "1")
    assert story.events() == []
    story.happens(StopRequested()).tell("1", Stopped()).exits("1")
    verdict = story.finish().verdict
    assert (verdict.exit_code, verdict.verdict) == (99, "fail")
    assert [result.measured for result in verdict.results] == [1.0]


def test_a_missed_objective_ends_the_run_in_good_order() -> None:
    story = demanded("rps >= 500 for 2s", abort_on_fail=True).measured(0, "1")
    assert story.sent(Stop) == {}
    story.measured(1, "1")
    assert story.events() == ["objective_failed", "stopping"]
    assert list(story.sent(Stop)) == ["1"]
    story.measured(2, "1")
    assert story.events() == [], "it is said once"
    story.tell("1", Stopped()).exits("1")
    assert story.finish().verdict.exit_code == 99


# Machines of a cluster

LOST = NodeLost("web2", ("3", "4"), 7, "nothing was heard of it for 3 s")


def test_the_users_of_a_lost_machine_go_to_the_generators_that_are_left() -> None:
    story = Story(4).running().after(8).happens(LOST)
    assigned = story.sent(Assign)
    assert list(assigned) == ["1", "2"]
    (event,) = (action.event for action in story.new if isinstance(action, WriteEvent))
    assert (event.kind, event.level, event.data["node"], event.data["users"]) == ("node_lost", "error", "web2", 6)
    assert event.text == (
        "Machine web2 was lost: nothing was heard of it for 3 s. It carried 6 users in 2 generators. Its figures are "
        "there for the first 7 s; what it did after that is missing."
    )
    # Both parts, each split over the two that are left: every user of theirs exactly once.
    parts = [action.command.part for action in story.new if isinstance(action, Send) and isinstance(action.command, Assign)]
    heirs = sorted(user for part in parts for user in range(12) if user % part.count == part.index)
    assert heirs == [2, 3, 6, 7, 10, 11]
    assert [
        action.command.generator for action in story.new if isinstance(action, Send) and isinstance(action.command, Left)
    ] == [
        "3",
        "4",
    ]


def test_a_lost_machine_ends_the_run_where_that_was_asked_for() -> None:
    story = Story(4, stops_on_node_loss=True).running().after(8).happens(LOST)
    assert list(story.sent(Stop)) == ["1", "2"]
    assert story.sent(Assign) == {}
    for name in ("1", "2"):
        story.tell(name, Stopped()).tell(name)
    story.tell("lead", Stopped())
    for name in ("1", "2", "lead"):
        story.exits(name)
    verdict = story.finish().verdict
    assert verdict.exit_code == 4
    assert verdict.reasons[0].startswith("Machine web2 was lost")


def test_a_machine_lost_before_the_load_ends_the_run_with_a_reason() -> None:
    story = Story(4).tell("1", ready()).happens(LOST)
    for name in ("1", "2", "lead"):
        story.exits(name)
    error = story.finish().error
    assert error is not None
    assert (error.exit_code, error.message) == (
        4,
        "Machine web2 was gone before the load began: nothing was heard of it for 3 s.",
    )


def test_when_the_last_machine_is_lost_each_generator_is_started_elsewhere() -> None:
    story = Story(2).running().after(8).happens(NodeLost("web1", ("1", "2"), 7, "it is gone"))
    assert story.started() == ["3", "4"]
    story.tell("3", ready()).tell("4", ready()).tell("3", Begun())
    # The first one does not take all users: the other is on its way.
    assert story.sent(Assign) == {}
    assert list(story.tell("4", Begun()).sent(Assign)) == ["3", "4"]


def test_a_machine_that_carries_nobody_is_only_told_of() -> None:
    story = Story(2).running().after(8).happens(NodeLost("web9", (), 0, "it is gone"))
    assert story.events() == ["node_lost"]
    assert story.sent(Assign) == {}


def test_a_lost_cluster_ends_the_run_with_its_figures() -> None:
    story = Story(2).running().measured(0, "1", "2").after(8)
    story.happens(ClusterLost(("1", "2"), "nothing was heard of the scheduler for 3 s"))
    assert "cluster_lost" in story.events()
    story.tell("lead", Stopped()).exits("lead")
    verdict = story.finish().verdict
    assert verdict.exit_code == 4
    assert verdict.reasons[0].startswith("The cluster was lost: nothing was heard of the scheduler for 3 s.")


def test_what_is_noticed_of_machines_is_an_event() -> None:
    story = Story(2).running().after(8).happens(Noticed("node_joined", "web3 has joined", data={"node": "web3"}))
    (event,) = (action.event for action in story.new if isinstance(action, WriteEvent))
    assert (event.kind, event.text, event.at_s, event.data) == ("node_joined", "web3 has joined", 8.0, {"node": "web3"})

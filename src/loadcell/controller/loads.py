"""From a configuration to what each process is told at its start; pure."""

from __future__ import annotations

import math
from dataclasses import replace

from loadcell.config import RunConfig
from loadcell.controller.assessment.findings import Question
from loadcell.controller.assessment.pilot import Pilot
from loadcell.controller.assessment.schedule import QUICK, SHORT, THOROUGH, USUAL
from loadcell.errors import UsageError
from loadcell.messages import Load
from loadcell.objectives import parse_objective
from loadcell.plan import Arrivals, Plan, Stage
from loadcell.text import masked

FEW_USERS, FEW_S = 2, 6.0
"""The low load with which a run of --app begins, so that its diagnosis has something to compare with."""
PREFACED_FROM_S = 20.0
SPARE_DESCRIPTORS = 100
"""What a generator needs beside one connection a user: its files, its link, libraries."""


def plan_of(config: RunConfig) -> Plan:
    """How many users there are when; in the open model those that are there before the first arrival."""
    if config.effort:
        return Plan.idle()
    course = config.course
    if course is not None and course.model == "closed":
        return course.plan(config.spawn_rate)
    if course is not None:
        return Plan.ramp(config.users, config.spawn_rate)
    if is_prefaced(config):
        return Plan.prefaced(config.users, config.spawn_rate, config.run_time_s, FEW_USERS, FEW_S)
    return Plan.ramp(config.users, config.spawn_rate, config.run_time_s)


def is_prefaced(config: RunConfig) -> bool:
    """Whether a plain run begins with a low load: the service is started for it, and it is long enough to diagnose."""
    long_enough = config.run_time_s is None or config.run_time_s >= PREFACED_FROM_S
    started = config.app is not None or config.is_hosted
    return started and config.course is None and not config.effort and long_enough


def arrivals_of(config: RunConfig) -> Arrivals | None:
    """When iterations are due; None in the closed model."""
    if config.effort and config.rate is not None:
        return Arrivals((Stage(start=0, end=0),), config.arrivals == "poisson")
    if config.course is None or config.course.model == "closed":
        return None
    return config.course.arrivals(poisson=config.arrivals == "poisson")


def pilot_of(config: RunConfig) -> Pilot | None:
    """Who flies the assessment; None for a plain run."""
    if not config.effort:
        return None
    schedule = {"short": SHORT, "quick": QUICK, "usual": USUAL, "thorough": THOROUGH}[config.effort]
    if config.search_s is not None:
        schedule = replace(schedule, search_s=config.search_s)
    question = Question(
        model="closed" if config.rate is None else "open",
        # As the names of entries, which are masked before they are judged.
        objectives=[parse_objective(masked(objective.text)) for objective in config.objectives],
        schedule=schedule,
        most=float(config.users if config.rate is None else config.rate),
    )
    return Pilot(question)


def loads_of(config: RunConfig, run_id: str) -> list[Load]:
    """One process that does everything, or the generators "1", "2" … and the lead."""
    if config.processes == 1:
        return [_load(config, run_id, "1", "single", 0)]
    generators = [_load(config, run_id, str(index + 1), "generator", index) for index in range(config.processes)]
    return [*generators, _load(config, run_id, "lead", "lead", -1)]


def _load(config: RunConfig, run_id: str, name: str, role: str, index: int) -> Load:
    return Load(
        generator=name,
        role=role,
        index=index,
        generators=config.processes,
        run_id=run_id,
        scenario=config.scenario,
        host=config.host,
        target_owned=config.target_owned,
        allowed_targets=list(config.allowed_targets),
        read_only=config.read_only,
        user_classes=list(config.user_classes),
        tags=list(config.tags),
        exclude_tags=list(config.exclude_tags),
        arguments=list(config.arguments),
        shapes=not config.effort,
        options=config.options(),
    )


def pool_of(config: RunConfig, limit: int) -> int:
    """The most users there may be: in the open model no more than files may be open, unless more are asked for."""
    if config.max_users is not None or config.course is None or config.course.model == "closed":
        return config.most_users
    return max(config.users, min(config.most_users, (limit - SPARE_DESCRIPTORS) * config.processes))


def check_descriptors(users: int, processes: int, limit: int) -> None:
    """UsageError if the users of one process may need more file descriptors than the limit allows."""
    needed = math.ceil(users / processes) + SPARE_DESCRIPTORS
    if needed > limit:
        each = "" if processes == 1 else f" in each of {processes} processes"
        raise UsageError(
            f"{users:,} users need {needed:,} open files{each}, but this machine allows a process {limit:,}.",
            f"Raise the limit with `ulimit -n {needed}` before the command, or share the users out with --processes.",
        )

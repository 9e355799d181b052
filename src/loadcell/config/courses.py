"""From options to the stages of the load."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple, cast

from loadcell.config.values import duration_text, positive_duration
from loadcell.plan import PHASES, Course, CourseStage, Model, Part, Phase
from loadcell.plan.named import WITHOUT_LEVEL, named

if TYPE_CHECKING:
    from loadcell.config.options import RunConfig

_LEAST_POOL = 100
_MOST_POOL = 10_000
_USERS_PER_RATE = 10
_STAGE = re.compile(
    r"(?:(?P<phase>[a-z]+)\s+)?(?P<time>[0-9a-z.+-]+)\s*:\s*(?P<level>[-+0-9.a-z]+)\s*(?P<rate>/\s*s)?", re.I
)


class Step(NamedTuple):
    """One stage as it is written: within this time, in a straight line, to this level."""

    phase: Phase | None
    duration_s: float
    level: float
    is_rate: bool


def stages(text: str) -> tuple[Step, ...]:
    """Stages as in "30s:50, 2m:200, 1m:0" or "load 2m:50/s"; ValueError says what is wrong with them."""
    steps = tuple(_step(piece.strip()) for piece in text.split(",") if piece.strip())
    if not steps:
        raise ValueError('holds no stage: write for example "30s:50, 2m:200, 1m:0"')
    if len({step.is_rate for step in steps}) > 1:
        raise ValueError("mixes users (50) and iterations a second (50/s): write all stages in one of them")
    if not any(step.level for step in steps):
        raise ValueError("never goes above 0: nothing would be sent")
    return steps


def _step(text: str) -> Step:
    match = _STAGE.fullmatch(text)
    if match is None:
        raise ValueError(f'has {text!r} where a stage is meant: write time and level, for example "2m:200" or "2m:50/s"')
    phase = match["phase"].lower() if match["phase"] else None
    if phase is not None and phase not in PHASES:
        raise ValueError(f"has the phase {phase!r} in {text!r}: it must be one of {', '.join(PHASES)}")
    try:
        duration_s = positive_duration(match["time"])
    except ValueError as error:
        raise ValueError(f"has {match['time']!r} in {text!r}, which {error}") from None
    try:
        level = float(match["level"])
    except ValueError:
        raise ValueError(f"has {match['level']!r} in {text!r}, which is not a number") from None
    if not math.isfinite(level) or level < 0:
        raise ValueError(f"has {match['level']!r} in {text!r}: a level must be finite and not negative")
    if not match["rate"] and not level.is_integer():
        raise ValueError(f"has {match['level']!r} in {text!r}: users come whole; iterations a second are written 2m:1.5/s")
    return Step(cast("Phase | None", phase), duration_s, level, bool(match["rate"]))


def course_of(config: RunConfig) -> Course | None:
    """The stages of the load; None for a plain number of users."""
    if config.stages:
        model: Model = "open" if config.stages[0].is_rate else "closed"
        course = Course(tuple(_spelled_out(config.stages)), model)
    elif config.plan:
        model = "closed" if config.rate is None else "open"
        level = config.users if config.rate is None else config.rate
        return _after_the_first_users(config, named(config.plan, level, model, config.run_time_s))
    elif config.rate is not None:
        course = Course((CourseStage("load", config.rate, config.rate),), "open")
    else:
        return None
    course = _after_the_first_users(config, course)
    return course if config.run_time_s is None else course.cut(config.run_time_s)


def _after_the_first_users(config: RunConfig, course: Course) -> Course:
    """In the open model arrivals begin when the users that were asked for are there."""
    if course.model == "closed" or not config.users:
        return course
    return Course((CourseStage("ramp", 0.0, 0.0, config.users / config.spawn_rate), *course.stages), "open")


def _spelled_out(steps: tuple[Step, ...]) -> list[CourseStage]:
    found = []
    before = 0.0
    for step in steps:
        held: Phase = "load" if step.level == before else "ramp"
        found.append(CourseStage(step.phase or held, before, step.level, step.duration_s))
        before = step.level
    return found


def most_users(config: RunConfig) -> int:
    """The most users there may be: in the open model those of the pool."""
    course = config.course
    if course is None:
        return config.users
    if course.model == "closed":
        return course.plan().peak
    if config.max_users is not None:
        return config.max_users
    wanted = min(_MOST_POOL, max(_LEAST_POOL, math.ceil(_USERS_PER_RATE * course.arrivals().peak)))
    return max(wanted, config.users)


def mistakes(config: RunConfig) -> list[str]:
    """What in the options on the load does not go together, one sentence each."""
    return list(_contradictions(config)) or list(_impossible(config))


def _contradictions(config: RunConfig) -> list[str]:
    found = []
    given = config.given
    if config.plan and config.stages:
        found.append("--plan and --stages each say how the load goes: leave one of them out")
    if config.stages and config.rate is not None:
        found.append("--rate and --stages each say how high the load is: leave one of them out")
    if config.plan and config.plan not in WITHOUT_LEVEL and config.rate is None and "users" not in given:
        found.append(f"--plan {config.plan} does not say how much load: give the number of users with -u, or --rate")
    return found


def _impossible(config: RunConfig) -> list[str]:
    found = []
    course = config.course
    if course is None or course.model == "closed":
        for name, value in (("--max-users", config.max_users), ("--arrivals", "arrivals" in config.given)):
            if value:
                found.append(f'{name} is for the open model: give --rate, or stages such as "2m:50/s"')
        return found
    if config.max_users is not None and config.users > config.max_users:
        found.append(f"--users {config.users} are more than --max-users {config.max_users} allows")
    if most_users(config) < config.processes:
        found.append(f"--max-users {most_users(config)} are too few for {config.processes} processes: each needs one")
    if next(course.arrivals(poisson=config.arrivals == "poisson").dues(Part()), None) is None:
        ready = duration_text(config.users / config.spawn_rate)
        found.append(f"the run ends before its first iteration: the users of -u take {ready} to start, or -t is too short")
    return found


def in_words(course: Course) -> str:
    """The stages as people write them."""
    unit = "/s" if course.model == "open" else ""
    pieces = []
    for row, stage in zip(course.rows(), (each for each in course.stages if each.duration_s != 0), strict=True):
        level = f"{stage.end:g}{unit}" if stage.start == stage.end else f"{stage.start:g} → {stage.end:g}{unit}"
        length = "until stopped" if stage.duration_s is None else f"for {duration_text(stage.duration_s)}"
        pieces.append(f"{row.phase} {level} {length}")
    return ", ".join(pieces)

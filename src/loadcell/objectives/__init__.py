"""What a service must keep to: objectives such as `p99 of 'GET /items/[id]' < 800ms at 200 users`; grammar and parser, pure.

    objective   metric [of entry] comparison limit [at load] [for window]
    metric      p50 … p99.99 · avg · min · max · error_rate · rps · ok_rps · recovery · server.SIGNAL
    entry       'GET /items/[id]' · '/items/[id]' (of all methods) · without quotes where it begins with / and has no space
    comparison  < · <= · > · >=
    limit       times: µs, ms, s · error_rate: 1% or 0.01 · rates: 500 or 500/s · server.SIGNAL: a number and its unit
    load        200 users (closed model) · 500/s (open model, iterations)
    window      30s · 5m · 1h: whole seconds

A quote within an entry's quotes is written twice.
"""

from loadcell.objectives.doubts import contradictions, wrong_way_round
from loadcell.objectives.objective import NOT_JUDGED, TIMED_OUT, Objective, Result
from loadcell.objectives.reading import ObjectiveError, parse_objective, split_objectives

__all__ = [
    "NOT_JUDGED",
    "TIMED_OUT",
    "Objective",
    "ObjectiveError",
    "Result",
    "contradictions",
    "parse_objective",
    "split_objectives",
    "wrong_way_round",
]

"""A run as JUnit XML, for whatever shows results of tests: a test case for each objective in each stage it was judged in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree as ET

from loadcell.errors import EXIT_INTERNAL, EXIT_OBJECTIVE_FAILED, EXIT_PASSED, EXIT_UNREACHABLE
from loadcell.report import causes
from loadcell.report.document import entry
from loadcell.report.output import write_text
from loadcell.report.verdict import rows
from loadcell.store import RunReader

MOST_EXCEPTIONS = 20
THE_RUN = "the run"
"""The test case about all that is no objective."""
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold, escaped or not."""
_COUNTS = {"failures": "failure", "errors": "error", "skipped": "skipped"}
_DECIDED_BY_OBJECTIVES = (EXIT_PASSED, EXIT_OBJECTIVE_FAILED)
_NOTHING_PROVEN = (None, EXIT_UNREACHABLE, EXIT_INTERNAL)
_FIGURES = ("requests", "failures", "error_rate", "rps", "ok_rps", "avg_ms", "p50_ms", "p95_ms", "p99_ms")


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    outcome: Literal["passed", "failure", "error", "skipped"] = "passed"
    message: str = ""
    kind: str = ""


def write_junit(reader: RunReader, path: Path) -> None:
    """Write the JUnit file of a run. UsageError if `path` can't be written."""
    write_text(junit(reader), path)


def junit(reader: RunReader) -> str:
    """A missed objective is a failure, one that was not measured is skipped.

    What else ends a run with an exit code is told by a case of its own: failed requests are a failure; a run that is
    invalid, broken off, or that never reached the service is an error.
    """
    cases = list(_cases(reader))
    told = {name: str(sum(case.outcome == outcome for case in cases)) for name, outcome in _COUNTS.items()}
    counts = {"tests": str(len(cases)), **told, "time": f"{reader.duration_s:.3f}"}
    # The schema of Jenkins' xUnit plugin has no `skipped` here, and refuses the file with it.
    suites = ET.Element("testsuites", {"name": "loadcell"} | {name: n for name, n in counts.items() if name != "skipped"})
    started = datetime.fromtimestamp(reader.facts.started, UTC).replace(tzinfo=None)
    about = {"name": _legal(reader.facts.id), "timestamp": started.isoformat(timespec="seconds")}
    suite = ET.SubElement(suites, "testsuite", {**about, **counts})
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(reader).items():
        ET.SubElement(properties, "property", name=name, value=_legal(str(value)))
    for case in cases:
        _add(suite, case, reader)
    raised = [f"{one.occurrences:,} × {one.message}" for one in reader.exceptions()[:MOST_EXCEPTIONS]]
    if reader.reasons or raised:
        ET.SubElement(suite, "system-out").text = _legal("\n".join([*reader.reasons, *raised]))
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _cases(reader: RunReader) -> Iterator[_Case]:
    results = reader.objectives
    names = _told_apart(f"{result.text} in {result.stage}" if result.stage else result.text for result in results)
    for result, row, name in zip(results, rows(results), names, strict=True):
        if row.kind == "bad":
            found = "" if row.measured == "–" else f"measured {row.measured}, limit {row.demand or result.text}"
            kind = "ObjectiveMissed"
            if not result.was_judged:
                found, kind = row.result, "ObjectiveNotJudged"
            yield _Case(name, "failure", ": ".join(filter(None, [found, row.reason])) or "missed", kind)
        elif row.kind == "warn":
            yield _Case(name, "skipped", f"{row.result}: {row.reason}" if row.reason else row.result)
        else:
            yield _Case(name)
    if not results or reader.exit_code not in _DECIDED_BY_OBJECTIVES:
        yield _of_the_run(reader)


def _told_apart(names: Iterable[str]) -> Iterator[str]:
    """Stages may have the same load, and of test cases with one name GitLab shows only the first."""
    met: Counter[str] = Counter()
    for name in names:
        met[name] += 1
        yield name if met[name] == 1 else f"{name} ({met[name]})"


def _of_the_run(reader: RunReader) -> _Case:
    code = reader.exit_code
    why = "; ".join(reader.reasons) or ("the run has not ended" if code is None else f"exit code {code}")
    if reader.verdict == "invalid":
        return _Case(THE_RUN, "error", f"the run is invalid: {why}", "RunInvalid")
    if code in _NOTHING_PROVEN:
        return _Case(THE_RUN, "error", why, "RunBroken")
    return _Case(THE_RUN) if code == EXIT_PASSED else _Case(THE_RUN, "failure", why, "RunFailed")


def _add(suite: ET.Element, case: _Case, reader: RunReader) -> None:
    scenario = Path(reader.facts.scenario).stem.replace(".", "-")
    element = ET.SubElement(
        suite,
        "testcase",
        classname=_legal(f"loadcell.{scenario}"),
        name=_legal(case.name),
        time=f"{reader.duration_s:.3f}",
    )
    if case.outcome == "passed":
        return
    kind = {"type": case.kind} if case.kind else {}
    told = ET.SubElement(element, case.outcome, {"message": _legal(case.message), **kind})
    if case.kind:
        told.text = _legal(case.message)


def _properties(reader: RunReader) -> dict[str, Any]:
    """The key figures; none that there is no value of."""
    facts = reader.facts
    total = entry(reader.total(), reader.counted_s)
    found: dict[str, Any] = {
        "run": facts.id,
        "host": facts.host,
        "scenario": facts.scenario,
        "plan": facts.plan,
        "verdict": reader.verdict,
        "exit_code": reader.exit_code,
        **{name: _figure(total[name]) for name in _FIGURES},
    }
    if capacity := reader.result("capacity"):
        found |= {f"capacity_{name}": _figure(capacity[name]) for name in ("users", "rate", "rps", "limited_by")}
    if breaking := reader.result("breaking_point"):
        found |= {f"breaking_point_{name}": _figure(breaking[name]) for name in ("users", "rate", "sign")}
    if findings := causes.examined(reader)["findings"]:
        found |= {"cause": findings[0]["code"], "cause_summary": findings[0]["summary"]}
    return {name: value for name, value in found.items() if value not in (None, "")}


def _figure(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value


def _legal(text: str) -> str:
    return _ILLEGAL.sub("�", text)

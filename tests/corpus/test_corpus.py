"""A fixed sample of the corpus for a few seconds; `make verify PART=corpus` runs all of it for ten each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.harness import FILES, STORIES, as_text, problems, run

SAMPLE = ["login_tokens", "checkout_steps", "thresholds", "handed_out_users"]


@pytest.mark.parametrize("name", SAMPLE)
def test_a_realistic_file_runs_and_its_figures_are_those_of_the_service(name: str, tmp_path: Path) -> None:
    result = run(name, 3, tmp_path)
    assert problems(name, result) == [], as_text(result)


def test_every_file_has_its_story() -> None:
    assert {path.stem for path in FILES.glob("*.py") if not path.name.startswith("_")} == set(STORIES)
    assert len(STORIES) >= 20

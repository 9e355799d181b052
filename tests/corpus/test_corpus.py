"""A fixed sample of the corpus for a few seconds; `make verify PART=corpus` runs all of it for ten each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.corpus.harness import FILES, STORIES, Result, as_text, problems, run

SAMPLE = ["login_tokens", "checkout_steps", "thresholds", "handed_out_users"]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """The sample, two at a time: each has a service of its own."""
    folders = {name: tmp_path_factory.mktemp(name) for name in SAMPLE}
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda name: run(name, 3, folders[name]), SAMPLE)
        return dict(zip(SAMPLE, found, strict=True))


@pytest.mark.parametrize("name", SAMPLE)
def test_a_realistic_file_runs_and_its_figures_are_those_of_the_service(name: str, results: dict[str, Result]) -> None:
    result = results[name]
    assert problems(name, result) == [], as_text(result)


def test_every_file_has_its_story() -> None:
    assert {path.stem for path in FILES.glob("*.py") if not path.name.startswith("_")} == set(STORIES)
    assert len(STORIES) >= 20

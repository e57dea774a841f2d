"""The survey's files, real and invented, and the cohorts made from them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.records.schema import Record
from studies.nhanes.cohort import Cohort, load_cohort
from studies.nhanes.comparison.published import published_record
from studies.nhanes.protocol import load_protocol, shipped_protocols
from tests.studies.nhanes.generated import write_survey


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder of the tests' own: the user's is neither read nor filled."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def survey_data(request: pytest.FixtureRequest) -> Path:
    """The real files: NHANES_DATA, else those beside the repository (absent: see `shared`)."""
    named = os.environ.get("NHANES_DATA")
    if named:
        return Path(named)
    shared: Path = request.getfixturevalue("shared")
    return shared / "nhanes"


@pytest.fixture(scope="session")
def real_cohorts(survey_data: Path) -> dict[str, Cohort]:
    """The cohorts of the shipped protocols."""
    return {name: load_cohort(load_protocol(name), survey_data) for name in shipped_protocols()}


@pytest.fixture(scope="session")
def record() -> Record:
    """What the preprint prints."""
    return published_record()


@pytest.fixture(scope="session")
def three_cycles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of an invented survey with the three cycles of the shipped protocols: 1,500 persons each."""
    cycles = load_protocol("spine").cycles
    return write_survey(tmp_path_factory.mktemp("three"), cycles, persons=1500)


@pytest.fixture(scope="session")
def invented(three_cycles: Path) -> Cohort:
    """The cohort of the preprint's protocol in the invented survey of three cycles."""
    return load_cohort(load_protocol("spine"), three_cycles)


@pytest.fixture(scope="session")
def invented_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of an invented survey: two cycles of 1,500 persons."""
    return write_survey(tmp_path_factory.mktemp("survey"), persons=1500)

"""All tables of a cohort, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from studies.nhanes.cohort import Cohort
from studies.nhanes.tables.page import Sheet
from studies.nhanes.tables.regressions import characteristics_sheet, regression_sheets
from studies.nhanes.tables.threshold import published_turning_points, threshold_sheet


def step_count() -> int:
    """How often make_tables calls `begin`, at most: twice, and for each turning point."""
    return 2 + len(published_turning_points())


def make_tables(cohort: Cohort, begin: Callable[[str], None]) -> Iterator[Sheet]:
    """Tables 1 to 5, each when it is ready; begin is told what is being worked on.

    cohort: of a protocol with the strata all, sex and race, whose cohort has all variables of Table 1.
    Raises SurveyError for an analysis that cannot be done, NhanesError for a published record that cannot be
    read.
    """
    begin("Table 1: characteristics")
    yield characteristics_sheet(cohort)
    begin("Tables 2 to 4: regressions")
    yield from regression_sheets(cohort)
    yield threshold_sheet(cohort, published_turning_points(), begin)

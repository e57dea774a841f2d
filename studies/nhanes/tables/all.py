"""All tables of a cohort, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from studies.nhanes.cohort import Cohort
from studies.nhanes.tables.characteristics import characteristics_sheet
from studies.nhanes.tables.page import Sheet
from studies.nhanes.tables.regressions import regression_sheets
from studies.nhanes.tables.threshold import published_turning_points, sought, threshold_sheet


def step_count(cohort: Cohort) -> int:
    """How often make_tables calls `begin`: twice, and for each turning point."""
    return 2 + len(sought(cohort, published_turning_points()))


def make_tables(cohort: Cohort, begin: Callable[[str], None]) -> Iterator[Sheet]:
    """Table 1, a table for each of the protocol's strata, and the turning points, each when it is ready.

    Turning points are of continuous outcomes along a continuous exposure. begin is told what is being worked
    on. Raises SurveyError for an analysis that cannot be done, NhanesError for a published record that cannot
    be read.
    """
    last = 2 + len(cohort.protocol.strata)
    with cohort.protocol.named_in_errors():
        begin("Characteristics")
        yield characteristics_sheet(cohort)
        begin("Regressions")
        yield from regression_sheets(cohort)
        places = sought(cohort, published_turning_points())
        if places:
            yield threshold_sheet(cohort, places, begin, last)

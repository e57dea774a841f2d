"""Kinds of plots by name, drawn of a result alone."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.drawing.chart import Chart
from synthesis.drawing.forest_table import Axis, ForestTable
from synthesis.plots.kinds import KINDS, BareResult
from synthesis.plots.labbe import Arms
from synthesis.plots.subject import NotDefinedError, Subject
from synthesis.pooled import pool
from tests.synthesis.plots.subjects import invented

TITLES = {
    "funnel": ": funnel plot",
    "funnel-contour": ": contour-enhanced funnel plot",
    "funnel-fill": ": funnel plot with trim and fill",
    "leave-one-out": ": without each study",
    "cumulative": ": study by study, in the order of the rows",
    "baujat": ": heterogeneity and influence",
    "influence": ": influence of each study",
    "gosh": ": every subset of the studies",
    "radial": ": radial plot",
    "qq": ": normal Q-Q plot",
    "multiverse": ": every defensible choice",
    "labbe": ": risks in both arms",
    "p-curve": ": p-curve",
}
ARMS = Arms("RD", *(np.array(counts) for counts in ([1.0, 2], [10.0, 10], [3.0, 4], [10.0, 10])))


def test_each_kind_draws_what_its_name_says() -> None:
    subject = Subject(pool([0.5, 0.3, 0.9, 0.4, 0.2], vi=[0.02, 0.04, 0.09, 0.03, 0.05]), "Outcome")
    for kind, title in TITLES.items():
        two = Subject(pool([0.5, 0.3], vi=[0.02, 0.04]), "Outcome")
        plot = KINDS[kind].draw(BareResult(two, ARMS) if kind == "labbe" else BareResult(subject), "")
        assert plot.title == f"Outcome{title}"
    assert set(KINDS) == {*TITLES, "bubble", "selection"}
    with pytest.raises(NotDefinedError, match="needs a moderator, which a result alone does not have"):
        KINDS["bubble"].draw(BareResult(subject), "dose")
    with pytest.raises(NotDefinedError, match="needs events and persons of both arms"):
        KINDS["labbe"].draw(BareResult(subject), "")


def test_a_multiverse_needs_two_studies_and_has_the_value_of_no_effect() -> None:
    one = Subject(pool([0.5], vi=[0.02]), "Outcome")
    with pytest.raises(NotDefinedError, match="A multiverse needs at least 2 studies; this analysis has 1"):
        KINDS["multiverse"].draw(BareResult(one), "")
    pooled = pool([0.5, 0.3, 0.9], vi=[0.02, 0.04, 0.09])
    for log, null, told in ((False, 0.4, "0.4"), (True, 1.5, "1.5"), (False, None, "0")):
        plot = KINDS["multiverse"].draw(BareResult(Subject(pooled, "Outcome", log=log, null=null)), "")
        assert isinstance(plot, Chart)
        assert f" below {told}. The interval excludes {told} in " in plot.description
        assert "on 1 data set:" in plot.description


# A subject: its scale and its value of no effect.


@pytest.mark.parametrize("null", [0.0, -1.0])
def test_no_effect_of_ratios_lies_above_zero(null: float) -> None:
    with pytest.raises(ValueError, match=f"null is {null:g}; expected a ratio above zero"):
        Subject(invented(2).pooled, "Outcome", log=True, null=null)
    assert Subject(invented(2).pooled, "Outcome", log=False, null=null).null == null


@pytest.mark.parametrize(
    ("log", "null", "pooled_null"),
    [(False, None, 0.0), (True, None, 0.0), (False, 0.3, 0.3), (True, 1.0, 0.0), (True, 0.4, np.log(0.4))],
)
def test_no_effect_on_the_scale_of_the_analysis(log: bool, null: float | None, pooled_null: float) -> None:
    subject = Subject(invented(2).pooled, "Outcome", log=log, null=null)
    assert subject.pooled_null == pytest.approx(pooled_null)
    assert subject.shown(np.array([0.0, 1.0])) == pytest.approx(np.exp([0.0, 1.0]) if log else [0.0, 1.0])


def test_a_subject_without_more_words_is_a_difference_from_zero() -> None:
    subject = Subject(invented(2).pooled, "Outcome")
    assert (subject.effect, subject.log, subject.null) == ("Effect", False, 0.0)


# Refits as forest plots.


@pytest.mark.parametrize("log", [False, True])
def test_refits_are_tables_on_the_axis_of_the_subject_with_i2_and_p(log: bool) -> None:
    subject = invented(5, log)
    for kind, header, first in (("leave-one-out", "Left out", "without "), ("cumulative", "Added", "+ ")):
        table = KINDS[kind].draw(BareResult(subject), "")
        assert isinstance(table, ForestTable)
        expected = (
            Axis("Risk ratio", "log", 1.0, "fewer", "more") if log else Axis(subject.effect, "linear", 0.0)
        )
        assert table.axis == expected
        assert (table.columns, table.study_header) == (("I²", "p"), header)
        assert "τ²" in table.footnotes[0]
        assert len(table.footnotes) == 2
        rows = list(table.intervals())
        assert [getattr(row, "label", "")[: len(first)] for row in rows[:5]] == [first] * 5
        assert len(table.rows) in (7, 8), "a blank line before the whole result"
        assert not hasattr(table.rows[5], "label")

"""Both sides of every bound of what is taken and of what is said about it, and every line of the text."""

from __future__ import annotations

import math
from typing import Any

import pytest
from numpy.testing import assert_allclose

import synthesis
from synthesis.drawing.forest_table import ForestTable, GroupHeading, SpacerRow, StudyRow, SummaryRow, TextRow
from synthesis.plots.drawable import PlotRequest

YI, SEI = [0.79, 0.40, 0.25, None], [0.29, 0.20, 0.22, 0.25]
SAID = [None, None, None, "not significant"]


def pooled(**other: Any) -> synthesis.UnreportedPooled:
    asked: dict[str, Any] = {"yi": YI, "sei": SEI, "said": SAID} | other
    return synthesis.pool_unreported(asked.pop("yi"), **asked)


@pytest.mark.parametrize(("sei", "taken"), [(1.9e7, True), (2.1e7, False), (3.0e-9, True), (2.8e-9, False)])
def test_errors_are_compared_over_eight_orders(sei: float, taken: bool) -> None:
    given = [0.29, 0.20, 0.22, sei]
    if taken:
        assert pooled(sei=given).sei.tolist() == [sei]
        return
    with pytest.raises(
        ValueError, match=r"study 4: its standard error.*e\+08 times another; check the units"
    ):
        pooled(sei=given)


def test_errors_of_what_says_nothing_are_not_compared() -> None:
    assert math.isnan(pooled(sei=[0.29, 0.20, 0.22, 1e12], said=[None, None, None, "I"]).sei[0])


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("probability", -0.1, "probability is -0.1; expected 0 to 1"),
        ("probability", 1.1, "probability is 1.1"),
        ("alpha", 0.0, "alpha is 0; expected the level"),
        ("alpha", 1.0, "alpha is 1; expected the level"),
        ("sigma", [None, None, None, math.inf], "study 4: sigma is inf; expected above zero"),
        ("sigma", [None, None, None, 0.0], "study 4: sigma is 0; expected above zero"),
        ("ni", [1, 2, 3, math.inf], "study 4: ni is inf; expected persons, above zero"),
        ("ni", [1, 2, 3, -1], "study 4: ni is -1"),
        ("sei", [0.29, 0.2, 0.22, math.inf], "study 4: sei is not above zero; expected a finite number"),
        ("alpha", [0.05, 0.05], "labels|alpha has 2 values for 4 studies"),
    ],
)
def test_numbers_beside_what_is_said_are_checked(name: str, value: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        pooled(**{name: value})


def test_a_whole_number_beside_a_table_that_has_no_such_column_stands_for_all_studies() -> None:
    table = {"y": YI, "s": SEI, "w": SAID}
    for q in (0, 1):
        found = synthesis.pool_unreported("y", sei="s", said="w", data=table, probability=q)
        assert found.probability.tolist() == [float(q)]
        assert found.estimate == pooled(probability=float(q)).estimate


def test_ends_of_the_ranges_are_taken() -> None:
    assert pooled(ni=[0.4] * 4).ni.tolist() == [0.4]
    assert pooled(sigma=[None, None, None, 0.4]).sei.tolist() == [0.25]
    assert pooled(probability=0.0).probability.tolist() == [0.0]
    assert pooled(probability=1.0).probability.tolist() == [1.0]
    assert pooled(alpha=0.999).alpha.tolist() == [0.999]
    assert pooled().alpha.tolist() == [0.05]
    assert pooled().probability.tolist() == [1.0]
    assert pooled(alpha=[0.1, 0.1, 0.1, None]).alpha.tolist() == [0.05]


@pytest.mark.parametrize(("k", "short"), [(8, True), (9, False)])
def test_below_ten_results_it_is_said_that_tau2_is_too_small(k: int, short: bool) -> None:
    found = pooled(yi=[*[0.1] * k, None], sei=[0.1] * (k + 1), said=[*[None] * k, "not significant"])
    notes = [note for note in found.notes if "makes tau2 too small" in note]
    assert len(notes) == short
    assert not short or notes[0].startswith("With 9 studies maximum likelihood")
    nothing = pooled(yi=[*[0.1] * k, None], sei=[0.1] * (k + 1), said=[*[None] * k, "I"])
    assert any("too small" in note for note in nothing.notes), "what says nothing does not count"


@pytest.mark.parametrize(("largest", "apart"), [(0.59, False), (0.61, True)])
def test_sigmas_more_than_threefold_apart_are_told(largest: float, apart: bool) -> None:
    found = pooled(yi=[0.1, 0.2, 0.3, None], sei=[0.2, 0.3, largest, None], ni=[100, 100, 100, 100])
    (note,) = [each for each in found.notes if each.startswith("The standard error of study 4 follows")]
    assert "sigma / sqrt(n), sigma = 3, the median of the studies with numbers." in note
    assert ("so that this is a guess" in note) == apart
    assert not apart or "differ 3-fold" in note or "differ 3.1-fold" in note


def test_the_text_tells_each_number_and_where_errors_come_from() -> None:
    lines = str(
        pooled(ni=[100, 200, 300, 400], sigma=[None, None, None, 5.0], sei=[0.29, 0.2, 0.22, None])
    ).splitlines()
    names = [line[2:].split("  ")[0] for line in lines[1:8]]
    assert names == [
        "with what is said", "test", "tau2", "numbers alone, same likelihood", "numbers alone, REML, HKSJ",
        "worst to best case", "largest selection bias",
    ]  # fmt: skip
    assert "study 4: not significant; standard error 0.250, its own sigma / sqrt(n), n = 400." in lines[8]
    equal = str(pooled(method="EE"))
    assert "standard error 0.250, as given." in equal
    assert "\n  tau2" not in equal
    assert "numbers alone, EE, z" in equal
    nothing = str(pooled(said=[None, None, None, "I"]))
    assert (
        "study 4: ORBIT I, taken as not examined, or left out whatever it was; nothing in it that counts."
        in nothing
    )
    one = str(pooled(yi=[0.5, None], sei=[0.1, 0.2], said=[None, "positive"]))
    assert "REML" not in one
    two = str(pooled(yi=[0.5, 0.3, None], sei=[0.1, 0.2, 0.2], said=[None, None, "positive"]))
    assert "numbers alone, REML, HKSJ" in two


def test_ranges_are_what_statements_allow_in_the_units_of_the_effects() -> None:
    c = 1.959963984540054
    (both,) = pooled().ranges
    assert_allclose(both, [(-0.25 * c, 0.25 * c)], rtol=1e-12)
    (outside,) = pooled(said=[None, None, None, "significant"], alpha=0.1).ranges
    assert_allclose(outside, [(-math.inf, -0.25 * 1.6448536269514722), (0.25 * 1.6448536269514722, math.inf)])
    assert pooled(said=[None, None, None, "I"]).ranges == ((),)


def drawn(result: synthesis.UnreportedPooled, kind: str, **words: Any) -> ForestTable:
    table = result._drawn(PlotRequest(kind, None, None, None, None, words))
    assert isinstance(table, ForestTable)
    return table


def test_other_choices_stand_under_a_heading_for_each_question() -> None:
    result = pooled()
    table, found = drawn(result, "sensitivity"), result.sensitivity()
    headings = [row.label for row in table.rows if isinstance(row, GroupHeading)]
    assert headings == ["Standard errors", "Level of the papers' tests", "Classification"]
    assert isinstance(table.rows[0], GroupHeading)
    assert isinstance(table.rows[-2], SpacerRow)
    studies = [row for row in table.rows if isinstance(row, StudyRow)]
    assert [(row.label, row.low, row.high) for row in studies] == list(
        zip(found.choice, found.ci_low.tolist(), found.ci_high.tolist(), strict=True)
    )
    last = table.rows[-1]
    assert isinstance(last, SummaryRow)
    assert (last.low, last.high) == (result.ci_low, result.ci_high)
    assert table.title == "Under other choices for the results without a number"


def test_the_forest_of_one_number_has_no_weights_and_says_its_test() -> None:
    one = pooled(yi=[0.5, None], sei=[0.1, 0.2], said=[None, "not significant"])
    table = drawn(one, "forest")
    (study,) = [row for row in table.rows if isinstance(row, StudyRow)]
    assert study.weight is None
    assert not any("Weights" in note for note in table.footnotes)
    assert any(
        note.startswith("Weights: of the studies with numbers")
        for note in drawn(pooled(), "forest").footnotes
    )
    assert study.low is not None
    assert study.high is not None
    half = 1.959963984540054 * 0.1
    assert_allclose([study.low, study.high], [0.5 - half, 0.5 + half], rtol=1e-12)
    texts = [row.text for row in table.rows if isinstance(row, TextRow)]
    assert texts[0].startswith(f"Test of no effect: z = {one.statistic:.2f}, p ")
    summaries = [row for row in table.rows if isinstance(row, SummaryRow)]
    alone = one.without
    assert (summaries[1].estimate, summaries[1].low, summaries[1].high) == (
        alone.estimate, alone.ci_low, alone.ci_high,
    )  # fmt: skip
    only = drawn(pooled(yi=[0.5, 0.1], sei=[0.1, 0.2], said=[None, None]), "forest")
    assert not any("Hollow" in note for note in only.footnotes)
    assert not any("case" in row.text for row in only.rows if isinstance(row, TextRow))


def test_the_worst_case_has_the_outer_limits_of_both_extremes() -> None:
    result = pooled(method="EE", level=0.9)
    edge, z = 1.959963984540054 * 0.25, 1.6448536269514722
    w = [s**-2 for s in SEI]
    for value, bound, limit, side in (
        (-edge, result.worst_case.lowest, result.worst_case.ci_low, -1.0),
        (edge, result.worst_case.highest, result.worst_case.ci_high, 1.0),
    ):
        mean = sum(wi * yi for wi, yi in zip(w, [0.79, 0.40, 0.25, value], strict=True)) / sum(w)
        assert_allclose([bound, limit], [mean, mean + side * z * sum(w) ** -0.5], rtol=1e-10)

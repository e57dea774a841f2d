"""`escalc`: which function is called with what, and how refusals are worded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from evidence.effects.columns import EffectSizes, Scale, StudyError, columns
from evidence.effects.escalc import escalc
from evidence.effects.forms import MEASURES
from evidence.effects.two_by_two import two_by_two
from evidence.effects.zero_cells import tables

FRAME = pd.DataFrame(
    {"tpos": [4, 6, 3], "tneg": [119, 300, 228], "cpos": [11, 29, 11], "cneg": [128, 274, 209]}
)


def test_columns_by_name_values_and_one_for_all() -> None:
    expected = two_by_two("OR", tables([4, 6, 3], [119, 300, 228], [11, 29, 11], [128, 274, 209]))
    named = escalc("or", ai="tpos", bi="tneg", ci="cpos", di="cneg", data=FRAME)
    mapped = escalc("OR", ai="tpos", bi="tneg", ci="cpos", di="cneg", data=FRAME.to_dict("list"))
    sized = escalc(
        "OR", ai=FRAME["tpos"], n1i=[123, 306, 231], ci=[11, 29, 11], n2i=np.array([139, 303, 220])
    )
    for result in (named, mapped, sized):
        assert_array_equal(result.yi, expected.yi)
        assert_array_equal(result.vi, expected.vi)
    assert_array_equal(escalc("PR", xi=[1, 2], ni=10).yi, [0.1, 0.2])


def test_labels_travel_with_the_result_and_into_refusals() -> None:
    frame = FRAME.assign(trial=["Aronson", "Ferguson", "Rosenthal"])
    result = escalc("OR", ai="tpos", bi="tneg", ci="cpos", di="cneg", data=frame, slab="trial")
    assert result.labels == ("Aronson", "Ferguson", "Rosenthal")
    with pytest.raises(StudyError, match=r"^Ferguson: ai is 9 and n1i 5; expected no more events"):
        escalc("RR", ai=[1, 9, 1], n1i=5, ci=1, n2i=5, slab=frame["trial"])
    with pytest.raises(ValueError, match="there are 3 labels for 2 effect sizes"):
        escalc("PR", xi=[1, 2], ni=10, slab="trial", data=frame)


def test_missing_values_of_every_kind_are_missing() -> None:
    for xi in (
        [1, None],
        [1, np.nan],
        pd.array([1, None], dtype="Int64"),
        np.ma.array([1, 2], mask=[False, True]),
    ):
        assert escalc("PR", xi=xi, ni=10).notes == ("", "a count is missing")


@pytest.mark.parametrize(
    ("measure", "given", "says"),
    [
        ("ORR", {}, r"unknown measure 'ORR'; did you mean 'RR'\?"),
        ("OR", {"ai": 1, "bi": 2}, r"OR \(log odds ratio\) lacks 'ci', 'di'; expected ai, bi, ci, di"),
        ("OR", {"ai": 1, "n1i": 2, "ci": 1}, "lacks 'n2i'"),
        ("SMD", {"m1i": 1}, "lacks 'sd1i', 'n1i', 'm2i', 'sd2i', 'n2i'; expected m1i"),
        ("RD", {"ai": 1, "bi": 2, "ci": 1, "di": 3, "vtype": "UB"}, "unknown argument for RD 'vtype'"),
        ("IRR", {"x1": 1}, r"unknown argument for IRR 'x1'; did you mean 'x1i'\?"),
        ("PR", {"xi": 1, "ni": 3, "mi": 2}, "do not go together; expected xi, ni, or xi, mi"),
        ("PR", {"xi": "cases", "ni": 3}, "xi is the text 'cases'; expected numbers"),
        (
            "PR",
            {"xi": "tpo", "ni": 3, "data": FRAME},
            r"xi: data has no column 'tpo'; did you mean 'tpos'\? It has: tpos, tneg, cpos, cneg",
        ),
        ("PR", {"xi": [1, 2], "ni": [3, 4, 5]}, r"different lengths \(xi 2, ni 3\)"),
        ("PR", {"xi": [[1, 2]], "ni": 3}, r"xi has shape \(1, 2\)"),
        ("PR", {"xi": ["one", "two"], "ni": 3}, "study 1: xi is 'one'; expected a number"),
        (
            "PHI",
            {"ai": 1, "bi": 2, "ci": 1, "di": 3, "vtype": "LS"},
            "unknown vtype 'LS'. Expected one of: CS, ST",
        ),
    ],
)
def test_refusals_say_what_was_expected(measure: str, given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        escalc(measure, **given)


def test_a_measure_of_means_is_reached_by_each_of_its_forms() -> None:
    """d = 0.5 is t = 0.5 sqrt(n1 n2 / (n1 + n2)), and means half a pooled SD apart."""
    sizes = {"n1i": 10, "n2i": 40}
    by_means = escalc("SMD", m1i=1.5, sd1i=1, m2i=1, sd2i=1, **sizes)
    for given in ({"di": 0.5}, {"ti": 0.5 * np.sqrt(8)}):
        result = escalc("smd", **given, **sizes)
        assert_allclose((result.yi, result.vi), (by_means.yi, by_means.vi), rtol=1e-13)
    unbiased = escalc("SMD", di=0.5, vtype="UB", **sizes)
    assert unbiased.vi != by_means.vi


def test_every_measure_states_what_it_needs() -> None:
    assert len(MEASURES) == 24 + 34
    for name, measure in MEASURES.items():
        with pytest.raises(ValueError, match="lacks"):
            escalc(name)
        assert measure.title
        assert measure.forms[0].required


def test_results_check_themselves() -> None:
    with pytest.raises(ValueError, match="study 2 has no effect size or no variance; expected a note"):
        EffectSizes(np.array([1.0, np.nan]), np.array([1.0, 1.0]), "OR")
    with pytest.raises(ValueError, match="expected k of each"):
        EffectSizes(np.array([1.0, 2.0]), np.array([1.0]), "OR")
    result = EffectSizes(
        np.array([1.0, np.nan]), np.array([4.0, 1.0]), "X", ("", "why"), Scale("x", np.exp, 1.0)
    )
    assert str(result) == "X, 2 studies, x scale: 1 defined\n  study 2: why"
    assert_array_equal(result.sei, [2.0, 1.0])
    assert result.back(0.0) == 1.0


def test_columns_of_no_studies() -> None:
    (empty, one) = columns(a=[], b=1.0)
    assert empty.shape == one.shape == (0,)


def test_a_dictionary_of_effects_has_none_where_nothing_is_defined() -> None:
    """Risk differences 0.1 and none, as nobody is in the second group of the second study."""
    made = escalc("RD", ai=[3, 1], bi=[7, 1], ci=[2, 0], di=[8, 0], to="none").to_dict()
    assert made["yi"] == [pytest.approx(0.1), None]
    assert made["vi"] == [pytest.approx(0.3 * 0.7 / 10 + 0.2 * 0.8 / 10), None]
    assert made["sei"] == [pytest.approx(0.037**0.5), None]

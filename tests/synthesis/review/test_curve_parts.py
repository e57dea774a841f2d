"""What a review's curve says, piece by piece."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.review.curve_parts import COEFFICIENT, CURVE, SHAPE, curve_parts
from tests.synthesis.review.classes import DOSED, LIMITED, MIDDLES, analysed, classed, reviewed, slope
from tests.synthesis.review.made import record


def test_a_straight_line_has_its_slope_and_effects_of_doses_only_where_the_review_names_them(
    tmp_path: Path,
) -> None:
    loaded = reviewed(tmp_path, {"a": classed("a", DOSED), "b": record("b", [slope()])})
    result = analysed(loaded)
    per_unit, *facts = curve_parts(result, 2)
    assert (per_unit.kind, per_unit.name, per_unit.decimals) == (CURVE, "per 1 g/dL", 3)
    assert (per_unit.log, per_unit.null, per_unit.says) == (True, 0.0, "")
    assert result.dose is not None
    fit = result.dose.fit
    assert fit is not None
    assert per_unit.numbers is not None
    ends = [fit.estimate[0], fit.ci_low[0], fit.ci_high[0]]
    assert_allclose(np.log(per_unit.numbers), ends, rtol=1e-12)
    assert {each.kind for each in facts} == {SHAPE}
    said = {each.name: each.says for each in facts}
    assert list(said) == ["association", "heterogeneity", "studies and classes"]
    assert said["association"].startswith("χ²(1) = ")
    assert said["heterogeneity"] == (
        f"Q = {fit.Q:.4g} on 2 df, p = {math.exp(-fit.Q / 2):.2f}, I² = {fit.I2:.0f}%"
    )
    assert said["studies and classes"] == "A 12 and 13 against 11 g/dL; B per 1 g/dL"
    named = analysed(reviewed(tmp_path / "at", {"a": classed("a", DOSED)}, MIDDLES % ", at: [11, 13]"))
    assert [each.name for each in curve_parts(named, 2) if each.kind == CURVE] == [
        "per 1 g/dL",
        "13 g/dL against 11 g/dL",
    ]


def test_a_bent_curve_has_effects_coefficients_and_facts(tmp_path: Path) -> None:
    both = {"a": classed("a", DOSED), "b": classed("b", LIMITED)}
    result = analysed(
        reviewed(
            tmp_path, both, MIDDLES % ", curve: spline, knots: [11, 12, 13], at: [12, 13], reference: 12"
        ),
        estimator="REML",
    )
    effect, first, second, *facts = curve_parts(result, 2)
    assert result.dose is not None
    fit = result.dose.fit
    assert fit is not None
    told = fit.predict(13, reference=12)
    assert effect.name == "13 g/dL against 12 g/dL"
    assert (effect.kind, effect.decimals, effect.log, effect.null) == (CURVE, 2, True, 0.0)
    assert effect.numbers is not None
    ends = [told.estimate[0], told.ci_low[0], told.ci_high[0]]
    assert_allclose(np.log(effect.numbers), ends, rtol=1e-12)
    for at, part in enumerate((first, second)):
        assert (part.kind, part.log, part.null) == (COEFFICIENT, False, None)
        assert part.name == f"{fit.names[at]} in g/dL"
        assert_allclose(part.numbers or (), [fit.estimate[at], fit.ci_low[at], fit.ci_high[at]])
        assert 10 <= fit.se[at] * 10**part.decimals < 100 or part.decimals == 0
    said = {each.name: each.says for each in facts}
    assert list(said) == ["association", "non-linearity", "heterogeneity", "knots", "studies and classes"]
    assert said["knots"] == "11, 12, 13 g/dL"
    assert said["heterogeneity"].endswith("%, SD between studies 0, 0")


@pytest.mark.parametrize("factor", [1, 1000])
def test_a_coefficient_has_two_digits_of_its_standard_error_and_no_decimals_of_large_ones(
    tmp_path: Path, factor: int
) -> None:
    unit = "g/dL" if factor == 1 else "kg/dL"
    more = f"dose_response: {{unit: {unit}, curve: quadratic}}"
    result = analysed(reviewed(tmp_path, {"a": classed("a", DOSED)}, more))
    parts = [each for each in curve_parts(result, 2) if each.kind == COEFFICIENT]
    assert result.dose is not None
    assert result.dose.fit is not None
    for part, se in zip(parts, result.dose.fit.se, strict=True):
        shown = round(float(se), part.decimals)
        assert abs(shown - se) <= 0.05 * se
        assert part.decimals == 0 or se * 10**part.decimals < 100
    assert len(parts) == 2


def test_one_study_of_one_class_has_no_heterogeneity_and_no_study_has_no_part(tmp_path: Path) -> None:
    one = analysed(reviewed(tmp_path, {"a": classed("a", DOSED[:2])}))
    assert [each.name for each in curve_parts(one, 2)] == ["per 1 g/dL", "association", "studies and classes"]
    empty = analysed(reviewed(tmp_path / "e", {"a": classed("a", LIMITED)}, "dose_response: {unit: g/dL}"))
    assert list(curve_parts(empty, 2)) == []
    plain = analysed(reviewed(tmp_path / "p", {"b": record("b", [slope()])}, ""))
    assert list(curve_parts(plain, 2)) == []

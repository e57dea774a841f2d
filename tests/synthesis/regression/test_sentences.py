"""What the reader is told of a meta-regression, subgroups and a location-scale model: when, and when not."""

import math
import re
from typing import Any, Literal

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis import LocationScaleRegression, location_scale, metareg, subgroups
from synthesis.regression.result import MetaRegression

Tau2 = Literal["common", "separate"]


def noted(result: Any, words: str) -> bool:
    return any(words in note for note in result.notes)


def line(k: int, **options: Any) -> MetaRegression:
    """k studies about a line, two units of their standard error away in turn."""
    x = np.arange(float(k))
    return metareg(0.1 * x + 0.2 * (-1) ** np.arange(k), [0.01] * k, mods=x, **options)


@pytest.mark.parametrize(
    ("k", "columns", "few"), [(9, 1, True), (10, 1, False), (19, 2, True), (20, 2, False)]
)
@pytest.mark.parametrize("intercept", [True, False])
def test_fewer_than_ten_studies_a_moderator_are_few(k: int, columns: int, few: bool, intercept: bool) -> None:
    x = np.column_stack([np.arange(float(k)) ** (i + 1) for i in range(columns)])
    y = np.sin(np.arange(k) * 2.0)
    found = metareg(y, [0.01] * k, mods=x, intercept=intercept)
    assert noted(found, "fewer than ten each") == few
    if few:
        columns_text = "1 moderator column" if columns == 1 else "2 moderator columns"
        assert noted(found, f"{k} studies for {columns_text}, fewer than ten each: the model can fit chance")


def test_an_intercept_alone_is_not_few_and_has_nothing_to_explain() -> None:
    for mods in ("~ 1", np.full(3, 2.0)):
        found = metareg([0.1, 0.9, 0.5], [0.01] * 3, mods=mods, data={}, intercept=False)
        assert (found.p, found.constant, found.notes) == (1, 0, ())
        assert math.isnan(found.R2)


@pytest.mark.parametrize(
    ("spread", "test", "narrower"),
    [
        (0.8, "HKSJ", True),
        (1.2, "HKSJ", False),
        (30.0, "HKSJ", False),
        (0.8, "adhoc", False),
        (0.8, "z", False),
        (0.8, "t", False),
    ],
)
def test_intervals_narrower_than_wald_are_said(spread: float, test: str, narrower: bool) -> None:
    """Sixty residuals of +-1 with variance one have a mean square of spread 60/58; t(58) widens by 1.02."""
    x = np.repeat(np.arange(30.0), 2)
    y = math.sqrt(spread) * np.array([1.0, -1.0] * 30)
    found = metareg(y, [1.0] * 60, mods=x, test=test)
    assert noted(found, "intervals are narrower than the Wald intervals") == narrower


def test_a_tau2_outside_its_profile_is_said_on_either_side() -> None:
    """Sidik and Jonkman's is never zero, though studies agree; Hedges' counts a study that knows nothing."""
    x = [1.0, 2, 3, 4, 6]
    above = metareg([0.1, 0.11, 0.12, 0.11, 0.1], [1.0] * 5, mods=x, method="SJ", test="z")
    assert above.tau2_high == 0.0 < above.tau2
    below = metareg([0.0, 1, 0, 1, 0], [0.001] * 4 + [100.0], mods=x, method="HE", test="z")
    assert below.tau2 == 0.0 < below.tau2_low
    for found in (above, below):
        bounds = f"[{found.tau2_low:.4g}, {found.tau2_high:.4g}]"
        assert noted(
            found, f"({found.tau2:.4g}) lies outside its Q-profile interval {bounds}: the two rest on"
        )
    assert not noted(line(12), "lies outside its Q-profile")
    equal = metareg([0.0, 5, 0, 5, 0], [0.01] * 5, mods=x, method="EE")
    assert equal.tau2_low > equal.tau2 == 0.0
    assert not noted(equal, "lies outside")


def test_no_r2_is_explained_by_the_model_or_by_the_data() -> None:
    no_intercept = "No R2: the model without moderators is no part of this one, as it has no intercept."
    nothing = "No R2: without moderators tau2 is zero, so that there is no heterogeneity to explain."
    x = np.arange(12.0) + 1
    y = np.sin(2 * x)
    assert no_intercept in metareg(y, [0.01] * 12, mods=x, intercept=False).notes
    assert nothing in metareg(y, [10.0] * 12, mods=x).notes
    assert metareg(y, [0.01] * 12, mods=x).notes == ()
    equal = metareg(y, [0.01] * 12, mods=x, method="EE")
    assert math.isnan(equal.R2)
    assert not noted(equal, "No R2")


def test_r2_exists_where_the_columns_add_up_to_the_intercept() -> None:
    """Two columns whose weighted sum is one, and two that only come near it."""
    x = np.array([0.0, 1, 2, 3, 4, 7])
    y = [0.1, 0.9, 0.4, 2.0, 1.1, 2.2]
    usual = metareg(y, [0.01] * 6, mods=x)
    spanning = metareg(y, [0.01] * 6, mods=np.column_stack([x, 2 - 3 * x]), intercept=False)
    assert_allclose(spanning.R2, usual.R2, rtol=1e-9)
    near = metareg(y, [0.01] * 6, mods=np.column_stack([x, 2 - 3 * x + 0.01 * x**2]), intercept=False)
    assert math.isnan(near.R2)


def test_what_was_left_out_is_counted() -> None:
    data = {"a": [1.0, None, 3, 4, 5, 7], "b": [None, None, 2, 1, 0, 3]}
    options: dict[str, Any] = {"mods": "~ a + b", "data": data, "missing": "drop"}
    found = metareg([0.1, 0.2, 0.4, 0.3, 0.6, 0.2], [0.01] * 6, **options)
    assert found.notes[0] == "2 studies without a moderator left out (missing: a in 1, b in 2)."
    with pytest.raises(ValueError, match="study 1: b is missing"):
        metareg([0.1, 0.2, 0.4, 0.3, 0.6, 0.2], [0.01] * 6, **(options | {"missing": "refuse"}))
    with pytest.raises(ValueError, match="every study lacks one of a, b; expected some with all of them"):
        metareg([0.1, 0.2], [0.01] * 2, mods="~ a + b", data={"a": [1, None], "b": [None, 2]}, missing="drop")


# Subgroups.


def means(square: float, groups: int, **options: Any) -> Any:
    """Groups of three with variance one, whose mean square within is given, and means 0, 3, 6, ..."""
    away = math.sqrt(square)
    y = [3.0 * i + d for i in range(groups) for d in (-away, 0.0, away)]
    return subgroups(y, [1.0] * 3 * groups, by=np.repeat(np.arange(groups), 3), **options)


@pytest.mark.parametrize("groups", [2, 3])
@pytest.mark.parametrize(("square", "smaller"), [(0.8, True), (1.2, False)])
def test_f_beyond_chi_squared_by_degrees_of_freedom_brings_it_beside(
    groups: int, square: float, smaller: bool
) -> None:
    """F is chi-squared / df1 / the mean square while tau2 is zero, and chi-squared / df1 once it is not."""
    found = means(square, groups, tau2="common")
    assert (found.wald is not None) == smaller
    chi_squared = 27.0 * (groups**3 - groups) / 12  # 3 studies a group, means three apart
    expected = chi_squared / (groups - 1) / (0.8 if smaller else 1.2)
    assert_allclose(found.between.statistic, expected, rtol=1e-9)
    if smaller:
        assert_allclose(found.wald.statistic, chi_squared, rtol=1e-9)
        assert found.wald.p_value < found.between.p_value
    assert noted(found, "so that the F test is more certain than the test with Wald") == smaller


@pytest.mark.parametrize(("tau2", "said"), [("separate", True), ("common", False)])
def test_small_subgroups_are_named_where_each_has_a_tau2_of_its_own(tau2: Tau2, said: bool) -> None:
    y = np.sin(np.arange(14.0))
    by = ["six"] * 6 + ["five"] * 5 + ["two"] * 2 + ["one"]
    found = subgroups(y, [0.01] * 14, by=by, tau2=tau2)
    assert noted(found, "One study only in one: it has no tau2 of its own") == said
    assert noted(found, "No more than 5 studies in five, two: a tau2 of their own") == said
    equal = subgroups(y, [0.01] * 14, by=by, tau2=tau2, method="EE", test="z")
    assert equal.notes == ()


def test_one_study_more_than_subgroups_is_enough_for_a_common_tau2() -> None:
    found = subgroups([0.0, 2.0, 5.0], [1.0] * 3, by=list("aab"), tau2="common", method="EE", test="z")
    assert [group.estimate for group in found.groups] == [1.0, 5.0]
    assert [group.k for group in found.groups] == [2, 1]


def test_a_subgroup_of_one_study_has_walds_interval_beside_a_narrower_one() -> None:
    """With a common tau2 the agreement within the other subgroups narrows its interval too."""
    y, v, by = [0.1, 0.11, 0.12, 0.53], [0.01] * 4, list("aaab")
    found = subgroups(y, v, by=by, tau2="common")
    half = 1.959963984540054 * 0.1
    assert_allclose(found.groups[1].wald, (0.53 - half, 0.53 + half), rtol=1e-12)
    assert "b, Wald 0.53 [0.334, 0.726]" in " ".join(str(found).split())
    assert noted(found, "intervals of a, b are narrower than the Wald intervals")
    alone = subgroups(y, v, by=by)
    assert noted(alone, "intervals of a are narrower than the Wald intervals")
    assert "b, Wald" not in str(alone)


def test_the_test_within_subgroups_adds_up_by_hand() -> None:
    """2 on one and 2 on one: 4 on two, whose tail is exp(-2)."""
    for tau2 in ("common", "separate"):
        found = subgroups([1.0, 3, 6, 8], [1.0] * 4, by=list("aabb"), method="EE", test="z", tau2=tau2)
        assert_allclose([found.QE, found.QE_df, found.QE_p], [4.0, 2.0, math.exp(-2)], rtol=1e-12)
        lines = [" ".join(text.split()) for text in str(found).splitlines()]
        assert lines[0] == "2 subgroups by subgroup, 4 studies"
        assert lines[1] == "k estimate 95% CI p tau2 I2"
        assert lines[2].startswith("a 2 2 [0.6141, 3.386] 0.0047 0 ")
        assert lines[3].startswith("b 2 7 [5.614, 8.386] < 0.0001 0 ")
        assert lines[2].endswith("–" if tau2 == "common" else "50.0%")
        assert "between chi2(1) = 25, p < 0.0001" in lines
        assert "within chi2(2) = 4, p = 0.14" in lines
        assert not any(text.startswith("QE") for text in lines)
        assert found.method_sentence.endswith(". Equal effects; Wald z intervals.")
        usual = subgroups([1.0, 3, 6, 8], [1.0] * 4, by=list("aabb"), tau2=tau2)
        assert "Restricted maximum likelihood (REML); Hartung-Knapp" in usual.method_sentence


# Location and scale.


def spread_by(k: int, **options: Any) -> LocationScaleRegression:
    """k studies that differ more and more."""
    x = np.arange(float(k))
    return location_scale((1 + x) * (-0.1) ** (1 + x % 2) * 10, [0.01] * k, scale=x, **options)


def test_a_fit_without_a_flaw_has_nothing_to_say_of_it() -> None:
    assert spread_by(10).notes == ()
    assert noted(spread_by(9), "9 studies for 1 moderator column, fewer than ten each")
    both = spread_by(19, mods=np.cos(np.arange(19.0)))
    assert both.notes[0].startswith("19 studies for 2 moderator columns, fewer than ten each")
    assert spread_by(20, mods=np.cos(np.arange(20.0))).notes == ()


@pytest.mark.parametrize(
    ("gone", "who"),
    [
        (1, "1 study (study 1)"),
        (2, "2 studies (study 1, study 2)"),
        (3, "3 studies (study 1, study 2, study 3)"),
        (4, "4 studies (study 1, study 2, study 3 and 1 more)"),
    ],
)
def test_up_to_three_studies_of_a_limit_are_named(gone: int, who: str) -> None:
    y = [0.4] * gone + [0.4 + d for d in (1.5, -1.5, 2.0, -2.0, 1.0)]
    group = ["a"] * gone + ["b"] * 5
    found = location_scale(y, [0.1] * len(y), scale="~ g", data={"g": group}, method="ML")
    assert found.in_limit.tolist() == [True] * gone + [False] * 5
    assert noted(found, f"as tau2 of {who} tends to zero")
    assert noted(found, "Intercept, g[T.b]: no finite value, standard error, interval or test")


def test_a_location_scale_model_prints_its_two_parts() -> None:
    for test, head in (("z", "estimate se z p 95% CI"), ("t", "estimate se t df p 95% CI")):
        found = spread_by(12, test=test)
        lines = [" ".join(text.split()) for text in str(found).splitlines()]
        assert lines[:2] == ["Location-scale model of 12 studies", head]
        for text, part, i in ((lines[2], found.location, 0), (lines[4], found.scale, 1)):
            df = () if test == "z" else (f"{part.df:g}",)
            cells = (f"{part.estimate[i]:.4g}", f"{part.se[i]:.4g}", f"{part.statistic[i]:.3f}", *df)
            assert text.split(": ")[1].startswith(f"{part.names[i]} {' '.join(cells)} ")
        assert lines[5] == f"tau2 [{found.tau2.min():.4g}, {found.tau2.max():.4g}] among the studies"
        kind = "z intervals." if test == "z" else "t intervals (11 df for the mean, 10 for log tau2)."
        assert found.method_sentence.endswith(f"(REML); Wald {kind}")
    same = location_scale([0.1, 0.9, 0.5, 2.0], [0.01] * 4, scale="~ 1", data={})
    assert f"tau2 {same.tau2[0]:.4g} among the studies" in " ".join(str(same).split())
    at = found.predict_tau2([[3.0]])
    assert str(at).splitlines()[0] == "tau2 predicted by the scale's moderators, 1 row"
    assert re.split(r"\s{2,}", str(at).splitlines()[2].strip())[:2] == ["row 1", f"{at.tau2[0]:.4g}"]

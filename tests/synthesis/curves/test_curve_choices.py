"""Curves, methods and missing classes: what was chosen stands in the sentence and does what it says."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from synthesis import DoseResponse, dose_response
from synthesis.curves.curve_words import curve_notes
from tests.synthesis.curves.invented_classes import MEANS, ROWS, changed, least_squares, of_means, of_ratios

ABOVE: dict[str, Any] = ROWS | {"alcohol_g": [dose + 1.0 for dose in ROWS["alcohol_g"]]}
GL = "covariance of classes: Greenland and Longnecker 1992; normal intervals."


def differing(size: float = 1.0) -> DoseResponse:
    """Parabolas of eight studies whose two coefficients differ, with doses in some unit."""
    rng = np.random.default_rng(12)
    dose, y = np.tile([0.0, 1.0, 2.0, 3.0], 8), []
    for a, b in rng.normal([0.3, -0.1], [0.4, 0.3], (8, 2)):
        y += [0.0, *(a * x + b * x * x for x in (1.0, 2.0, 3.0))]
    v = np.where(dose > 0, 0.01, np.nan)
    labels = np.repeat(np.arange(8), 4)
    matrices = {n: 0.01 * np.eye(3) for n in range(8)}
    return dose_response(
        y, v, dose=size * dose, study=labels, covariance=matrices, curve="quadratic", method="ML"
    )


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({}, f"Straight line, one stage, restricted maximum likelihood; {GL}"),
        ({"curve": "quadratic", "method": "ML"}, f"Parabola, one stage, maximum likelihood; {GL}"),
        (
            {"curve": "spline", "method": "EE"},
            "Restricted cubic spline (knots at 0, 4, 11.6, percentiles of the doses), one stage, no "
            f"heterogeneity between studies; {GL}",
        ),
        (
            {"curve": "spline", "knots": [1, 4.5, 11]},
            f"Restricted cubic spline (knots at 1, 4.5, 11), one stage, restricted maximum likelihood; {GL}",
        ),
        (
            {"curve": "linear spline"},
            "Linear spline (knot at 4, percentiles of the doses), one stage, restricted maximum likelihood; "
            f"{GL}",
        ),
        ({"stages": 2, "method": "DL"}, f"Straight line, two stages, moments; {GL}"),
        (
            {"covariance": "Hamling", "test": "t"},
            "Straight line, one stage, restricted maximum likelihood; covariance of classes: Hamling et al. "
            "2008; t(3) intervals.",
        ),
        (
            {"covariance": "independent"},
            "Straight line, one stage, restricted maximum likelihood; covariance of classes: taken for "
            "independent; normal intervals.",
        ),
        (
            {"data": ABOVE, "curve": "fractional", "powers": [0, 2]},
            f"Fractional polynomial (powers 0, 2), one stage, restricted maximum likelihood; {GL}",
        ),
    ],
)
def test_the_sentence_says_what_was_done(choices: dict[str, Any], sentence: str) -> None:
    found = of_ratios(**choices)
    assert found.method_sentence == sentence
    assert str(found).splitlines()[-1 - len(found.notes)].strip() == sentence


def test_the_sentence_of_means_and_of_given_covariances() -> None:
    assert of_means().method_sentence == (
        "Straight line, one stage, restricted maximum likelihood; covariance of classes from their sizes; "
        "normal intervals."
    )
    matrices = {each.name: each.covariance for each in of_ratios().studies}
    assert of_ratios(covariance=matrices).method_sentence == (
        "Straight line, one stage, restricted maximum likelihood; covariances as given; normal intervals."
    )
    rows = {"y": [0, 0.3, 0.5], "v": [None, 0.1, 0.1], "d": [0, 1, 2], "s": [*"aaa"]}
    found = dose_response("y", "v", dose="d", study="s", data=rows, kind="means", covariance="independent")
    assert "covariance of classes: taken for independent" in found.method_sentence


def test_notes_say_what_cannot_be_known() -> None:
    assert of_ratios().notes == ()
    shared = "Classes of a study share a reference and are dependent; that is not allowed for."
    assert of_ratios(covariance="independent").notes == (shared,)
    matrices = {each.name: each.covariance for each in of_ratios().studies}
    assert of_ratios(covariance=matrices, kind=None).notes == ()
    single = dose_response(
        [0, 0.5] * 4,
        [None, 0.04] * 4,
        dose=[0, 2, 0, 1, 0, 3, 0, 2.5],
        study=[*"aabbccdd"],
        covariance="independent",
    )
    assert single.notes == ()
    one = {name: values[:4] for name, values in ROWS.items()}
    assert of_ratios(one).notes == ("One study: nothing is known of differences between studies.",)
    assert of_ratios(one).method == "EE"
    few = "3 studies cannot tell how 2 coefficients vary between studies: the intervals are too short."
    three = {name: values[:12] for name, values in ROWS.items()}
    edge = "The variation between studies lies on its edge: some direction of the coefficients does not vary."
    for method in ("REML", "ML"):
        assert few in of_ratios(three, curve="quadratic", method=method).notes
    assert of_ratios(three, curve="quadratic", method="EE").notes == ()
    assert of_ratios(three, curve="linear").notes == ()
    two = {name: values[:8] for name, values in ROWS.items()}
    assert "2 studies cannot tell how 1 coefficient varies" in " ".join(of_ratios(two, method="ML").notes)
    # One study stands here with a method that one study does not get: its own note is enough.
    assert curve_notes(replace(of_ratios(one), method="REML"), 4, "Hamling") == of_ratios(one).notes
    assert edge in of_ratios(curve="spline", knots=[1, 4, 11]).notes
    for size in (1e-4, 1e4):
        again = ROWS | {"alcohol_g": [size * dose for dose in ROWS["alcohol_g"]]}
        assert edge in of_ratios(again, curve="spline", knots=[size, 4 * size, 11 * size]).notes
        apart = differing(size)
        assert np.linalg.matrix_rank(apart.psi / np.outer(apart.se, apart.se)) == 2
        assert apart.notes == ()
    short = of_ratios(curve="spline", knots=[1, 3, 7, 11])
    assert "Fewer classes than coefficients, kept in one stage: D." in short.notes
    dropped = changed(changed(ROWS, "y", 5, None), "se", 6, None)
    assert of_ratios(dropped, missing="drop").notes == ("2 classes left out, for want of a number.",)
    assert of_ratios(changed(ROWS, "y", 5, None), missing="drop").notes == (
        "1 class left out, for want of a number.",
    )


def test_classes_left_out_are_as_if_they_had_not_been_printed() -> None:
    for row, column in ((5, "y"), (6, "se"), (7, "alcohol_g"), (13, "y")):
        left = of_ratios(changed(ROWS, column, row, None), missing="drop")
        kept = {name: [*values[:row], *values[row + 1 :]] for name, values in ROWS.items()}
        assert left.estimate == pytest.approx(of_ratios(kept).estimate, rel=1e-12)
        assert left.classes == 10
        assert left.k == 4
    alone = changed(changed(ROWS, "y", 13, None), "y", 14, None)
    assert [each.name for each in of_ratios(alone, missing="drop").studies] == [*"ABC"]
    gone = changed(MEANS, "mean", 1, None)
    assert of_means(gone, missing="drop").classes == of_means().classes - 1 == 6


def test_heterogeneity_of_one_stage_and_two_agree_where_all_studies_tell_all() -> None:
    for method in ("REML", "ML", "EE"):
        one, two = (of_ratios(curve="quadratic", method=method, stages=stages) for stages in (1, 2))
        assert two.estimate == pytest.approx(one.estimate, rel=1e-6)
        assert two.se == pytest.approx(one.se, rel=1e-5)
        assert (one.stages, two.stages) == (1, 2)
        assert (one.Q_df, two.Q_df) == (9, 6)
        assert [each.y.size for each in two.effects] == [2] * 4


def test_default_knots_are_percentiles_of_all_doses() -> None:
    doses = np.array(ROWS["alcohol_g"])
    at = np.percentile(doses, [10, 50, 90])
    assert of_ratios(curve="spline").estimate == pytest.approx(
        of_ratios(curve="spline", knots=at.tolist()).estimate, rel=1e-12
    )
    middle = of_ratios(curve="linear spline", knots=[float(np.median(doses))])
    assert of_ratios(curve="linear spline").estimate == pytest.approx(middle.estimate, rel=1e-12)


def test_the_best_powers_have_the_lowest_aic_of_all_that_may_be_tried() -> None:
    powers = (-2, -1, -0.5, 0, 0.5, 1, 2, 3)
    tried = {}
    for pair in [*((p,) for p in powers), *combinations_with_replacement(powers, 2)]:
        found = of_ratios(ABOVE, curve="fractional", powers=pair, method="EE")
        beta, _ = least_squares(found)
        assert found.estimate == pytest.approx(beta, rel=1e-5)
        tried[pair] = -2.0 * found.loglik + 2.0 * len(pair)
    assert len(tried) == 44
    best = min(tried, key=tried.__getitem__)
    assert sorted(tried.values())[1] - tried[best] > 1e-4
    chosen = of_ratios(ABOVE, curve="fractional", method="EE")
    assert chosen.loglik == pytest.approx(0.5 * (2 * len(best) - tried[best]), abs=1e-10)
    listed = ", ".join(f"{power:g}" for power in best)
    assert (
        f"Fractional polynomial (powers {listed}, the best of 44 by AIC without heterogeneity; intervals do "
        "not allow for that choice)" in chosen.method_sentence
    )


def test_too_few_classes_for_two_powers_leave_one() -> None:
    rows: dict[str, Any] = {"y": [0, 0.3], "v": [None, 0.1], "d": [1, 2], "s": [*"aa"]}
    found = dose_response("y", "v", dose="d", study="s", data=rows, curve="fractional")
    assert len(found.names) == 1


def test_units_of_doses_and_effects_do_not_matter() -> None:
    for size in (1e-16, 1e-9, 1e6, 1e12):
        one, other = differing(), differing(size)
        assert other.estimate * [size, size**2] == pytest.approx(one.estimate, rel=1e-6)
        assert other.statistic == pytest.approx(one.statistic, rel=1e-6)


def test_t_intervals_have_studies_less_coefficients() -> None:
    z, t = of_ratios(), of_ratios(test="t")
    assert t.estimate == pytest.approx(z.estimate, rel=1e-14)
    assert t.df.tolist() == [3.0]
    assert z.df.tolist() == [np.inf]
    half = student.ppf(0.975, 3) * t.se
    assert t.ci_low == pytest.approx(t.estimate - half, rel=1e-10)
    assert t.ci_high == pytest.approx(t.estimate + half, rel=1e-10)
    assert t.p_value == pytest.approx(2 * student.sf(abs(t.estimate / t.se), 3), rel=1e-10)
    assert t.statistic == pytest.approx(t.estimate / t.se, rel=1e-12)
    assert of_ratios(curve="quadratic", test="t").df.tolist() == [2.0, 2.0]
    lines = str(t).splitlines()
    assert lines[1].split() == ["estimate", "se", "t", "df", "p", "95%", "CI"]
    assert str(z).splitlines()[1].split() == ["estimate", "se", "z", "p", "95%", "CI"]


def test_another_level_widens_the_intervals() -> None:
    ninety = of_ratios(level=90)
    assert ninety.level == 0.9
    assert ninety.ci_high == pytest.approx(ninety.estimate + 1.6448536269514722 * ninety.se, rel=1e-12)
    assert of_ratios(level=0.9).ci_low == pytest.approx(ninety.ci_low, rel=1e-14)
    assert "90% CI" in str(ninety)


def test_text_and_numbers_of_a_result_are_one() -> None:
    line, bend = of_ratios(), of_ratios(curve="quadratic")
    assert str(line).splitlines()[0] == "Dose-response of 4 studies, 11 classes beside their references"
    assert "association" not in str(line)
    assert f"association         {bend.association}" in str(bend)
    assert f"non-linearity       {bend.nonlinearity}" in str(bend)
    assert "SD between studies" in str(line)
    assert "SD between studies" not in str(of_ratios(method="EE"))
    assert line.nonlinearity is None
    assert bend.nonlinearity is not None
    assert bend.nonlinearity.statistic == pytest.approx((bend.estimate[1] / bend.se[1]) ** 2, rel=1e-10)
    beta = bend.estimate
    assert bend.association.statistic == pytest.approx(
        beta @ np.linalg.solve(bend.covariance, beta), rel=1e-10
    )
    assert (bend.association.df1, bend.nonlinearity.df1) == (2, 1)
    fraction = of_ratios(ABOVE, curve="fractional", powers=[0, 2])
    assert fraction.nonlinearity is None
    assert of_ratios(ABOVE, curve="fractional", powers=[-1, 1]).nonlinearity is not None
    assert bend.to_frame()["name"].tolist() == ["dose", "dose^2"]
    assert bend.to_frame()["ci_high"].tolist() == bend.ci_high.tolist()
    assert bend.to_dict()["Q_df"] == 9
    assert "basis" not in bend.to_dict()


def test_q_and_i2_are_those_of_the_fit_without_heterogeneity() -> None:
    found = of_ratios()
    plain = of_ratios(method="EE")
    left = [each.y - each.x @ plain.estimate for each in plain.effects]
    q = sum(r @ np.linalg.solve(each.covariance, r) for r, each in zip(left, plain.effects, strict=True))
    assert pytest.approx(q, rel=1e-10) == found.Q
    assert found.Q_df == 10
    assert max(0.0, 100 * (1 - 10 / q)) == pytest.approx(found.I2, rel=1e-10)
    assert found.I2 > 0
    through = dose_response(
        [0, 0.1, 0.7],
        [None, 0.03, 0.07],
        dose=[0, 1.1, 2.3],
        study=[*"aaa"],
        curve="quadratic",
        covariance="independent",
    )
    for close in (through, *(replace(through, Q=q) for q in (0.0, 1e-30))):
        assert close.I2 == 0
    assert replace(found, Q=20.0, Q_df=5).I2 == 75.0
    # With one degree of freedom Q is the square of a normal number, with two it is exponential.
    assert replace(found, Q=1.959963984540054**2, Q_df=1).Q_p == pytest.approx(0.05, rel=1e-12)
    assert replace(found, Q=2.0 * np.log(20.0), Q_df=2).Q_p == pytest.approx(0.05, rel=1e-12)
    assert np.isnan(replace(found, Q=4.0, Q_df=0).Q_p)
    assert replace(found, Q=0.4, Q_df=1).I2 == 0
    assert replace(found, Q=4.0, Q_df=1).I2 == 75.0
    two = dose_response([0, 0.5], [None, 0.04], dose=[0, 2], study=[*"aa"])
    assert np.isnan(two.Q_p)
    assert two.I2 == 0
    assert "Q                   0 on 0 df" in str(two) or two.Q < 1e-20

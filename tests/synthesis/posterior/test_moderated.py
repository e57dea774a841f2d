"""`bayes` with moderators: numbers against 40-digit arithmetic and closed forms, refusals, words and data."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import integrate

import synthesis
from synthesis.pooling.bayes.mean_priors import FlatMean, NormalMean, TMean
from synthesis.posterior.moderated import BayesianRegression

ROOT = Path(__file__).resolve().parents[3]
YI = np.array([-0.9, -0.4, 0.3, 0.1, 0.8, 0.6])
VI = np.array([0.10, 0.25, 0.08, 0.30, 0.15, 0.20])
DOSE = np.array([1.0, 2.0, 3.0, 5.0, 8.0, 9.0])
ARM = ["a", "b", "a", "b", "a", "b"]
FRAME = pd.DataFrame({"yi": YI, "vi": VI, "dose": DOSE, "arm": ARM, "name": [*"uvwxyz"]})
PRIOR = {"Intercept": "normal(0.1, 2)", "dose": "normal(0, 0.3)"}


def dosed(**options: Any) -> BayesianRegression:
    settings: dict[str, Any] = {"tau_prior": "half-normal(0.5)", "coefficient_prior": PRIOR} | options
    return synthesis.bayes("yi", "vi", data=FRAME, slab="name", mods="~ dose", **settings)


REFERENCE = json.loads((ROOT / "tests" / "reference" / "bayesian" / "regression.json").read_text())


@pytest.mark.parametrize(
    ("case", "given"),
    [
        ("both normal", PRIOR),
        ("flat intercept", {"dose": "normal(0.05, 0.3)"}),
        ("flat slope", {"Intercept": "normal(0.1, 2)"}),
        ("both flat", None),
    ],
)
def test_numbers_agree_with_forty_digits(case: str, given: Any) -> None:
    found, truth = dosed(coefficient_prior=given), REFERENCE[case]
    at = found.predict({"dose": [4.0]})
    above, below = found.probability_beyond(0.1, "dose")
    new = found.machinery.new_at(np.array([1.0, 4.0])).above(np.zeros((1, 1))).item()
    assert_allclose(found.machinery.log_integrated, truth["log"], rtol=0, atol=1e-10)
    assert_allclose(found.mean, truth["mean"], rtol=1e-10)
    assert_allclose(
        [found.sd[1], found.tau.mean, above, at.mean[0], at.sd[0], new],
        [truth["sd"], truth["tau"], truth["beyond"], *truth["row"], truth["new"]],
        rtol=1e-10,
    )
    assert_allclose(above + below, 1.0, rtol=1e-12)
    if case == "both normal":
        assert_allclose(found.log_evidence, truth["log"], rtol=0, atol=1e-10)
    else:
        assert math.isnan(found.log_evidence)


def test_questions_agree_with_one_another() -> None:
    found = dosed()
    assert_allclose(found.quantile([0.025, 0.5, 0.975], 1), [found.low[1], found.median[1], found.high[1]])
    assert_allclose(found.quantile(0.5, "tau"), found.tau.median)
    assert found.quantile([[0.2, 0.4]], "dose").shape == (1, 2)
    assert found.quantile([Decimal("0.25")], "dose").tolist() == found.quantile([0.25], "dose").tolist()
    assert found.density([Decimal("0.25")], "dose").tolist() == found.density([0.25], "dose").tolist()
    x = np.linspace(-1.0, 1.5, 20_001)
    density = found.density(x, "dose")
    assert_allclose(density.sum() * (x[1] - x[0]), 1.0, rtol=1e-10)
    assert_allclose((density * x).sum() * (x[1] - x[0]), found.mean[1], rtol=1e-10)
    assert density.max() <= found.density(found.mode[1], "dose") * (1 + 1e-12)
    assert found.density([-0.1, 0.2], "tau")[0] == 0.0
    tau = np.linspace(0.0, 4.0, 4_001)
    assert_allclose(integrate.simpson(found.density(tau, "tau"), x=tau), 1.0, rtol=1e-8)
    assert_allclose(integrate.simpson(tau * found.density(tau, "tau"), x=tau), found.tau.mean, rtol=1e-8)
    h = 1e-4
    slope = (found.quantile(0.5 + h, "tau") - found.quantile(0.5 - h, "tau")) / (2 * h)
    assert_allclose(found.density(found.tau.median, "tau"), 1 / slope, rtol=1e-6)
    assert_allclose(found.above_zero, [found.probability_beyond(0.0, j)[0] for j in (0, 1)])
    by_term = synthesis.bayes(YI, VI, mods=FRAME[["arm"]], tau_prior="half-normal(0.5)")
    assert_allclose(by_term.quantile(0.3, "arm"), by_term.quantile(0.3, 1))


def test_predictions_are_coefficients_where_the_row_picks_one() -> None:
    found = dosed(level=0.9, null=0.05)
    at = found.predict({"dose": [0.0, 30.0]})
    assert_allclose(
        [at.mean[0], at.sd[0], at.median[0], at.low[0], at.high[0]],
        [found.mean[0], found.sd[0], found.median[0], found.low[0], found.high[0]],
        rtol=1e-12,
    )
    assert_allclose(at.above_null[0], found.probability_beyond(0.05, 0)[0], rtol=1e-12)
    assert at.outside.tolist() == [True, True]
    assert "so extrapolated: row 1, row 2." in str(at)
    assert found.predict({"dose": [4.0]}).outside.tolist() == [False]
    assert "extrapolated" not in str(found.predict({"dose": [4.0]}))
    assert "row 1, row 2, row 3 and 2 more" in str(found.predict({"dose": [20.0] * 5}))
    assert (at.new_low < at.low).all()
    assert (at.new_high > at.high).all()
    own = found.predict(level=0.8)
    assert own.names == tuple("uvwxyz")
    assert (own.high - own.low < found.predict().high - found.predict().low).all()
    assert list(own.to_frame().columns)[:4] == ["row", "mean", "sd", "median"]
    assert own.to_frame()["new_high"].tolist() == own.new_high.tolist()
    new = found.machinery.new_at(np.array([1.0, 30.0])).quantile(np.array([0.05, 0.5, 0.95]))[0]
    unit = found.machinery.unit
    assert_allclose([at.new_low[1], at.new_median[1], at.new_high[1]], unit * new, rtol=1e-12)


def test_evidence_that_a_coefficient_is_zero_is_a_ratio_of_densities_at_zero() -> None:
    found = dosed()  # Savage and Dickey: posterior over prior density, as the priors are independent
    for j, (mean, sd) in enumerate([(0.1, 2.0), (0.0, 0.3)]):
        prior = math.exp(-0.5 * (mean / sd) ** 2) / (sd * math.sqrt(2 * math.pi))
        assert_allclose(found.for_zero[j], found.density(0.0, j) / prior, rtol=1e-10)
    alone = synthesis.bayes(
        YI,
        VI,
        mods=np.ones(6),
        intercept=False,
        coefficient_prior="normal(0, 1)",
        tau_prior="half-normal(0.5)",
    )
    one = synthesis.bayes(YI, VI, mu_prior="normal(0, 1)", tau_prior="half-normal(0.5)")
    assert_allclose(alone.for_zero[0], one.for_no_effect, rtol=1e-10)
    assert_allclose(alone.for_no_heterogeneity, one.for_no_heterogeneity, rtol=1e-10)
    assert_allclose([alone.log_evidence, alone.median[0]], [one.log_evidence, one.mu.median], rtol=1e-10)
    mixed = dosed(coefficient_prior={"dose": "normal(0, 0.3)"})
    assert math.isnan(mixed.for_zero[0])
    prior = 1 / (0.3 * math.sqrt(2 * math.pi))
    assert_allclose(mixed.for_zero[1], mixed.density(0.0, "dose") / prior, rtol=1e-10)


def test_what_needs_proper_priors_lacks_with_a_reason() -> None:
    flat = dosed(coefficient_prior=None)
    assert np.isnan(flat.for_zero).all()
    assert "flat prior of a coefficient is improper" in flat.reasons["for_zero.dose"]
    assert "no average over it" in flat.reasons["log_evidence"]
    assert flat.for_no_heterogeneity > 0
    jeffreys = dosed(tau_prior="Jeffreys")
    assert math.isnan(jeffreys.for_no_heterogeneity)
    assert math.isnan(jeffreys.log_evidence)
    assert "the Jeffreys prior of tau is improper" in jeffreys.reasons["for_no_heterogeneity"]
    assert "the Jeffreys prior of tau is improper" in jeffreys.reasons["for_zero.dose"]
    assert dosed().reasons == {}


def test_moments_that_do_not_exist_are_told() -> None:
    few = synthesis.bayes(YI[:3], VI[:3], mods=DOSE[:3], tau_prior="half-Cauchy(0.5)")
    assert np.isfinite(few.mean).all()
    assert np.isnan(few.sd).all()
    assert math.isnan(few.tau.sd)
    assert {"Intercept.sd", "mod1.sd", "tau.sd"} <= set(few.reasons)
    assert np.isnan(few.predict([4.0]).sd).all()
    assert np.isfinite(few.predict([4.0]).mean).all()
    one_more = synthesis.bayes(YI[:4], VI[:4], mods=DOSE[:4], tau_prior="half-Cauchy(0.5)")
    assert np.isfinite(one_more.predict([4.0]).sd).all()
    held = synthesis.bayes(
        YI[:3], VI[:3], mods=DOSE[:3], tau_prior="half-Cauchy(0.5)", coefficient_prior={0: "normal(0, 1)"}
    )
    assert np.isfinite(held.sd).tolist() == [True, True]


def test_a_certain_tau_gives_the_coefficients_of_metareg() -> None:
    equal = synthesis.metareg(YI, VI, mods=DOSE, method="EE", test="z")
    found = synthesis.bayes(YI, VI, mods=DOSE, tau_prior="half-normal(1e-9)")
    assert_allclose(found.mean, equal.estimate, rtol=1e-10)
    assert_allclose(found.sd, equal.se, rtol=1e-10)
    assert_allclose(found.low, equal.ci_low, rtol=1e-10)
    asked = synthesis.metareg("yi", "vi", mods="~ dose", data=FRAME, slab="name", level=0.9)
    ours = asked.bayesian("half-normal(0.5)", PRIOR, null=0.1)
    same = dosed(level=0.9, null=0.1)
    assert_allclose([ours.low, ours.high], [same.low, same.high], rtol=1e-12)
    assert (ours.labels, ours.level, ours.null) == (same.labels, 0.9, 0.1)
    assert_allclose(ours.predict({"dose": [2.0]}).above_null, same.predict({"dose": [2.0]}).above_null)
    by_persons = asked.bayesian(ni=[100] * 6)
    assert by_persons.tau_prior == synthesis.bayes(YI, VI, ni=[100] * 6).tau_prior


def test_as_many_coefficients_as_studies_leave_tau_its_prior() -> None:
    full = synthesis.bayes(YI[:2], VI[:2], mods=DOSE[:2], tau_prior="half-normal(0.5)")
    assert_allclose(full.tau.median, 0.5 * 0.6744897501960817, rtol=1e-10)
    assert_allclose(full.mean[1], YI[1] - YI[0], rtol=1e-10)
    assert "what stands here of tau is its prior" in str(full)
    assert "3 studies for 2 coefficients: the posterior of tau is mostly its prior" in str(
        synthesis.bayes(YI[:3], VI[:3], mods=DOSE[:3], tau_prior="half-normal(0.5)")
    )
    assert dosed().notes == ()


def test_other_priors_of_tau_stand_below_and_others_can_be_asked_for() -> None:
    found = dosed()
    rows = found.sensitivity
    assert rows.priors[0] == found.tau_prior
    assert len(rows.priors) == len(synthesis.bayes(YI, VI, tau_prior="half-normal(0.5)").sensitivity.priors)
    assert_allclose(rows.median[0], found.median, rtol=1e-12)
    assert_allclose([rows.low[0], rows.high[0]], [found.low, found.high], rtol=1e-12)
    assert_allclose(rows.above[0], found.above_zero, rtol=1e-12)
    assert_allclose([rows.tau_median[0], rows.log_evidence[0]], [found.tau.median, found.log_evidence])
    i = rows.priors.index("DuMouchel")
    other = dosed(tau_prior="DuMouchel")
    assert_allclose(rows.median[i], other.median, rtol=1e-12)
    assert_allclose(rows.log_evidence[i], other.log_evidence, rtol=1e-12)
    assert np.isnan(rows.log_evidence).sum() == 2  # Jeffreys and the improper uniform
    asked = found.under(["DuMouchel", "half-normal(0.5)"])
    assert asked.priors == ("half-normal(0.5)", "DuMouchel")
    assert_allclose(asked.low[1], other.low, rtol=1e-12)
    frame = rows.to_frame()
    assert len(frame) == 2 * len(rows.priors)
    assert frame["median"][2 * i + 1] == rows.median[i, 1]
    assert frame["tau_median"][2 * i + 1] == rows.tau_median[i]
    without = int(((rows.low[:, 1] > 0) | (rows.high[:, 1] < 0)).sum())
    assert f"{without} of 14" in str(rows)
    [line] = [line for line in str(rows).replace("−", "-").splitlines() if "dose" in line]
    assert line.split()[1] == f"{found.median[1]:.4g}"
    flat = dosed(coefficient_prior=None)
    assert np.isnan(flat.sensitivity.log_evidence).all()


def test_intervals_are_central_or_shortest() -> None:
    central, shortest = dosed(), dosed(interval="shortest")
    assert (shortest.high - shortest.low <= central.high - central.low).all()
    assert_allclose(
        [
            shortest.probability_beyond(shortest.low[1], 1)[0]
            - shortest.probability_beyond(shortest.high[1], 1)[0]
        ],
        0.95,
    )
    assert shortest.tau.low == 0.0
    assert "95% CrI shortest" in str(shortest)
    narrow, wide = (found.predict({"dose": [2.0]}) for found in (shortest, central))
    assert narrow.new_high[0] - narrow.new_low[0] <= wide.new_high[0] - wide.new_low[0]


def test_a_result_is_text_and_data() -> None:
    found = dosed()
    text = str(found)
    for words in (
        "Bayesian meta-regression of 6 studies, 2 coefficients",
        "Bayes factor for dose = 0",
        "Bayes factor for tau = 0",
        "log marginal likelihood",
        "priors of the coefficients: Intercept normal(0.1, 2), dose normal(0, 0.3); central 95% credible",
        "Coefficients under 14 priors of tau (used: half-normal(0.5))",
    ):
        assert words in text
    assert "flat priors of the coefficients" in str(dosed(coefficient_prior=None))
    assert "log marginal" not in str(dosed(coefficient_prior=None))
    assert f"log marginal likelihood {found.log_evidence:.6g}" in " ".join(text.split())
    assert "<table>" in found._repr_html_()
    assert "priors of tau" in found._repr_html_()
    held = json.loads(json.dumps(found.to_dict()))
    assert held["median"] == found.median.tolist()
    assert held["coefficient_prior"] == ["normal(0.1, 2)", "normal(0, 0.3)"]
    assert "machinery" not in held
    frame = found.to_frame()
    assert frame["name"].tolist() == ["Intercept", "dose"]
    assert frame["for_zero"].tolist() == found.for_zero.tolist()


def test_moderators_come_in_every_shape_that_metareg_takes() -> None:
    formula = dosed(coefficient_prior=None)
    array = synthesis.bayes(YI, VI, mods=DOSE, tau_prior="half-normal(0.5)")
    frame = synthesis.bayes(YI, VI, mods=FRAME[["dose"]], tau_prior="half-normal(0.5)")
    for found in (array, frame):
        assert_allclose(found.median, formula.median, rtol=1e-12)
    gaps = synthesis.bayes(
        [*YI, 0.2, np.nan],
        [*VI, 0.1, 0.1],
        mods=[*DOSE, np.nan, 2.0],
        missing="drop",
        ni=[100] * 8,
    )
    assert gaps.k == 6
    assert "1 study without an effect or a variance left out." in str(gaps)
    assert "1 study without a moderator left out (missing: mod1 in 1)." in str(gaps)
    sizes = synthesis.escalc("SMD", m1i=YI, sd1i=[1] * 6, n1i=[9] * 6, m2i=YI * 0, sd2i=[1] * 6, n2i=[9] * 6)
    assert synthesis.bayes(sizes, mods=DOSE).tau_prior == "half-normal(0.25)"
    through = synthesis.bayes(YI, VI, mods=DOSE, intercept=False, tau_prior="half-normal(0.5)")
    assert through.names == ("mod1",)
    for prior in (NormalMean(0.0, 1.0), "normal(0, 1)"):
        both = dosed(coefficient_prior=prior)
        assert both.coefficient_prior == ("normal(0, 1)", "normal(0, 1)")
    assert dosed(coefficient_prior=FlatMean()).coefficient_prior == ("flat", "flat")
    repeated = synthesis.bayes(YI, VI, mods=DOSE, slab=[*"aabcde"])
    assert any(note.startswith("Labels repeat") for note in repeated.notes)
    alone = synthesis.bayes(YI, VI, mods="~ g", data={"g": [*"aabbbc"]}, tau_prior="half-normal(0.5)")
    assert any("in one study only" in note for note in alone.notes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mu_prior": "normal(0, 1)"}, "expected coefficient_prior in its place"),
        ({"coefficient_prior": "t(4, 0, 1)"}, "t distribution, which leaves no closed form"),
        ({"coefficient_prior": TMean(0.0, 1.0, 4.0)}, "t distribution, which leaves no closed form"),
        ({"coefficient_prior": {"dos": "flat"}}, "the model has no 'dos'; did you mean 'dose'"),
        (
            {"coefficient_prior": "normal(0)"},
            r"coefficient_prior is 'normal\(0\)'; expected 'normal\(mean, sd\)'",
        ),
        ({"coefficient_prior": {"dose": 3}}, "coefficient_prior is 3; expected a prior"),
        ({"interval": "wide"}, "unknown interval 'wide'"),
        ({"null": "no"}, "null is 'no'"),
        ({"level": 0.05}, "did you mean 0.95"),
        ({"intercept": "yes"}, "intercept is 'yes'"),
        ({"ni": [1, 2]}, "ni has 2 values for 6 studies"),
        ({"tau_prior": "half-norml(1)"}, "did you mean 'half-normal'"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dosed(**{"tau_prior": None, "coefficient_prior": None} | options)


def test_fewer_studies_than_coefficients_are_refused_and_so_are_questions_without_one() -> None:
    with pytest.raises(ValueError, match=r"2 studies for 3 coefficients .*expected at least 3"):
        synthesis.bayes(YI[:2], VI[:2], mods=[[1.0, 2.0], [2.0, 5.0]])
    with pytest.raises(ValueError, match="2 flat priors of the mean and the improper uniform prior"):
        synthesis.bayes(YI[:3], VI[:3], mods=DOSE[:3], tau_prior="improper uniform")
    with pytest.raises(ValueError, match="coefficient_prior is of moderators, and there are none"):
        synthesis.bayes(YI, VI, coefficient_prior="normal(0, 1)")
    with pytest.raises(ValueError, match="vi is missing"):
        synthesis.bayes(YI, [*VI[:-1], np.nan], mods=DOSE)
    found = dosed()
    with pytest.raises(ValueError, match="the model has no 'theta'"):
        found.density(0.0, "theta")
    with pytest.raises(ValueError, match="not between zero and one"):
        found.quantile(0.0, "dose")
    with pytest.raises(ValueError, match="threshold is 'x'"):
        found.probability_beyond("x", "dose")  # type: ignore[arg-type]
    three = synthesis.bayes(YI, VI, mods="~ g", data={"g": [*"aabbcc"]}, tau_prior="half-normal(0.5)")
    with pytest.raises(ValueError, match=r"'g' has 2 columns \(g\[T.b\], g\[T.c\]\); expected one"):
        three.quantile(0.5, "g")

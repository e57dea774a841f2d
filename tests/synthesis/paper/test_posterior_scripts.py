"""Scripts that reproduce Bayesian summaries: by this package exactly, in R from sums of their own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from evidence.records.bayes_choice import BayesChoice
from evidence.records.printed import Percent, Printed
from evidence.records.prior_forms import TAU_PRIOR_FORMS
from evidence.records.review import Method
from synthesis.paper.paper_table import Reported
from synthesis.paper.python_script import python_script
from synthesis.paper.r_script import r_script
from tests.synthesis.paper.making import arms, by_sex, material, pooled_of
from tests.synthesis.paper.test_scripts import Lines, by_python, compare, expected
from tests.synthesis.paper.test_scripts import by_r as by_r  # a fixture

PRIORS = (
    *("half-normal(0.013)", "half-Cauchy(0.01)", "half-t(4, 0.01)", "exponential(0.02)", "uniform(0.05)"),
    *("improper uniform", "inverse-gamma(1, 0.0001)", "inverse-gamma on tau(2, 0.02)"),
    *("log-normal(-9, 1.5)", "log-t(-9, 2.5)", "DuMouchel", "uniform shrinkage", "Jeffreys"),
    *("Turner(pain, pharmacological vs pharmacological)", "Rhodes"),
)
CHOICES: dict[str, BayesChoice] = {
    **{prior: BayesChoice(tau_prior=prior) for prior in PRIORS},
    "smallest effect": BayesChoice(smallest_effect=Printed.parse("0.013")),
    "nothing": BayesChoice(primary="bayesian"),
    "normal mean": BayesChoice(tau_prior="half-normal(0.01)", mu_prior="normal(0.01, 0.02)"),
    "shortest": BayesChoice(tau_prior="half-normal(0.01)", interval="shortest"),
}


def with_bayes(made: Reported, choice: BayesChoice, method: Method | None = None) -> Reported:
    """The same review that asks for a Bayesian summary."""
    loaded = made.loaded
    document = loaded.document.__class__(
        loaded.document.path, loaded.document.tree, loaded.review.model_copy(update={"bayes": choice}), ()
    )
    return material(loaded.__class__(loaded.folder, document, loaded.documents), method)


MADE: dict[str, Callable[[Path], Reported]] = {
    "one": lambda folder: pooled_of(folder, 1),
    "six": lambda folder: pooled_of(folder, 6),
    "separate": by_sex,
    "common": lambda folder: by_sex(folder, "common"),
    "arms": arms,
}
OF_BAYES = {"one": 7, "six": 7, "separate": 21, "common": 21, "arms": 7}
"""Numbers of posteriors: k, median, interval, new study's interval and mean of each."""
OTHERS = {"one": 5, "six": 8, "separate": 37, "common": 37, "arms": 8}


_EXACT = ("smallest effect", "normal mean", "shortest")
_SLOW = {("common", "smallest effect"), ("common", "normal mean"), ("separate", "shortest")}


@pytest.mark.parametrize(
    ("made", "choice"),
    [pytest.param(*pair, marks=pytest.mark.long if pair in _SLOW else ()) for pair in product(MADE, _EXACT)],
)
def test_a_python_script_gives_the_posteriors_of_the_review_exactly(
    made: str, choice: str, tmp_path: Path
) -> None:
    reported = with_bayes(MADE[made](tmp_path), CHOICES[choice])
    script = python_script(reported.results)
    assert script.isascii()
    assert compare(by_python(script), expected(reported), 0.0) == OF_BAYES[made] + OTHERS[made]


def test_a_t_prior_of_the_mean_is_in_python_and_said_to_be_left_out_of_r(tmp_path: Path) -> None:
    choice = BayesChoice(tau_prior="half-normal(0.01)", mu_prior="t(4, 0, 0.02)")
    reported = with_bayes(pooled_of(tmp_path, 6), choice)
    assert compare(by_python(python_script(reported.results)), expected(reported), 0.0) == 15
    script = r_script(reported.results)
    assert "# Under a t prior of the mean nothing is in closed form given tau: a .py file has" in script
    assert "\nposterior(" not in script


def test_every_prior_that_a_review_may_name_is_in_r(tmp_path: Path) -> None:
    assert {name.partition("(")[0].split(" on ")[0] for name in PRIORS} >= {
        name.split(" on ")[0] for name in TAU_PRIOR_FORMS
    }
    made = pooled_of(tmp_path, 6)
    for choice in CHOICES.values():
        script = r_script(with_bayes(made, choice).results)
        assert script.count("\nposterior(") == 1
        assert "bayesmeta" not in script
    assert "posterior <-" not in r_script(made.results)


@pytest.mark.long
@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("made", ["six", "common"])
def test_base_r_gives_the_posteriors_under_every_prior(
    made: str, choice: str, by_r: Callable[[str, Path], Lines], tmp_path: Path
) -> None:
    reported = with_bayes(MADE[made](tmp_path), CHOICES[choice])
    found = by_r(r_script(reported.results), tmp_path)
    assert compare(found, expected(reported), 1e-8) == OF_BAYES[made] + OTHERS[made]


@pytest.mark.long
@pytest.mark.parametrize("made", ["one", "separate", "arms"])
def test_base_r_gives_the_posteriors_of_every_analysis_at_another_level(
    made: str, by_r: Callable[[str, Path], Lines], tmp_path: Path
) -> None:
    method = Method(level=Percent.parse("90 %"))
    reported = with_bayes(MADE[made](tmp_path), CHOICES["smallest effect"], method)
    found = by_r(r_script(reported.results), tmp_path)
    assert compare(found, expected(reported), 1e-8) == OF_BAYES[made] + OTHERS[made]


def test_a_mean_that_does_not_exist_is_left_out_of_r_too(tmp_path: Path) -> None:
    """Of one study, whose τ is its prior, a half-Cauchy τ leaves no mean and a half-normal one does."""
    made = pooled_of(tmp_path, 1)
    calls = [
        next(line for line in r_script(reported.results).splitlines() if line.startswith("posterior("))
        for reported in (
            with_bayes(made, CHOICES["half-Cauchy(0.01)"]),
            with_bayes(made, CHOICES["normal mean"]),
        )
    ]
    assert calls[0].endswith('without_mean = c("Bayesian"))')
    assert "without_mean" not in calls[1]

"""What a posterior says: a method sentence, notes for few studies, and words without slips."""

from __future__ import annotations

import numpy as np
import pytest

import synthesis
from tests.synthesis.test_texts_of_results import problems, wrong


@pytest.mark.parametrize("mu_prior", ["flat", "normal(0, 2)"])
def test_texts_have_no_slips_at_any_size(mu_prior: str) -> None:
    checked = 0
    for yi, vi in list(problems())[::4]:
        found = synthesis.bayes(yi, vi, mu_prior=mu_prior)
        for text in (str(found), found._repr_html_(), str(found.sensitivity)):
            assert wrong(text) == [], text
        checked += 1
    assert checked == 14


def test_the_method_sentence_names_both_priors_and_the_interval() -> None:
    found = synthesis.bayes(
        [0.1, 0.2], [0.1, 0.1], tau_prior="half-normal(0.5)", level=0.9, interval="shortest"
    )
    assert found.method_sentence == (
        "Bayesian random effects (normal-normal model): half-normal(0.5) prior of tau, a flat prior of "
        "the mean; "
        "shortest 90% credible intervals, by quadrature."
    )
    other = synthesis.bayes([0.1, 0.2], [0.1, 0.1], mu_prior="t(3, 0, 1)")
    assert "a t(3, 0, 1) prior of the mean; central 95%" in other.method_sentence


def test_one_study_is_said_to_be_one() -> None:
    found = synthesis.bayes([0.3], [0.01], slab=["Lee"], tau_prior="half-normal(0.1)")
    assert str(found).startswith("Lee: posterior beside one study")
    assert any("what stands here of tau is its prior" in note for note in found.notes)
    assert found.mu.median == pytest.approx(0.3)
    assert "Posterior of 2 studies" in str(synthesis.bayes([0.3, 0.1], [0.1, 0.1]))


@pytest.mark.parametrize(("k", "said"), [(2, True), (3, True), (4, False)])
def test_few_studies_are_told_that_tau_is_mostly_its_prior(k: int, said: bool) -> None:
    found = synthesis.bayes(np.linspace(0.0, 0.3, k), [0.1] * k)
    assert any("the posterior of tau is mostly its prior" in note for note in found.notes) == said


def test_moments_that_do_not_exist_are_told() -> None:
    found = synthesis.bayes([0.3, 0.1], [0.1, 0.1])  # DuMouchel and a flat mean: the mean exists, no sd
    assert any("No standard deviation of the mean effect, tau and a new" in note for note in found.notes)
    assert set(found.reasons) == {"for_no_effect", "log_evidence", "mu.sd", "tau.sd", "new.sd"}
    assert set(synthesis.bayes([0.3, 0.1, 0.2], [0.1] * 3).reasons) == {"for_no_effect", "log_evidence"}
    one = synthesis.bayes([0.3], [0.1], mu_prior="normal(0, 1)")
    assert any("No standard deviation of tau and a new study's effect" in note for note in one.notes)


def test_repeated_labels_are_told() -> None:
    found = synthesis.bayes([0.3, 0.1], [0.1, 0.1], slab=["Lee", "Lee"])
    assert any("these estimates are not independent" in note for note in found.notes)

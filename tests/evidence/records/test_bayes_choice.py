"""`bayes` of review.yaml: what it may say, and what is a finding with its place."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from evidence.records.bayes_choice import BayesChoice
from evidence.records.review import Review, review_faults

SLOPE = {"measure": "beta", "exposure": "hemoglobin", "per": "1 g/dL", "unit": "g/cm2"}
RATIO = {"measure": "OR", "exposure": "anemia"}


def review(whole: Any, scale: Any = None, scale_of_analysis: Any = None, **analysis: Any) -> Review:
    if scale_of_analysis is not None:
        analysis["scale"] = scale_of_analysis
    return Review.model_validate(
        {
            "schema": "1",
            "review": "made",
            "title": "Made",
            "question": {"population": "a", "exposure": "b", "outcome": "c", "design": "d"},
            "scale": scale or SLOPE,
            **({"bayes": whole} if whole is not None else {}),
            "analyses": [{"id": "all", "title": "All", "outcome": {"name": "BMD"}, **analysis}],
        }
    )


def faults(found: Review) -> list[tuple[str, Any, str]]:
    return [(each.rule, each.at, each.says) for each in review_faults(found)]


def test_what_is_left_out_has_a_default_and_the_test_stays_primary() -> None:
    found = review({"smallest_effect": "0.005"}).bayes
    assert found is not None
    assert (found.tau_prior, found.mu_prior, found.interval, found.primary) == (
        None,
        "flat",
        "central",
        "test",
    )
    assert str(found.smallest_effect) == "0.005"
    assert review(None).bayes is None


def test_an_analysis_has_its_own_word() -> None:
    found = review(
        {"smallest_effect": "0.005"}, bayes={"tau_prior": "half-normal(0.01)", "primary": "bayesian"}
    )
    own = found.bayes_of(found.analyses[0])
    assert own is not None
    assert (own.tau_prior, own.primary, own.smallest_effect) == ("half-normal(0.01)", "bayesian", None)
    shared = review({"smallest_effect": "0.005"})
    assert shared.bayes_of(shared.analyses[0]) == shared.bayes


@pytest.mark.parametrize(
    "wrong", [{"primary": "HKSJ or so"}, {"interval": "wide"}, {"prior": "x"}, {"smallest_effect": "small"}]
)
def test_words_that_mean_nothing_are_not_read(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        BayesChoice.model_validate(wrong)


@pytest.mark.parametrize(
    ("bayes", "scale", "rule", "key", "says"),
    [
        ({"tau_prior": "half-norml(1)"}, SLOPE, "method-unknown", "tau_prior", "did you mean 'half-normal'"),
        ({"mu_prior": "norml(0, 1)"}, SLOPE, "method-unknown", "mu_prior", "did you mean 'normal'"),
        ({"smallest_effect": "0"}, SLOPE, "method-unknown", "smallest_effect", "is no size"),
        (
            {"smallest_effect": "-0.01"},
            SLOPE,
            "method-unknown",
            "smallest_effect",
            "'smallest_effect: -0.01'",
        ),
        ({"smallest_effect": "1"}, RATIO, "method-unknown", "smallest_effect", "is no size"),
    ],
)
def test_what_cannot_be_is_a_finding_at_its_key(
    bayes: dict[str, str], scale: dict[str, str], rule: str, key: str, says: str
) -> None:
    ((found, at, words),) = faults(review(bayes, scale))
    assert (found, at) == (rule, ("bayes", key))
    assert says in words
    ((found, at, words),) = faults(review(None, scale, bayes=bayes))
    assert (found, at) == (rule, ("analyses", 0, "bayes", key))


@pytest.mark.parametrize(
    ("bayes", "scale"),
    [
        ({"tau_prior": "Half Normal(0.5)"}, SLOPE),
        ({"smallest_effect": "1"}, SLOPE),
        ({"smallest_effect": "0.9"}, RATIO),
        ({"tau_prior": "Turner(pain, pharmacological vs placebo/control)", "mu_prior": "t(3, 0, 1)"}, RATIO),
    ],
)
def test_what_can_be_is_none(bayes: dict[str, str], scale: dict[str, str]) -> None:
    assert faults(review(bayes, scale)) == []


def test_an_analysis_under_a_model_has_no_posterior_of_its_own() -> None:
    ((rule, at, says),) = faults(review(None, bayes={}, model="CHE"))
    assert (rule, at) == ("method-mismatch", ("analyses", 0, "bayes"))
    assert says == "'bayes' is of independent effects, and model CHE is of dependent ones"


def test_the_word_of_a_review_in_which_every_analysis_has_a_model_is_a_finding() -> None:
    ((rule, at, says),) = faults(review({}, model="CHE"))
    assert (rule, at) == ("method-mismatch", ("bayes",))
    assert says.endswith("model CHE is of dependent ones, which every analysis has")


def test_groups_with_a_common_tau2_have_posteriors_unless_the_prior_of_the_means_is_t() -> None:
    assert faults(review(None, bayes={}, tau2="common")) == []
    assert faults(review({"mu_prior": "normal(0, 1)"}, tau2="common")) == []
    for found in (
        review({"mu_prior": "t(3, 0, 1)"}, tau2="common"),
        review({}, bayes={"mu_prior": "t(3, 0, 1)"}, tau2="common"),
    ):
        ((rule, at, says),) = faults(found)
        assert (rule, at) == ("method-mismatch", ("analyses", 0, "tau2"))
        assert says.endswith("flat or normal, not t(3, 0, 1)")


@pytest.mark.parametrize(
    ("bayes", "is_one"),
    [
        ({"smallest_effect": "0.005"}, True),
        ({"tau_prior": "half-normal(0.5)"}, True),
        ({"tau_prior": "Turner"}, True),
        ({"mu_prior": "normal(0, 1)"}, True),
        ({"tau_prior": "DuMouchel"}, False),
        ({}, False),
    ],
)
def test_numbers_of_the_review_are_none_of_an_analysis_with_another_scale(
    bayes: dict[str, str], is_one: bool
) -> None:
    found = faults(review(bayes, SLOPE, RATIO))
    assert [(rule, at) for rule, at, _ in found] == [("method-mismatch", ("analyses", 0, "scale"))] * is_one
    same_step = faults(review(bayes, SLOPE, SLOPE))
    assert same_step == []
    own = review(bayes, SLOPE, RATIO, bayes={"tau_prior": "half-normal(0.5)"})
    assert faults(own) == []


@pytest.mark.parametrize(
    ("measure", "size", "hint"),
    [
        ("OR", "1", "Expected a ratio above zero other than 1, e.g. 1.1."),
        ("OR", "-2", "Expected a ratio above zero other than 1, e.g. 1.1."),
        ("IRLN", "1", "Expected a ratio above zero other than 1, e.g. 1.1."),
        ("r", "1", "Expected a correlation between 0 and 1, e.g. 0.1."),
        ("r", "0", "Expected a correlation between 0 and 1, e.g. 0.1."),
        ("SMD", "0", "Expected a number above zero."),
        ("proportion", "0.1", "Expected 'tau_prior' in its place: no difference of proportions"),
    ],
)
def test_a_smallest_effect_is_one_of_its_scale(measure: str, size: str, hint: str) -> None:
    scale = {"measure": measure, "exposure": "anemia"}
    (found,) = review_faults(review({"smallest_effect": size}, scale))
    assert found.at == ("bayes", "smallest_effect")
    assert str(found.hint).startswith(hint)


@pytest.mark.parametrize(("measure", "size"), [("r", "0.1"), ("OR", "0.9"), ("SMD", "1.5"), ("beta", "1")])
def test_sizes_that_a_scale_has_are_none(measure: str, size: str) -> None:
    assert faults(review({"smallest_effect": size}, {"measure": measure, "exposure": "anemia"})) == []

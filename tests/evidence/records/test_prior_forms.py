"""Priors in words: what `check` says of them is what pooling says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from evidence.records.prior_forms import (
    MEAN_PRIOR_FORMS,
    RHODES_AREAS,
    RHODES_COMPARISONS,
    RHODES_OUTCOMES,
    TAU_PRIOR_FORMS,
    TURNER_COMPARISONS,
    TURNER_OUTCOMES,
    PriorForm,
    prior_fault,
)
from synthesis.posterior.prior_words import mean_prior_of, tau_prior_of

NUMBERS = ("-1", "0", "0.05", "0.1", "0.5", "3", "5", "1000", "1001", "inf", "nan", "wide")


def brackets(form: PriorForm) -> list[str]:
    """Every way to fill the brackets of numbers with up to one more or less than there are."""
    found = [""]
    for number in NUMBERS:
        found += [f"({number})", f"({number}, 6)", f"(6, {number})", f"(6, {number}, 6)", f"(6, 6, {number})"]
    return found


def accepted(make: Callable[[str], Any], words: str) -> bool:
    try:
        make(words)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("forms", "key", "make"),
    [(TAU_PRIOR_FORMS, "tau_prior", tau_prior_of), (MEAN_PRIOR_FORMS, "mu_prior", mean_prior_of)],
)
def test_numbers_are_faults_where_pooling_refuses_them_and_only_there(
    forms: Mapping[str, PriorForm], key: str, make: Callable[[str], Any]
) -> None:
    compared, refused = 0, 0
    for name, form in forms.items():
        if form.has_settings:
            continue
        for inside in brackets(form):
            words = f"{name}{inside}"
            fault = prior_fault(words, forms, key, "half-normal(0.5)")
            assert bool(fault) != accepted(make, words), words
            compared, refused = compared + 1, refused + bool(fault)
    assert compared == 61 * (13 if forms is TAU_PRIOR_FORMS else 3)
    assert 0 < refused < compared


def test_settings_are_faults_where_nobody_published_them() -> None:
    turner = [
        f"Turner({a}, {b})"
        for a in (*TURNER_OUTCOMES, "pian")
        for b in (*TURNER_COMPARISONS, *RHODES_COMPARISONS)
    ]
    rhodes = [
        f"Rhodes({a}, {b}, {c})"
        for a in (*RHODES_OUTCOMES, "pain")
        for b in (*RHODES_COMPARISONS, "surgery vs nothing")
        for c in (*RHODES_AREAS, "anywhere")
    ]
    short = [
        "Turner",
        "Turner(pain)",
        "Rhodes",
        "Rhodes(resource use)",
        "Turner(a, b, c)",
        "Rhodes(a, b, c, d)",
    ]
    short += [f"Rhodes({a}, {b})" for a in RHODES_OUTCOMES for b in RHODES_COMPARISONS]
    compared = [0, 0]
    for words in [*turner, *rhodes, *short]:
        fault = prior_fault(words, TAU_PRIOR_FORMS, "tau_prior", "half-normal(0.5)")
        assert bool(fault) != accepted(tau_prior_of, words), words
        compared[bool(fault)] += 1
    assert sum(compared) == 17 * 8 + 9 * 4 * 4 + 6 + 24
    assert min(compared) > 50


def test_a_fault_says_what_is_wrong_and_what_was_expected() -> None:
    def says(words: str) -> str:
        return prior_fault(words, TAU_PRIOR_FORMS, "tau_prior", "half-normal(0.5)")

    assert says("half-normal(0)") == (
        "tau_prior is 'half-normal(0)': its scale is 0; expected a finite number above zero"
    )
    assert says("half-t(0.01, 1)").endswith("its df is 0.01; expected 0.1 or more")
    assert says("log-normal(inf, 1)").endswith("its meanlog is inf; expected a finite number")
    assert says("uniform(1, 2)").endswith("a uniform prior of tau begins at 0")
    assert says("Turner(pian, pharmacological vs pharmacological)").startswith(
        "unknown outcome of Turner's priors 'pian'; did you mean 'pain'?"
    )
    assert says("Turner(pain)").endswith("expected both an outcome and a comparison, or neither")
    assert says("Rhodes(mental health, non-pharmacological)").endswith("which is left out")
    assert says("half-normal(0.5").endswith("expected a name with its numbers, such as 'half-normal(0.5)'")
    of_mean = prior_fault("t(2000, 0, 1)", MEAN_PRIOR_FORMS, "mu_prior", "normal(0, 1)")
    assert of_mean.endswith("its df is 2000; expected 0.5 to 1000")

"""Other choices: each row is the result that the choice gives."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.testing import assert_allclose

import synthesis
from synthesis.unprinted.what_if import CLASSES, ERRORS, TESTS, WITHOUT, with_errors_times

ALL = {
    "yi": [0.79, 0.40, 0.25, None, None],
    "sei": [0.29, 0.20, 0.22, None, 0.3],
    "said": [None, None, None, "not significant", "positive"],
    "ni": [653, 1500, 1200, 773, None],
}


def pooled(**other: object) -> synthesis.UnreportedPooled:
    asked: dict[str, Any] = ALL | other
    return synthesis.pool_unreported(asked.pop("yi"), **asked)


def test_every_row_is_the_pool_under_that_choice() -> None:
    result = pooled()
    found = result.sensitivity()
    errors = [float(each) for each in result.sei]
    expected = {}
    for rule in ("median", "precision", "smallest", "largest"):
        expected[ERRORS, f"sigma: {rule}"] = pooled(se_rule=rule)
    for factor in (0.5, 0.7, 1.4, 2.0):
        sei = [0.29, 0.20, 0.22, errors[0] * factor, errors[1] * factor]
        expected[ERRORS, f"times {factor:g}"] = pooled(sei=sei)
    for alpha in (0.1, 0.05, 0.01, 0.001):
        expected[TESTS, f"alpha {alpha:g}"] = pooled(alpha=alpha)
    for q in (0.0, 0.25, 0.5, 0.75, 1.0):
        expected[CLASSES, f"probability {q:g}"] = pooled(probability=q)
    expected[WITHOUT, "study 4"] = pooled(said=[None, None, None, "not examined", "positive"])
    expected[WITHOUT, "study 5"] = pooled(said=[None, None, None, "not significant", "not examined"])
    assert list(zip(found.question, found.choice, strict=True)) == list(expected)
    for name in ("estimate", "ci_low", "ci_high", "p_value", "tau2"):
        values = [getattr(each, name) for each in expected.values()]
        assert_allclose(getattr(found, name), values, rtol=1e-7, atol=1e-9)
    assert len(expected) == 19


def test_a_fit_with_other_errors_is_the_row_of_that_factor() -> None:
    result = pooled()
    rows = result.sensitivity()
    for factor in (0.5, 2.0):
        fit, row = with_errors_times(result, factor), rows.choice.index(f"times {factor:g}")
        assert_allclose(
            [fit.mu, fit.low, fit.high], [rows.estimate[row], rows.ci_low[row], rows.ci_high[row]]
        )


def test_it_is_a_table_and_a_text() -> None:
    result = pooled()
    found = result.sensitivity()
    frame = found.to_frame()
    assert frame.shape == (19, 7)
    text = str(found)
    assert text.startswith("Estimate 0.")
    assert text.count("95% CI") == 19
    for question in (ERRORS, TESTS, CLASSES, WITHOUT):
        assert text.count(f"\n  {question}\n") == 1
    assert repr(found) == text


def test_only_what_the_statements_use_is_varied() -> None:
    plain = pooled(said=[None, None, None, "positive", "not examined"])
    found = plain.sensitivity()
    assert TESTS not in found.question
    assert WITHOUT not in found.question
    given = pooled(sei=[0.29, 0.20, 0.22, 0.2, 0.3]).sensitivity()
    assert not any(choice.startswith("sigma") for choice in given.choice)
    nothing = pooled(said=[None, None, None, "C", "I"]).sensitivity()
    assert nothing.question == ()
    assert "nothing is said" in str(nothing)
    assert nothing.to_frame().shape == (0, 7)


def test_the_method_and_the_level_stay_as_they_were() -> None:
    found = pooled(method="EE", level=0.9).sensitivity()
    assert found.level == 0.9
    assert np.all(found.tau2 == 0.0)
    assert "90% CI" in str(found)

"""A reduced simulation keeps the thresholds of the page, and the page shows every method there is."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special

from synthesis.pooling.mean.tests import TESTS
from synthesis.pooling.prediction.prediction import PREDICTIONS
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.pooling.tau2.intervals import INTERVALS
from tests.simulation.coverage import PAGE
from tests.simulation.designs import KS, SIZES, Setting, simulate
from tests.simulation.measuring import REDUCED, Measured, every_setting, measure
from tests.simulation.thresholds import THRESHOLDS, Threshold, judge, wald_error


@pytest.mark.long
def test_the_thresholds_hold_in_a_reduced_simulation() -> None:
    found = [m for setting in every_setting() for m in measure(setting, REDUCED)]
    verdicts = [judge(threshold, found) for threshold in THRESHOLDS]
    assert [v.threshold.claim for v in verdicts if not v.holds] == []
    assert sum(v.settings for v in verdicts) == 404

    value = {(m.quantity, m.method, m.setting): m.value for m in found}
    errors = {key[1:]: x for key, x in value.items() if key[0] == "type I error"}
    for (method, setting), error in errors.items():
        assert_allclose(error + value["coverage", method, setting], 1.0, rtol=1e-12)
    assert len(errors) == 495


@pytest.mark.parametrize("name", [*TESTS, *INTERVALS, *PREDICTIONS, *ESTIMATORS])
def test_the_page_shows_every_method(name: str) -> None:
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")


def test_the_page_says_that_all_holds() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"{len(THRESHOLDS)} of {len(THRESHOLDS)} expectations hold" in text
    for threshold in THRESHOLDS:
        assert f"| {threshold.claim} | {threshold.source} |" in text


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("k", KS)
def test_i2_is_that_of_higgins_and_thompson(sizes: str, k: int) -> None:
    simulated = simulate(Setting(sizes, k, 75), 3)
    w = 1.0 / simulated.effects.v
    typical = (k - 1) * w.sum(axis=1) / (w.sum(axis=1) ** 2 - (w**2).sum(axis=1))
    assert_allclose(simulated.tau2 / (simulated.tau2 + typical), 0.75, rtol=1e-12)


def test_variances_of_brockwell_and_gordon() -> None:
    """Truncated to [0.009, 0.6], with the median that the truncated distribution has."""
    v = simulate(Setting("Brockwell-Gordon", 20, 0), 2_000).effects.v
    assert v.min() >= 0.009
    assert v.max() <= 0.6
    low, high = special.gammainc(0.5, np.array([0.018, 1.2]))
    median = 0.5 * special.gammaincinv(0.5, 0.5 * (low + high))
    assert abs((v < median).mean() - 0.5) < 4.0 * 0.5 / np.sqrt(v.size)


def test_data_sets_are_shared_by_methods_with_fewer_replicates() -> None:
    setting = Setting("unequal", 5, 50)
    assert_allclose(
        simulate(setting, 100).first(10).effects.y, simulate(setting, 100).effects.y[:10], rtol=0, atol=0
    )


def test_the_wald_test_of_two_equal_studies_tends_to_a_cauchy_tail() -> None:
    """As I2 approaches 100 %, P(|t(1)| > z) = 1 - 2 atan(z) / pi."""
    z = -float(special.ndtri(0.025))
    error = wald_error(lambda k: z)
    assert_allclose(error(Setting("equal", 2, 100)), 1.0 - 2.0 * np.arctan(z) / np.pi, rtol=1e-5)


def _measured(value: float, k: int = 2, method: str = "HKSJ") -> Measured:
    return Measured("type I error", method, Setting("equal", k, 0), value, 0.001)


@pytest.mark.parametrize(
    ("which", "values", "holds"),
    [
        ("every", [0.05, 0.053], True),
        ("every", [0.05, 0.055], False),
        ("largest", [0.01, 0.05], True),
        ("largest", [0.05, 0.06], False),
        ("smallest", [0.05, 0.06], True),
        ("smallest", [0.04, 0.05], False),
    ],
)
def test_a_threshold_is_judged_with_four_standard_errors(
    which: Literal["every", "largest", "smallest"], values: list[float], holds: bool
) -> None:
    threshold = Threshold("", "type I error", "HKSJ", 0.05, 0.05, "", which=which)
    found = [_measured(value, k) for k, value in zip((2, 3), values, strict=True)]
    assert judge(threshold, found).holds is holds


def test_a_threshold_may_be_about_a_difference() -> None:
    threshold = Threshold("", "type I error", "adhoc", -1.0, 0.0, "", minus="HKSJ")
    assert judge(threshold, [_measured(0.03, method="adhoc"), _measured(0.05)]).highest == pytest.approx(
        -0.02
    )
    assert not judge(threshold, [_measured(0.06, method="adhoc"), _measured(0.05)]).holds


def test_a_threshold_without_measurements_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        judge(THRESHOLDS[0], [])

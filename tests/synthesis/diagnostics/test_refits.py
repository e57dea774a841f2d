"""Leave-one-out, cumulative, Baujat, radial and Q-Q coordinates."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from synthesis import pool
from synthesis.diagnostics.refits import (
    baujat,
    deleted_residuals,
    normal_quantiles,
    one_more_each,
    radial,
    without_each,
)
from tests.synthesis.diagnostics.reference import METAFOR, SMALL_STUDIES, Comparisons, effects

COLUMNS = {
    "estimate": "estimate",
    "se": "se",
    "p_value": "pval",
    "ci_low": "ci.lb",
    "ci_high": "ci.ub",
    "I2": "I2",
    "Q": "Q",
}


def test_refits_without_each_study_agree_with_metafor() -> None:
    compared = Comparisons()
    for name, entry in METAFOR.items():
        refits = without_each(pool(entry["yi"], entry["vi"], test="z"))
        for ours, theirs in COLUMNS.items():
            for a, b in zip(getattr(refits, ours), entry["leave1out"][theirs], strict=True):
                # metafor's I2 carries its tau2, which stops within 4e-12 of zero
                compared.check(f"{name} {theirs}", float(a), b, 1e-9 if theirs == "I2" else 0.0)
    assert compared.report() == 7 * sum(entry["k"] for entry in METAFOR.values())


def test_cumulative_refits_agree_with_metafor() -> None:
    compared = Comparisons()
    for name, entry in METAFOR.items():
        refits = one_more_each(pool(entry["yi"], entry["vi"], test="z"))
        for ours, theirs in COLUMNS.items():
            if theirs in entry["cumul"]:
                for a, b in zip(getattr(refits, ours), entry["cumul"][theirs], strict=True):
                    compared.check(f"{name} {theirs}", float(a), b)
    assert compared.report() == 5 * sum(entry["k"] for entry in METAFOR.values())


def test_baujat_coordinates_agree_with_metafor() -> None:
    compared = Comparisons()
    for name, entry in SMALL_STUDIES["values"].items():
        found = baujat(pool(entry["yi"], entry["vi"], test="z"))
        for x, y, pinned in zip(found.heterogeneity, found.influence, entry["baujat"], strict=True):
            compared.check(f"{name} x", float(x), pinned["x"])
            compared.check(f"{name} y", float(y), pinned["y"])
    assert compared.report() == 2 * (13 + 37 + 48 + 19 + 16)


def test_deleted_residuals_agree_with_metafor() -> None:
    compared = Comparisons()
    for name, entry in METAFOR.items():
        found = deleted_residuals(pool(entry["yi"], entry["vi"], test="z"))
        for a, b in zip(found, entry["influence"]["rstudent"], strict=True):
            compared.check(name, float(a), b)
    assert compared.report() == sum(entry["k"] for entry in METAFOR.values())


def test_slopes_of_the_radial_plot_are_effects() -> None:
    yi, vi = effects(METAFOR["bcg_rr"])
    found = radial(pool(yi, vi))
    assert np.allclose(found.standardised / found.precision, yi, rtol=1e-12)


def test_the_band_of_normal_quantiles_holds_normal_samples() -> None:
    rng = np.random.default_rng(5)
    inside = []
    for _ in range(400):
        found = normal_quantiles(rng.standard_normal(15))
        inside.append((found.low <= found.residual) & (found.residual <= found.high))
    assert np.mean(inside) == pytest.approx(0.95, abs=0.01)


def test_order_and_too_few_studies_are_refused() -> None:
    one, three = pool([0.1], [0.2]), pool([0.1, 0.2, 0.3], [0.1, 0.1, 0.2])
    with pytest.raises(ValueError, match="at least two; there is one"):
        without_each(one)
    with pytest.raises(ValueError, match="each of the 3 studies once"):
        one_more_each(three, [0, 1, 1])
    assert one_more_each(three, [2, 0, 1]).estimate[-1] == pytest.approx(three.estimate, rel=1e-12)


def test_quantiles_are_medians_and_tails_of_beta_order_statistics() -> None:
    residuals = np.array([0.4, np.nan, -1.2, 2.0, 0.1])
    for level in (0.95, 0.6):
        found = normal_quantiles(residuals, level) if level != 0.95 else normal_quantiles(residuals)
        assert found.order == (2, 4, 0, 3)
        assert found.residual.tolist() == [-1.2, 0.1, 0.4, 2.0]
        for tail, ours in (
            (0.5, found.theoretical),
            ((1 - level) / 2, found.low),
            ((1 + level) / 2, found.high),
        ):
            expected = [stats.norm.ppf(stats.beta.ppf(tail, i, 5 - i)) for i in (1, 2, 3, 4)]
            assert ours == pytest.approx(expected, rel=1e-9)


def test_equal_residuals_stay_in_the_order_of_the_studies() -> None:
    residuals = np.array([1.0, 0.0] * 100)
    assert normal_quantiles(residuals).order == (*range(1, 200, 2), *range(0, 200, 2))


def test_a_refit_is_the_analysis_of_its_studies_whatever_the_level_and_the_test() -> None:
    yi, vi = effects(METAFOR["bcg_rr"])
    for test, level in (("z", 0.95), ("HKSJ", 0.8)):
        pooled = pool(yi, vi, test=test, level=level)
        order = [4, 0, 12, *(i for i in range(13) if i not in (4, 0, 12))]
        more, less = one_more_each(pooled, order), without_each(pooled)
        assert (more.labels[:3], less.labels[12]) == (("study 5", "study 1", "study 13"), "study 13")
        for found, row, kept in ((more, 3, np.array(order[:4])), (less, 4, np.delete(np.arange(13), 4))):
            alone = pool(yi[kept], vi[kept], test=test, level=level)
            for name in (
                "estimate",
                "se",
                "p_value",
                "tau2",
                "I2",
                "Q",
                "Q_p",
                "prediction_low",
                "prediction_high",
            ):
                assert getattr(found, name)[row] == pytest.approx(getattr(alone, name), rel=1e-7)
            plain = pool(yi[kept], vi[kept], test="z")
            assert found.wald_se[row] == pytest.approx(plain.se, rel=1e-7)
            assert found.k[row] == kept.size
            table = found.to_dict()
            assert table["study"] == list(found.labels)
            assert table["ci_low"][row] == pytest.approx(alone.ci_low, rel=1e-7)
            assert len(table) == 13


def test_tau2_counts_in_the_radial_plot_where_there_is_one() -> None:
    random = pool([0.1, 0.9, 0.5], [0.01, 0.02, 0.04])
    assert radial(random).precision == pytest.approx(1 / np.sqrt(np.array([0.01, 0.02, 0.04]) + random.tau2))
    assert random.tau2 > 0
    one = radial(pool([0.5], [0.04]))
    assert (one.precision.tolist(), one.standardised.tolist()) == ([5.0], [2.5])


@pytest.mark.parametrize("order", [[[0, 1, 2]], [0.0, 1.0, 2.0], [0, 1], [1, 2, 3], ["a", "b", "c"]])
def test_an_order_that_is_none_is_refused(order: Any) -> None:
    with pytest.raises(ValueError, match="each of the 3 studies once, by positions from 0"):
        one_more_each(pool([0.1, 0.2, 0.3], [0.1, 0.1, 0.2]), order)


@pytest.mark.parametrize(
    ("question", "fewest"),
    [
        ("leave_one_out", 2),
        ("influence", 2),
        ("gosh", 2),
        ("p_uniform", 2),
        ("egger", 3),
        ("begg", 3),
        ("trim_and_fill", 3),
        ("pet_peese", 3),
        ("limit", 3),
    ],
)
def test_the_fewest_studies_of_a_question_are_enough_and_one_less_is_refused(
    question: str, fewest: int
) -> None:
    yi, vi = [0.6, 0.1, 0.4], [0.04, 0.02, 0.09]
    assert getattr(pool(yi[:fewest], vi[:fewest]), question)() is not None
    with pytest.raises(ValueError, match="at least"):
        getattr(pool(yi[: fewest - 1], vi[: fewest - 1]), question)()

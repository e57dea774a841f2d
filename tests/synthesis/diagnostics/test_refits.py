"""Leave-one-out, cumulative, Baujat, radial and Q-Q coordinates."""

import numpy as np
import pytest

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

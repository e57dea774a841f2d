"""The influence set, for the mean and for designs."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from synthesis import pool
from synthesis.diagnostics.influence import influence, influence_set
from synthesis.diagnostics.refits import deleted_residuals
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.kernel.fitting import estimate_batch
from synthesis.regression.api import metareg
from tests.synthesis.diagnostics.reference import METAFOR, Comparisons, effects

DESIGNS = json.loads(
    (Path(__file__).parents[2] / "reference" / "diagnostics" / "influence.json").read_text()
)["designs"]
NAMES = {
    "rstudent": "rstudent",
    "dffits": "dffits",
    "cook": "cook.d",
    "covariance_ratio": "cov.r",
    "tau2_deleted": "tau2.del",
    "Q_deleted": "QE.del",
    "hat": "hat",
    "weights": "weight",
}


def test_the_influence_set_of_the_mean_agrees_with_metafor() -> None:
    compared = Comparisons()
    for name, entry in METAFOR.items():
        found = influence(pool(entry["yi"], entry["vi"], test="z"))
        for ours, theirs in {**NAMES, "dfbetas": "dfbs"}.items():
            for a, b in zip(getattr(found, ours).ravel(), entry["influence"][theirs], strict=True):
                # metafor's tau2 stops within 1e-11 of zero, or of itself
                compared.check(f"{name} {theirs}", float(a), b, 1e-10 if theirs == "tau2.del" else 0.0)
    assert compared.report() == 9 * sum(entry["k"] for entry in METAFOR.values())


@pytest.mark.parametrize("name", DESIGNS)
def test_the_influence_set_of_designs_agrees_with_metafor(name: str) -> None:
    entry, compared = DESIGNS[name], Comparisons()
    design = np.array(entry["design"], dtype=float)
    yi, vi = effects(entry)
    columns = tuple(f"x{i}" for i in range(design.shape[1]))
    found = influence_set(yi, vi, entry["method"], design, columns=columns)
    for ours, theirs in NAMES.items():
        for a, b in zip(getattr(found, ours), entry["values"][theirs], strict=True):
            compared.check(f"{name} {theirs}", float(a), b, 1e-10 if theirs == "tau2.del" else 0.0)
    for a, b in zip(found.dfbetas.ravel(), np.ravel(entry["dfbs"]), strict=True):
        compared.check(f"{name} dfbetas", float(a), b)
    assert found.influential.tolist() == entry["influential"]
    assert compared.report() == (8 + design.shape[1]) * len(yi)


def test_a_meta_regression_is_taken_as_it_is() -> None:
    entry = DESIGNS["bcg_linear"]
    design = np.array(entry["design"], dtype=float)
    fitted = metareg(entry["yi"], entry["vi"], mods=design[:, 1:])
    found = influence(fitted)
    assert found.columns == fitted.names
    assert np.allclose(found.cook, entry["values"]["cook.d"], rtol=1e-8, atol=0)
    assert len(found.to_dict()) == 10 + 3


def test_units_and_origin_of_moderators_do_not_matter() -> None:
    entry = DESIGNS["bcg_linear"]
    design, (yi, vi) = np.array(entry["design"], dtype=float), effects(entry)
    columns = ("a", "b", "c")
    centred = influence_set(yi, vi, "REML", design, columns=columns)
    calendar = design @ np.array([[1.0, 0.0, 1966.0], [0.0, 1e6, 0.0], [0.0, 0.0, 1.0]])
    found = influence_set(yi, vi, "REML", calendar, columns=columns)
    for name in NAMES:
        assert np.allclose(getattr(centred, name), getattr(found, name), rtol=1e-9, atol=1e-12)
    assert np.allclose(centred.dfbetas[:, 1:], found.dfbetas[:, 1:], rtol=1e-8, atol=0)


def test_identities() -> None:
    yi, vi = effects(METAFOR["bcg_rr"])
    pooled = pool(yi, vi)
    found = influence(pooled)
    assert np.allclose(found.rstudent, deleted_residuals(pooled), rtol=1e-12, atol=0)
    assert found.hat.sum() == pytest.approx(1.0, rel=1e-13)
    one_column = influence_set(yi, vi, "REML", np.full((13, 1), 3.0))
    for name in (*NAMES, "dfbetas"):
        assert np.allclose(getattr(found, name), getattr(one_column, name), rtol=1e-10, atol=0)


def test_equal_effects_by_hand() -> None:
    found = influence_set(np.array([0.0, 0.0, 3.0]), np.ones(3), "EE")
    # the mean is 1 with variance 1/3; without the last study it is 0, without another 1.5; both variance 1/2
    assert found.cook == pytest.approx([0.75, 0.75, 3.0])
    assert found.covariance_ratio == pytest.approx([1.5, 1.5, 1.5])
    assert found.rstudent == pytest.approx(np.array([-1.5, -1.5, 3.0]) / np.sqrt(1.5))
    assert found.dfbetas[:, 0] == pytest.approx(np.array([-0.5, -0.5, 1.0]) * np.sqrt(3.0))
    assert found.dffits == pytest.approx(found.dfbetas[:, 0])
    assert found.thresholds.cook == pytest.approx(0.454936423119572, rel=1e-12)  # median of chi-squared(1)
    assert found.influential.all()


def test_thresholds_flag_an_outlier_and_nothing_else() -> None:
    rng = np.random.default_rng(3)
    vi = rng.uniform(0.02, 0.1, 20)
    yi = rng.normal(0.0, np.sqrt(vi))
    yi[7] += 4.0
    assert np.flatnonzero(influence_set(yi, vi).influential).tolist() == [7]


def test_two_studies_leave_one_whose_tau2_does_not_exist() -> None:
    found = influence(pool([0.1, 0.5], [0.1, 0.2]))
    assert np.isnan([found.tau2_deleted, found.rstudent, found.dffits, found.dfbetas[:, 0]]).all()
    assert np.isfinite([found.cook, found.covariance_ratio, found.hat]).all()


def test_a_study_that_alone_has_a_level_is_influential() -> None:
    design = np.column_stack([np.ones(6), [0.0, 0, 0, 0, 0, 1]])
    found = influence_set(np.arange(6.0), np.ones(6), "REML", design, columns=("all", "last"))
    assert found.influential.tolist()[-1]
    assert np.isnan(found.cook[-1])
    assert np.isfinite(found.cook[:-1]).all()
    assert found.hat[-1] == pytest.approx(1.0)


@pytest.mark.parametrize(("width", "method"), list(product((1e-6, 1.0, 1e6), ("REML", "EE"))))
def test_wide_variances_and_any_unit(width: float, method: str) -> None:
    yi, vi = np.array([0.0, 1.0, 3.0, 2.0]) * width, np.array([1e-9, 1.0, 1e3, 2.0]) * width**2
    found = influence_set(yi, vi, method)
    alone = estimate_batch(Effects(yi[1:], vi[1:]), method)
    joint = estimate_batch(Effects(yi, vi), method)
    assert found.cook[0] == pytest.approx(((alone.beta - joint.beta) / joint.se).item() ** 2, rel=1e-9)


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two; there is 1"):
        influence(pool([0.1], [0.1]))
    with pytest.raises(ValueError, match="2 labels and 1 names of columns for 3 studies and 1 columns"):
        influence_set(np.arange(3.0), np.ones(3), labels=("a", "b"))


def test_other_weights_by_hand() -> None:
    """Moves of the mean in its standard error at these weights, with the tau2 of the refit."""
    yi, vi = np.array([0.1, 0.5, 0.4, 2.9, 0.3]), np.array([0.1, 0.2, 0.1, 0.3, 0.2])
    own = np.array([1.0, 3.0, 1.0, 4.0, 1.0])
    for weights in (own, np.ones(5)):
        given = "equal" if weights is not own else own
        pooled = pool(yi, vi, weights=given)
        found, rows = influence(pooled), np.arange(5)
        without = [np.delete(rows, i) for i in rows]
        mean = [np.average(yi[row], weights=weights[row]) for row in without]
        tau2 = np.array([pool(yi[row], vi[row]).tau2 for row in without])
        share = weights / weights.sum()
        se = np.array([np.sqrt(np.sum(share**2 * (vi + each))) for each in tau2])
        moved = (np.average(yi, weights=weights) - np.array(mean)) / se
        assert found.dffits == pytest.approx(moved, rel=1e-6)
        assert found.dfbetas == pytest.approx(moved[:, None], rel=1e-6)
        assert found.hat == pytest.approx(share, rel=1e-12)
        assert found.weights == pytest.approx(100 * share, rel=1e-12)
        # hat beyond 3/5, a move beyond 1 (dfbetas) or 3 sqrt(1/4) (dffits), Cook's distance beyond the median
        flagged = (np.abs(moved) > 1.0) | (share > 0.6) | (found.cook > 0.4549364)
        assert found.influential.tolist() == flagged.tolist()
        assert found.influential.any()
        assert not found.influential.all()
    two = influence(pool([0.1, 0.5], [0.1, 0.2], weights="equal"))
    assert np.isnan(two.dffits).all()
    assert two.influential.all()


def test_thresholds_by_their_formulas() -> None:
    yi, vi = effects(METAFOR["bcg_rr"])
    mean = influence(pool(yi, vi)).thresholds
    assert (mean.dffits, mean.hat, mean.dfbetas) == pytest.approx((3 * (1 / 12) ** 0.5, 3 / 13, 1.0))
    design = np.array(DESIGNS["bcg_linear"]["design"], dtype=float)
    three = influence_set(yi, vi, design=design, columns=("a", "b", "c")).thresholds
    assert (three.dffits, three.hat) == pytest.approx((3 * (3 / 10) ** 0.5, 9 / 13))
    assert three.cook == pytest.approx(2.365973884375, rel=1e-9)  # median of chi-squared(3)


def test_studies_are_counted_from_one_and_columns_told_by_name() -> None:
    found = influence_set(np.array([0.0, 0.0, 3.0]), np.ones(3), "EE")
    assert found.labels == ("study 1", "study 2", "study 3")
    table = found.to_dict()
    assert list(table) == ["study", *NAMES, "dfbetas intercept", "influential"]
    assert table["cook"] == pytest.approx([0.75, 0.75, 3.0])
    assert table["dfbetas intercept"] == pytest.approx(found.dfbetas[:, 0])
    design = np.column_stack([np.ones(3), [1.0, 2.0, 4.0]])
    one_of = influence_set(
        np.array([0.0, 1.0, 3.0]), np.ones(3), "EE", design, columns=("all", "dose")
    ).to_dict()
    assert set(one_of) >= {"dfbetas all", "dfbetas dose"}
    with pytest.raises(ValueError, match="there are 2 studies for 2 columns; expected more"):
        influence_set(np.arange(2.0), np.ones(2), "EE", design[:2], columns=("all", "dose"))
    with pytest.raises(ValueError, match="3 labels and 1 names of columns for 3 studies and 2 columns"):
        influence_set(np.arange(3.0), np.ones(3), "EE", design)


LEVERS = [[3.0, 1.0], [2.0, 1.0], [0.0, 1.0], [1.0, 0.0], [3.0, 0.0], [2.0, 1.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("yi", "vi", "moderators", "passed"),
    [
        # the last of k equal studies, y apart, moves the mean by y / k and y / sqrt(k) standard errors
        ([0.0] * 29 + [3.3], [1.0] * 30, None, "dffits"),  # 0.60 > 3 / sqrt(29) = 0.557
        ([0.0] * 29 + [3.0], [1.0] * 30, None, ""),  # 0.548
        ([0.0] * 4 + [1.6], [1.0] * 5, None, "cook"),  # 0.716^2 > 0.455
        ([0.0] * 4 + [1.4], [1.0] * 5, None, ""),  # 0.626^2 = 0.392
        ([0.2] * 5, [1.0, 1.0, 1.0, 1.0, 0.16], None, "hat"),  # 6.25 / 10.25 = 0.61 > 3 / 5
        ([0.2] * 5, [1.0, 1.0, 1.0, 1.0, 0.17], None, ""),  # 5.88 / 9.88 = 0.595
        ([0.0, -2.0, -1.0, 0.0, 0.0, 0.0, -2.0], [1.0] * 7, LEVERS, "dfbetas"),
    ],
)
def test_one_threshold_passed_is_enough(
    yi: list[float], vi: list[float], moderators: list[list[float]] | None, passed: str
) -> None:
    if moderators is None:
        found = influence_set(np.array(yi), np.array(vi), "EE")
    else:
        design = np.column_stack([np.ones(len(yi)), moderators])
        found = influence_set(np.array(yi), np.array(vi), "EE", design, columns=("a", "b", "c"))
    last = {name: np.abs(getattr(found, name)[-1]).max() for name in ("dffits", "cook", "hat", "dfbetas")}
    over = {name for name, size in last.items() if size > getattr(found.thresholds, name)}
    assert over == ({passed} if passed else set())
    assert found.influential.tolist() == [False] * (len(yi) - 1) + [bool(passed)]

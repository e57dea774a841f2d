"""Covariances in every form, what cannot be one, and one estimate given as two halves."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import coo_matrix, csr_array, lil_array

from synthesis import covariance, pool_dependent
from synthesis.pooling.kernel.effects import Array
from tests.thinned import thinned

RNG = np.random.default_rng(66)
CLUSTER = np.repeat(np.arange(7), [3, 1, 2, 4, 2, 3, 2])
K = CLUSTER.size
VI = RNG.uniform(0.02, 0.2, K)
YI = 0.3 + RNG.normal(0, 0.4, 7)[CLUSTER] + RNG.normal(0, 0.2, K) + RNG.normal(0, np.sqrt(VI))
DOSE = RNG.uniform(0, 3, K)
SITE = np.where(np.arange(K) % 2, "hip", "neck")
V = np.asarray(covariance(VI, cluster=CLUSTER, rho=0.6))
BLOCKS = [V[np.ix_(rows, rows)] for rows in (np.flatnonzero(c == CLUSTER) for c in range(7))]

FORMS: dict[str, Any] = {
    "array": V,
    "nested lists": V.tolist(),
    "nested tuples": tuple(tuple(row) for row in V),
    "data frame": pd.DataFrame(V),
    "named data frame": pd.DataFrame(V, [f"s{i}" for i in range(K)], [f"s{i}" for i in range(K)]),
    "data frame with named columns": pd.DataFrame(V, columns=[f"s{i}" for i in range(K)]),
    "sparse": csr_array(V),
    "sparse of another kind": lil_array(V),
    "sparse matrix": coo_matrix(V),
    "blocks": BLOCKS,
    "blocks and single variances": [b if len(b) > 1 else float(b[0, 0]) for b in BLOCKS],
    "sparse blocks": [csr_array(b) for b in BLOCKS],
    "blocks as lists": [b.tolist() for b in BLOCKS],
    "blocks as data frames": tuple(pd.DataFrame(b) for b in BLOCKS),
}


def fitted(yi: Any = YI, vi: Any = V, cluster: Any = CLUSTER, **asked: Any) -> Any:
    return pool_dependent(yi, vi, cluster=cluster, **asked)


def numbers(result: Any) -> Array:
    parts = [part.value for part in result.components]
    others = [result.loglik_ml, result.loglik_reml, result.Q.Q, result.k, result.AIC]
    return np.concatenate([result.estimate, result.se, result.df, result.p_value, parts, others])


@pytest.mark.parametrize("form", FORMS)
def test_a_covariance_may_have_any_form(form: str) -> None:
    expected = pool_dependent(YI, VI, cluster=CLUSTER, rho=0.6)
    assert_allclose(numbers(fitted(vi=FORMS[form])), numbers(expected), rtol=1e-10)


def test_of_missing_effects_the_covariances_are_left_out() -> None:
    v, yi = V.copy(), YI.copy()
    v[4], v[:, 4], yi[9] = np.nan, np.nan, np.nan
    for form in (v, csr_array(v), pd.DataFrame(v)):
        found = fitted(yi, form, missing="drop")
        rest = np.flatnonzero((np.arange(K) != 4) & (np.arange(K) != 9))
        expected = fitted(YI[rest], V[np.ix_(rest, rest)], CLUSTER[rest])
        assert_allclose(numbers(found), numbers(expected), rtol=1e-12)


def changed(i: int, j: int, value: float) -> Array:
    v = V.copy()
    v[i, j] = value
    return v


SLIPS: dict[str, tuple[Any, str]] = {
    "a wide sparse matrix": (csr_array(V[:, :5]), r"vi has shape \(17, 5\); expected k variances or a"),
    "a wide frame": (pd.DataFrame(V[:, :5]), r"vi has shape \(17, 5\); expected k variances or a"),
    "a small sparse matrix": (csr_array(V[:5, :5]), "5"),
    "a skew sparse matrix": (csr_array(changed(0, 1, 0.001)), "vi is not symmetric; expected a covariance"),
    "nearly symmetric": (csr_array(changed(0, 1, V[0, 1] * (1 + 3e-9))), "vi is not symmetric"),
    "a hole": (changed(1, 2, np.nan), "vi has nan in row 2, column 3; expected a number for each pair"),
    "a wide block": ([*BLOCKS[:3], BLOCKS[3][:, :2], *BLOCKS[4:]], r"block 4 of vi has shape \(4, 2\)"),
    "words": (pd.DataFrame(np.full((K, K), "a")), "vi is no table of numbers; expected k variances"),
    "ragged lists": ([[0.1, 0.2], [0.3]], "vi is no table of numbers"),
    "names in another order": (
        pd.DataFrame(V, [f"s{i}" for i in range(K)], [f"s{K - 1 - i}" for i in range(K)]),
        "vi has the same names as rows and columns in another order; expected one order",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_what_is_no_covariance_gets_a_sentence(slip: str) -> None:
    form, sentence = SLIPS[slip]
    with pytest.raises(ValueError, match=sentence):
        fitted(vi=form)


def test_a_covariance_that_is_symmetric_but_for_rounding_is_one() -> None:
    found = fitted(vi=csr_array(changed(0, 1, V[0, 1] * (1 + 3e-10))))
    assert_allclose(numbers(found), numbers(fitted()), rtol=1e-6)


def halves(*of: int, short_of_one: float = 0.0) -> tuple[Array, Array]:
    """Rows with some effects once more, and the covariance in which a copy is its effect."""
    rows = np.r_[np.arange(K), list(of)]
    v = V[np.ix_(rows, rows)].copy()
    for n, i in enumerate(of):
        v[K + n, i] = v[i, K + n] = VI[i] * (1 - short_of_one)
    return rows, v


MODELS: dict[str, dict[str, Any]] = {
    "CE": {"model": "CE"},
    "CHE": {},
    "EE": {"method": "EE"},
    "moderators": {"mods": DOSE},
    "SCE": {"model": "SCE", "outcome": SITE},
    "CMVE": {"model": "CMVE", "outcome": SITE},
    "formula": {"model": "~ 1 | study/row", "data": pd.DataFrame({"study": CLUSTER, "row": np.arange(K)})},
    "ML": {"method": "ML"},
}


def of_rows(asked: dict[str, Any], rows: Array) -> dict[str, Any]:
    found = dict(asked)
    for name in {"mods", "outcome"} & set(asked):
        found[name] = asked[name][rows]
    if "data" in asked:
        found["data"] = asked["data"].iloc[rows].reset_index(drop=True)
    return found


@pytest.mark.parametrize("test", ["CR0", "CR1", "CR1S", "CR2", "CR3", "t"])
@pytest.mark.parametrize("model", thinned(MODELS))
def test_two_perfectly_correlated_halves_of_an_estimate_change_nothing(model: str, test: str) -> None:
    asked = MODELS[model] | {"test": test}
    rows, v = halves(0, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, expected = fitted(YI[rows], v, CLUSTER[rows], **of_rows(asked, rows)), fitted(**asked)
    assert_allclose(numbers(found), numbers(expected), rtol=1e-12)
    told = "Given twice, with perfectly correlated errors and the same number, and counted once: "
    assert found.notes[0].startswith(told)
    assert not any(note.startswith(told) for note in expected.notes)


def test_questions_to_halves_have_the_answers_of_the_whole() -> None:
    rows, v = halves(3)
    slab = [f"e{i}" for i in range(K)]
    found = fitted(YI[rows], v, CLUSTER[rows], slab=[*slab, "again"], mods=DOSE[rows])
    expected = fitted(slab=slab, mods=DOSE)
    assert found.labels == expected.labels
    assert found.notes[0].endswith("counted once: again (of e3).")
    assert found.wild_test(draws=199).p_value == expected.wild_test(draws=199).p_value
    assert found.joint_test([1]) == expected.joint_test([1])
    for question in ("leave_out", "egger", "blup", "small_sample_tests"):
        ours, theirs = getattr(found, question)(), getattr(expected, question)()
        assert str(ours) == str(theirs), question


@pytest.mark.parametrize("short", [0.0, 1e-12, 0.9e-8])
def test_three_copies_and_almost_perfect_correlations_are_one_estimate(short: float) -> None:
    rows, v = halves(2, 2, short_of_one=short)
    v[K, K + 1] = v[K + 1, K] = VI[2] * (1 - short)
    found = fitted(YI[rows], v, CLUSTER[rows])
    assert_allclose(numbers(found), numbers(fitted()), rtol=1e-12)


WITH_COPY = pd.DataFrame(
    {"study": np.append(CLUSTER, 2), "dose": [*DOSE, 9.0], "group": [*"ab" * 8, "a", "b"]}
)

NO_COPY: dict[str, tuple[dict[str, Any], Array]] = {
    "another number": ({}, np.append(YI, YI[4] + 0.01)),
    "another dose": ({"mods": np.append(DOSE, 99.0)}, np.append(YI, YI[4])),
    "another outcome": (
        {"model": "SCE", "outcome": np.append(SITE.astype("U5"), "spine")}, np.append(YI, YI[4])
    ),
    "another random slope": (
        {"model": "~ dose | study", "data": WITH_COPY},
        np.append(YI, YI[4]),
    ),
    "another group that others share": (
        {"model": "~ 1 | study/group", "data": WITH_COPY},
        np.append(YI, YI[4]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", NO_COPY)
def test_effects_that_are_perfectly_correlated_and_differ_are_refused(what: str) -> None:
    asked, yi = NO_COPY[what]
    rows, v = halves(4)
    sentence = (
        r"2: the covariance of its 3 effects is singular .* its effects 1 and 3 are perfectly correlated"
    )
    with pytest.raises(ValueError, match=sentence):
        fitted(yi, v, CLUSTER[rows], **asked)


@pytest.mark.parametrize(("standard_errors", "copy"), [(0.9e-8, True), (1.1e-8, False), (1e-4, False)])
def test_a_copy_has_the_same_number_to_eight_digits_of_its_standard_error(
    standard_errors: float, copy: bool
) -> None:
    rows, v = halves(4)
    yi = np.append(YI, YI[4] + standard_errors * np.sqrt(VI[4]))
    asked = (1e-3 * yi, 1e-6 * v, CLUSTER[rows])
    if copy:
        assert fitted(*asked).k == K
    else:
        with pytest.raises(ValueError, match="2: the covariance of its 3 effects is singular"):
            fitted(*asked)


def test_effects_whose_other_covariances_differ_are_no_copies() -> None:
    rows, v = halves(4)
    v[K, 5] = v[5, K] = 0.5 * v[4, 5]
    with pytest.raises(ValueError, match="2: the covariance of its 3 effects is not positive definite"):
        fitted(YI[rows], v, CLUSTER[rows])


def test_effects_that_are_hardly_two_are_two() -> None:
    rows, v = halves(4, short_of_one=3e-8)
    assert fitted(YI[rows], v, CLUSTER[rows]).k == K + 1

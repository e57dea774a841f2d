"""Every result, and every answer to a question asked of one, as a data frame and as plain Python."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import synthesis

ROOT = Path(__file__).parents[2]
RNG = np.random.default_rng(11)
K = 8
YI, VI = RNG.normal(0.3, 0.4, K), RNG.uniform(0.02, 0.1, K)
DOSE = np.arange(K) * 1.0
TABLES: dict[str, Any] = {
    "ai": [4, 6, 3, 62, 33, 5, 8, 12],
    "bi": [119, 300, 228, 13536, 5036, 90, 77, 300],
    "ci": [11, 29, 11, 248, 47, 9, 14, 30],
    "di": [128, 274, 209, 12619, 5761, 88, 70, 280],
}


def of_a_pool() -> Iterator[Any]:
    pooled = synthesis.pool(YI, vi=VI)
    yield pooled
    yield from (pooled.leave_one_out(), pooled.cumulative(), pooled.influence(), *pooled.gosh())
    yield from (pooled.egger(), pooled.begg(), pooled.trim_and_fill(), pooled.pet_peese(), pooled.limit())
    yield from (pooled.fail_safe(), pooled.excess_significance(), pooled.p_uniform(), pooled.p_curve())
    yield from (pooled.selection_model("half-normal"), pooled.selection_model(steps=(0.025, 0.5)))
    yield from (pooled.multiverse(), pooled.blup(), pooled.heterogeneity_test())
    yield from (pooled.permutation_test(), pooled.permutation_interval(draws=199))
    few = synthesis.pool(YI[:2], vi=VI[:2])
    yield from (few, few.bayes, synthesis.pool(YI[:1], vi=VI[:1]))
    posterior = few.bayesian("half-normal(0.5)", "normal(0, 1)")
    yield from (posterior, posterior.mu, posterior.beside, posterior.sensitivity, posterior.averaged())


def of_a_regression() -> Iterator[Any]:
    found = synthesis.metareg(YI, vi=VI, mods=DOSE)
    yield from (found, found.QM, found.test(1), found.contrast([[0.0, 1.0]]), found.predict([3.0]))
    yield from (
        found.blup(),
        found.permutation_test(draws=99),
        found.vif(),
        found.bayesian("half-normal(0.5)"),
    )
    for tau2 in ("separate", "common"):
        groups = synthesis.subgroups(YI, vi=VI, by=["a", "b"] * (K // 2), tau2=tau2)
        yield from (groups, *groups.groups, groups.between)
    scale = synthesis.location_scale(YI, vi=VI, scale=DOSE)
    yield from (scale, scale.location, scale.scale, scale.predict_tau2())


def of_silence() -> Iterator[Any]:
    said = [None] * (K - 2) + ["not significant", "significant"]
    found = synthesis.pool_unreported([*YI[:-2], None, None], VI, said=said)
    yield from (found, found.without, found.worst_case, found.sensitivity())


def of_plans() -> Iterator[Any]:
    pooled = synthesis.pool(YI, vi=VI)
    yield (plan := synthesis.plan_update(pooled, width=0.2, most=3, draws=20))
    yield from (
        plan.sizes[0],
        synthesis.next_study(pooled, draws=20),
        synthesis.sequential(pooled, effect=0.3),
    )


def of_counts() -> Iterator[Any]:
    counted = synthesis.pool_counts("OR", **TABLES)
    yield from (counted, counted.absolute(0.1))
    yield synthesis.count_asymmetry("Harbord", **TABLES)
    yield synthesis.escalc("OR", **TABLES)
    yield synthesis.pool_rare("OR", **TABLES)


def of_doses() -> Iterator[Any]:
    classes = {"y": [0, -1, 1, 2] * 3, "v": [None, 0.1, 0.1, 0.1] * 3, "dose": [0, 1, 2, 3] * 3}
    found = synthesis.dose_response(
        "y",
        "v",
        dose="dose",
        study=[*"aaaabbbbcccc"],
        data=classes,
        curve="quadratic",
        covariance="independent",
    )
    yield from (found, found.association, found.predict([2.0]), found.turning_points())
    yield found.goodness_of_fit()


RESULTS = [*of_a_pool(), *of_a_regression(), *of_silence(), *of_plans(), *of_counts(), *of_doses()]


def annotated() -> set[str]:
    """The classes that public functions and methods of results say they return."""
    files = [
        *(ROOT / "synthesis").glob("pooled.py"),
        *(ROOT / "synthesis" / "regression").glob("*result.py"),
        *(ROOT / "synthesis" / "curves").glob("*result.py"),
        ROOT / "synthesis" / "pooling" / "counts" / "result.py",
        ROOT / "synthesis" / "posterior" / "bayesian.py",
    ]
    found = {
        "EffectSizes",
        "CountsPooled",
        "DoseResponse",
        "MetaRegression",
        "Subgroups",
        "LocationScaleRegression",
    }
    for path in files:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.ClassDef):
                continue
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and not method.name.startswith("_") and method.returns:
                    found |= {each.id for each in ast.walk(method.returns) if isinstance(each, ast.Name)}
    return found


NOT_RESULTS = {
    "pd",
    "Picture",
    "Any",
    "str",
    "int",
    "float",
    "bool",
    "tuple",
    "dict",
    "list",
    "Path",
    "Cells",
    "Array",
}


def test_every_answer_that_can_be_asked_for_is_among_them() -> None:
    tried = {type(result).__name__ for result in RESULTS}
    assert annotated() - NOT_RESULTS - tried == set()
    assert len(tried) == 53


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)
def test_a_result_is_a_data_frame_and_plain_python(result: Any) -> None:
    frame = result.to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert len(frame) >= 1
    assert len(frame.columns) >= 2
    assert not any(isinstance(value, np.ndarray | tuple | dict) for value in frame.to_numpy().ravel())
    text = json.dumps(result.to_dict(), allow_nan=False)
    assert json.loads(text) == result.to_dict()


def test_the_frame_of_a_pool_has_its_numbers_in_one_row() -> None:
    pooled = synthesis.pool(YI, vi=VI)
    (row,) = pooled.to_frame().to_dict("records")
    for name in ("k", "estimate", "se", "ci_low", "ci_high", "tau2", "I2", "Q_p", "method", "test"):
        assert row[name] == getattr(pooled, name)
    assert (row["wald_low"], row["wald_high"]) == pooled.wald
    few = synthesis.pool(YI[:2], vi=VI[:2])
    assert few.bayes is not None
    assert few.to_frame()["bayes.low"].item() == few.bayes.low
    both = pd.concat([pooled.to_frame(), few.to_frame()])
    assert both["k"].tolist() == [8, 2]


def test_frames_of_many_have_a_row_for_each() -> None:
    pooled = synthesis.pool(YI, vi=VI, slab=list("abcdefgh"))
    without = pooled.leave_one_out()
    frame = without.to_frame()
    assert frame["study"].tolist() == list("abcdefgh")
    assert frame["estimate"].tolist() == without.estimate.tolist()
    subsets, summary = pooled.gosh()
    frame = subsets.to_frame()
    assert len(frame) == 2**K - 1
    assert frame["a"].sum() == 2 ** (K - 1)
    assert (frame[list("abcdefgh")].sum(axis=1) == frame["k"]).all()
    assert summary.to_frame()["labels"].tolist() == list("abcdefgh")
    universe = pooled.multiverse()
    frame = universe.to_frame()
    assert frame["estimator"].tolist() == [
        row[universe.choices.index("estimator")] for row in universe.options
    ]


def test_effect_sizes_have_their_labels_and_notes() -> None:
    sizes = synthesis.escalc("RR", ai=[0, 3], bi=[10, 7], ci=[0, 5], di=[12, 9], slab=["a", "b"])
    frame = sizes.to_frame()
    assert frame["label"].tolist() == ["a", "b"]
    assert frame["yi"].tolist()[1] == sizes.yi[1]
    assert sizes.to_dict()["sei"][1] == pytest.approx(np.sqrt(sizes.vi[1]))
    assert [value is None for value in sizes.to_dict()["yi"]] == np.isnan(sizes.yi).tolist()

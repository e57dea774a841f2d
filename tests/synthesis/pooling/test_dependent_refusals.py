"""What is no covariance of errors, and no random effects, is refused with the place and a way out."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthesis.pooling.dependent.covariance import covariance, factor
from synthesis.pooling.dependent.working_models import WORKING_MODELS, terms_of_formulas, terms_of_model

VI = [0.04, 0.09, 0.16, 0.25]
CLUSTER = ["B", "A", "A", "A"]
OUTCOME = ["x", "x", "y", "z"]

COVARIANCES: list[tuple[dict[str, Any], str]] = [
    ({"vi": [0.1, 0.0, 0.2, 0.3]}, "effect 2: vi is 0; expected a number above zero"),
    ({"vi": [0.1, 0.1, 0.2, -0.3]}, "effect 4: vi is -0.3; expected a number above zero"),
    ({"vi": [0.1, 0.1, np.inf, 0.3]}, "effect 3: vi is inf; expected a number above zero"),
    ({"vi": [np.nan, 0.1, 0.2, 0.3]}, "effect 1: vi is nan; expected a number above zero"),
    ({"cluster": ["A", "A", None, "B"]}, "effect 3: cluster is missing; expected a label"),
    ({"cluster": ["A", "A", "B", ""]}, "effect 4: cluster is missing; expected a label"),
    ({"subgroup": ["m", np.nan, "m", "w"], "rho": 0.5}, "effect 2: subgroup is missing; expected a label"),
    ({}, "A has 3 effects of the same persons, and nothing says how their errors are correlated; expected"),
    ({"rho": 1.0}, "rho is 1.0; expected a correlation, between -1 and 1"),
    ({"rho": -1.0}, "rho is -1.0; expected a correlation, between -1 and 1"),
    ({"rho": True}, "rho is True; expected a number, {('hip', 'neck'): 0.8}, or a square data frame"),
    ({"rho": [0.5]}, "rho is [0.5]; expected a number"),
    ({"rho": {"x": 0.5}}, "rho is {'x': 0.5}; expected a number"),
    ({"rho": {("x", "y", "z"): 0.5}}, "rho is {('x', 'y', 'z'): 0.5}; expected a number"),
    ({"rho": {("x", "y"): 1.5}, "outcome": OUTCOME}, "rho of x with y is 1.5; expected a correlation"),
    ({"rho": {("x", "y"): 0.5}}, "rho is given by pair of outcomes; expected `outcome`"),
    (
        {"rho": {("x", "y"): 0.5, ("x", "z"): 0.5}, "outcome": OUTCOME},
        "A: rho says nothing of y with z; expected their correlation",
    ),
    ({"rho": {("x", "y"): 0.5}, "outcome": ["z", "x", "x", "y"]}, "A: rho says nothing of x with x"),
    ({"phi": 0.5, "rho": 0.5}, "phi stands without time; expected when each effect was measured"),
    ({"time": [0, 0, 1, 2]}, "phi is None; expected the correlation over one unit of time, 0 to below 1"),
    ({"time": [0, 0, 1, 2], "phi": 1.0}, "phi is 1.0; expected the correlation over one unit of time"),
    ({"time": [0, 0, 1, 2], "phi": -0.1}, "phi is -0.1; expected the correlation over one unit of time"),
    ({"rho": -0.5}, "A: the covariance of its 3 effects is singular (its correlations have the eigenvalue"),
    (
        {"rho": -0.75},
        "A: the covariance of its 3 effects is not positive definite (its correlations have the eigenvalue "
        "-0.5); expected a smaller correlation, or effects of which none follows from the others",
    ),
    ({"arm1": list("PPPP")}, "arm1 stands without arm2 or arm2 without arm1; expected both arms"),
    ({"arm2": list("PPPP")}, "arm1 stands without arm2 or arm2 without arm1; expected both arms"),
    ({"arm1": list("PPPP"), "arm2": list("QRSQ")}, "expected v1 and v2 (each arm's part, such as sd^2/n)"),
    (
        {"arm1": list("PPPP"), "arm2": list("QRSQ"), "n1": [9] * 4},
        "n1 stands without n2 or n2 without n1; expected both",
    ),
    (
        {"arm1": list("PPPP"), "arm2": list("QRSQ"), "v2": [9] * 4},
        "v1 stands without v2 or v2 without v1; expected both",
    ),
    (
        {"arm1": list("PPPP"), "arm2": list("QRSQ"), "n1": [9] * 4, "n2": [9, 9, 0, 9]},
        "effect 3: n2 is 0; expected a number above zero",
    ),
]


@pytest.mark.parametrize(("asked", "says"), COVARIANCES)
def test_what_is_no_covariance_is_refused(asked: dict[str, Any], says: str) -> None:
    given: dict[str, Any] = {"vi": VI, "cluster": CLUSTER} | asked
    with pytest.raises(ValueError, match=re.escape(says)):
        covariance(given.pop("vi"), **given)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ("A", "cluster is 'A'; expected one label for each of 4 effects"),
        (3, "cluster is 3; expected one label for each of 4 effects"),
        (["A"] * 3, "cluster has 3 values for 4 effects; expected one each"),
        (["A"] * 5, "cluster has 5 values for 4 effects; expected one each"),
    ],
)
def test_labels_are_one_for_each_effect(values: Any, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        factor(values, "cluster", 4)


def test_what_is_assumed_is_said_in_one_sentence() -> None:
    asked: list[tuple[dict[str, Any], str]] = [
        ({"rho": 0.25}, "errors of the same persons are correlated 0.25"),
        (
            {"rho": 0.25, "subgroup": list("mmww")},
            "errors of the same persons are correlated 0.25, those of different subgroups are not",
        ),
        (
            {"rho": 0.5, "time": [0, 1, 2, 3], "phi": 0.5},
            "errors of the same persons are correlated 0.5, over time 0.5 to the power of the time between",
        ),
    ]
    for given, says in asked:
        found = covariance(VI, cluster=CLUSTER, **given)
        assert found.sentence == says
        assert repr(found) == f"Covariance of 4 effects in 2 clusters: {says}"
        assert (found.correlation == given["rho"]) == ("time" not in given)


TABLE = pd.DataFrame(
    {
        "study": ["X", "X", "Y", "Y"],
        "place": [1, 1, 1, 2],
        "site": ["hip", "neck", "hip", "neck"],
        "same": ["hip"] * 4,
        "dose": [0.5, 1.0, np.nan, 2.0],
        "week": [0.0, 1.5, 0.0, 2.0],
        "once": [3.0] * 4,
    }
)
KNOWN = pd.DataFrame([[1, 0.3], [0.3, 1]], ["neck", "hip"], ["neck", "hip"])


def of(rows: list[list[float]], names: list[str] | None = None) -> dict[str, Any]:
    labels = names or ["hip", "neck"]
    return {"correlation": {"site": pd.DataFrame(rows, labels, labels)}}


FORMULAS: list[tuple[str, dict[str, Any], str]] = [
    ("site | study", {}, "the random effects are 'site | study'; expected '~ 1 | study'"),
    ("~ site", {}, "the random effects are '~ site'; expected '~ 1 | study'"),
    ("~ site | study/place", {}, "expected one group after '|' where a term stands"),
    ("~ same | study", {}, "same has one label; expected two outcomes or more, or '~ 1 | ...'"),
    ("~ dose | study", {}, "dose of the random effects lacks a number for each of 4 effects"),
    ("~ week | study", {"structure": "AR"}, "structure AR is for whole times and week has others; expected"),
    ("~ week | study", {"structure": "HAR"}, "structure HAR is for whole times and week has others"),
    ("~ once | study", {"structure": "CAR"}, "once is the same for all effects; expected two times or more"),
    ("~ site | study", {"structure": "XY"}, "XY"),
    ("~ 1 | study", {"correlation": {"site": KNOWN}}, "correlation is given for 'site'; expected the random"),
    ("~ 1 | site", {"correlation": {"site": KNOWN.to_numpy()}}, "'site' is no data frame; expected its"),
    ("~ 1 | site", of([[1.0]], ["hip"]), "the correlation of 'site' lacks 'neck'; expected the same groups"),
    ("~ 1 | site", of([[1.0, 0.2], [0.3, 1.0]]), "expected symmetric, ones on its diagonal, positive"),
    ("~ 1 | site", of([[1.0, 0.2], [0.2, 0.9]]), "expected symmetric, ones on its diagonal, positive"),
    ("~ 1 | site", of([[1.0, 1.1], [1.1, 1.0]]), "expected symmetric, ones on its diagonal, positive"),
    ("~ 1 | site", of([[1.0, np.inf], [np.inf, 1.0]]), "expected symmetric, ones on its diagonal, positive"),
    ("~ 1 | study", {"data": None}, "the random effects name 'study'; expected `data` with a column of that"),
]


@pytest.mark.parametrize(("formula", "asked", "says"), FORMULAS)
def test_what_are_no_random_effects_is_refused(formula: str, asked: dict[str, Any], says: str) -> None:
    given = {"structure": "UN", "data": TABLE, "correlation": None} | asked
    with pytest.raises(ValueError, match=re.escape(says)):
        terms_of_formulas((formula,), given["structure"], given["data"], 4, given["correlation"])


def test_a_known_correlation_may_be_perfect() -> None:
    (term,) = terms_of_formulas(("~ 1 | site",), "UN", TABLE, 4, of([[1.0, 1.0], [1.0, 1.0]])["correlation"])
    assert term.structure.covariance(np.array([[2.0]]))[0].tolist() == [[4.0, 4.0], [4.0, 4.0]]


def test_groups_and_levels_of_random_effects_keep_their_names() -> None:
    outer, inner = terms_of_formulas(("~ 1 | study/place",), "UN", TABLE, 4)
    assert (outer.groups, inner.groups) == (("X", "Y"), ("X/1", "Y/1", "Y/2"))
    assert (outer.levels, inner.group.tolist()) == ((), [0, 0, 1, 2])
    (sites,) = terms_of_formulas(("~ site | study",), "UN", TABLE, 4)
    assert (sites.groups, sites.levels, sites.label) == (
        ("X", "Y"),
        ("hip", "neck"),
        "site (hip, neck) in study",
    )
    (weeks,) = terms_of_formulas(("~ week | study",), "CAR", TABLE, 4)
    assert (weeks.groups, weeks.levels, weeks.label) == (("X", "Y"), ("0", "1.5", "2"), "week in study")
    (known,) = terms_of_formulas(("~ 1 | site",), "UN", TABLE, 4, {"site": KNOWN})
    assert (known.groups, known.levels) == (("",), ("hip", "neck"))
    levels = [None if term.level is None else term.level.tolist() for term in (outer, sites, weeks, known)]
    assert levels == [[0, 0, 0, 0], [0, 1, 0, 1], [0, 1, 0, 2], [0, 1, 0, 1]]


def test_all_working_models_but_that_of_hierarchical_effects_have_correlated_errors() -> None:
    """Within outcomes alone in that of subgroups. Pustejovsky & Tipton 2022."""
    assert set(WORKING_MODELS) == {"CHE", "CE", "HE", "SCE", "CMVE"}
    assert [word for word, model in WORKING_MODELS.items() if not model.correlated] == ["HE"]
    assert [word for word, model in WORKING_MODELS.items() if model.by_outcome] == ["SCE"]


def test_working_models_name_what_they_are_of_and_refuse_outcomes_that_are_not_there() -> None:
    cluster, outcome = factor(TABLE.study, "cluster", 4), factor(TABLE.site, "outcome", 4)
    for word in ("SCE", "CMVE"):
        (term,) = terms_of_model(word, cluster, outcome)
        assert (term.label, term.groups, term.levels) == (
            "outcomes (hip, neck) in clusters",
            ("X", "Y"),
            ("hip", "neck"),
        )
        with pytest.raises(ValueError, match=f"model {word} has a random effect for each outcome"):
            terms_of_model(word, cluster, None)
    between, within = terms_of_model("CHE", cluster, None)
    assert (between.label, between.groups) == ("clusters", ("X", "Y"))
    assert (within.label, within.groups, within.group.tolist()) == ("estimates in clusters", (), [0, 1, 2, 3])


def test_numbers_of_a_list_are_a_slope_and_truths_are_labels() -> None:
    columns = {"study": list("XXYY"), "dose": [0.5, 1, 2, 4.0], "blind": [True, False, True, False]}
    (slope,) = terms_of_formulas(("~ dose | study",), "DIAG", columns, 4)
    assert (slope.structure.name, slope.label) == ("GEN", "intercept and dose in study")
    assert slope.columns is not None
    assert slope.columns.tolist() == [[1.0, 0.5], [1.0, 1.0], [1.0, 2.0], [1.0, 4.0]]
    (labels,) = terms_of_formulas(("~ blind | study",), "DIAG", columns, 4)
    assert (labels.structure.name, labels.levels, labels.columns) == ("DIAG", ("True", "False"), None)


def test_a_table_of_correlations_says_of_an_outcome_with_itself_what_is_not_one() -> None:
    """Its ones are those of any table of correlations, and say nothing of two effects of one outcome."""
    vi, cluster, outcome = [0.04, 0.09, 0.16], list("AAA"), list("xxy")
    table = pd.DataFrame([[1.0, 0.3], [0.3, 1.0]], list("xy"), list("xy"))
    with pytest.raises(ValueError, match="A: rho says nothing of x with x; expected their correlation"):
        covariance(vi, cluster=cluster, rho=table, outcome=outcome)
    table.loc["x", "x"] = 0.5
    found = np.asarray(covariance(vi, cluster=cluster, rho=table, outcome=outcome))
    expected = [[0.04, 0.03, 0.024], [0.03, 0.09, 0.036], [0.024, 0.036, 0.16]]
    assert found == pytest.approx(np.array(expected), rel=1e-14)

"""Every public argument that takes a word is refused a wrong one, with the words allowed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

import synthesis
from evidence.choices import as_number, as_whole, named
from synthesis import (
    LocationScaleRegression,
    MetaRegression,
    Pooled,
    Subgroups,
    dose_response,
    location_scale,
    metareg,
    pool,
    pool_counts,
    pool_dependent,
    pool_unreported,
    subgroups,
)
from synthesis.pooling.mean.tests import TESTS
from synthesis.pooling.mean.weighting import WEIGHTINGS
from synthesis.pooling.prediction.prediction import PREDICTIONS
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.pooling.tau2.intervals import INTERVALS

YI = [0.05, 0.89, 1.08, 0.15, 1.18, 0.24, 0.23, 0.4]
VI = [0.04, 0.02, 0.09, 0.03, 0.05, 0.01, 0.06, 0.05]
X = [1.0, 2.0, 4.0, 3.0, 5.0, 1.5, 2.5, 3.5]
BY = ["a", "b", "a", "b", "a", "b", "a", "b"]
COUNTS: dict[str, Any] = {"ai": [4, 6, 3], "bi": [119, 300, 228], "ci": [11, 29, 11], "di": [128, 274, 209]}
WRONG = "no such word"
# Arguments that may be text but hold no word: data, or the name of a column or a coefficient, or a path.
NOT_WORDS = {
    "yi",
    "vi",
    "sei",
    "data",
    "slab",
    "by",
    "mods",
    "scale",
    "path",
    "columns",
    "newdata",
    "which",
    "title",
    "group",
    "study",
    "key",
    "unit",
    "scheduler",
}
NEEDED: dict[str, dict[str, Any]] = {
    "pool": {"yi": YI, "vi": VI},
    "metareg": {"yi": YI, "vi": VI, "mods": X},
    "subgroups": {"yi": YI, "vi": VI, "by": BY},
    "location_scale": {"yi": YI, "vi": VI, "mods": X, "scale": X},
    "escalc": COUNTS | {"measure": "OR"},
    "pool_counts": COUNTS,
    "pool_rare": COUNTS,
    "count_asymmetry": COUNTS,
    "pool_dependent": {"yi": YI, "vi": VI, "cluster": X, "outcome": BY, "rho": 0.5},
    "bayes": {"yi": YI, "vi": VI},
    "combine_p": {"p": [0.2, 0.03, 0.6]},
    "albatross_plot": {"p": [0.2, 0.03], "direction": ["positive", "positive"], "n": [50, 60]},
    "plan_update": {"pooled": pool(YI, VI), "width": 0.5},
    "sequential": {"pooled": pool(YI, VI), "effect": 0.5},
    "pool_unreported": {"yi": [*YI, None], "sei": [*VI, 0.1], "said": [None] * 8 + ["positive"]},
    "dose_response": {
        "yi": [0.0, 0.5, 0.0, 0.3],
        "vi": [None, 0.04, None, 0.09],
        "dose": [0, 2, 0, 3],
        "study": [*"AABB"],
    },
    "pool_table": {"data": pd.DataFrame({"y1": YI, "y2": YI, "v1": VI, "v2": VI}), "yi": "y*", "vi": "v*"},
    "plot": {"kind": "forest", "path": "nowhere"},
}
RESULTS: tuple[Any, ...] = (
    pool(YI, VI),
    metareg(YI, VI, mods=X),
    subgroups(YI, VI, by=BY),
    location_scale(YI, VI, mods=X, scale=X),
    pool_counts("OR", **COUNTS),
    pool_dependent(YI, VI, cluster=[*"aabbccdd"], rho=0.5),
    dose_response(**NEEDED["dose_response"]),
    pool_unreported([*YI, None], [*VI, 0.1], said=[None] * 8 + ["not significant"]),
)


def takes_a_word(parameter: inspect.Parameter) -> bool:
    """By its annotation or its default: text, but not a path, a sequence, a function or data."""
    if parameter.kind is parameter.VAR_KEYWORD or parameter.name in NOT_WORDS:
        return False
    says = str(parameter.annotation)
    text = re.search(r"\b(str|Literal|Side|Direction)\b", says) and not re.search(
        r"Sequence|tuple|Path|Mapping", says
    )
    return bool(text) or isinstance(parameter.default, str)


def words_of(name: str, function: Callable[..., Any]) -> Iterator[tuple[str, Callable[..., Any], str]]:
    for parameter in inspect.signature(function).parameters.values():
        if takes_a_word(parameter) or (name, parameter.name) == ("pool", "weights"):
            yield name, function, parameter.name


def public() -> Iterator[tuple[str, Callable[..., Any], str]]:
    """The public functions, and the public methods of what they return."""
    for name in synthesis.__all__:
        function = getattr(synthesis, name)
        if not inspect.isclass(function):
            yield from words_of(name, function)
    for result in RESULTS:
        for name, method in inspect.getmembers(result, inspect.ismethod):
            if not name.startswith("_") and not inspect.isclass(method.__self__):
                yield from words_of(name, method)


ARGUMENTS = list(public())


def test_the_arguments_are_those_that_take_words() -> None:
    assert {(name, argument) for name, _, argument in ARGUMENTS} >= {
        *(("pool", each) for each in ("method", "test", "prediction", "tau2_interval", "weights", "missing")),
        *(("metareg", each) for each in ("method", "test", "missing")),
        *(("subgroups", each) for each in ("tau2", "method", "test", "prediction", "missing")),
        *(("location_scale", each) for each in ("method", "test", "missing")),
        ("escalc", "measure"),
        ("pool_counts", "measure"),
        ("pool_counts", "method"),
        *(("pool_rare", each) for each in ("measure", "model", "test", "missing")),
        ("egger", "model"),
        ("egger", "predictor"),
        ("trim_and_fill", "estimator"),
        ("trim_and_fill", "side"),
        ("selection_model", "model"),
        ("selection_model", "alternative"),
        ("p_uniform", "alternative"),
        ("plot", "kind"),
        *(("dose_response", each) for each in ("covariance", "curve", "method", "test", "missing")),
        *(("pool_dependent", each) for each in ("model", "structure", "method", "test", "missing")),
        *(("pool_unreported", each) for each in ("method", "se_rule")),
        *(
            ("pool_table", each)
            for each in ("method", "test", "weights", "ask", "invalid", "adjust", "scheme")
        ),
        *(("pool_table", each) for each in ("genomic_control", "format", "plots", "prediction")),
        ("plan_update", "of"),
        ("sequential", "spending"),
        ("sequential", "adjust"),
        ("wild_test", "kind"),
        ("leave_out", "what"),
        ("predict", "prediction"),
    }
    kinds = {type(result) for result in RESULTS}
    assert {Pooled, MetaRegression, Subgroups, LocationScaleRegression} <= kinds


@pytest.mark.parametrize(
    ("name", "function", "argument"),
    ARGUMENTS,
    ids=[f"{name}({argument}=)" for name, _, argument in ARGUMENTS],
)
def test_a_wrong_word_is_refused_with_those_allowed(
    name: str, function: Callable[..., Any], argument: str
) -> None:
    with pytest.raises(ValueError, match=rf"unknown .*'{WRONG}'.* Expected one of: \w+"):
        function(**NEEDED.get(name, {}) | {argument: WRONG})


@pytest.mark.parametrize(
    ("given", "allowed", "meant"),
    [
        ("fixed", ESTIMATORS, "EE"),
        ("fixed", WEIGHTINGS, "fixed"),
        ("common", ESTIMATORS, "EE"),
        ("FE", ESTIMATORS, "EE"),
        ("DerSimonian-Laird", ESTIMATORS, "DL"),
        ("dersimonian\N{EN DASH}laird", ESTIMATORS, "DL"),
        ("restricted maximum likelihood", ESTIMATORS, "REML"),
        ("reml", ESTIMATORS, "REML"),
        ("Paule Mandel", ESTIMATORS, "PM"),
        ("knha", TESTS, "HKSJ"),
        ("Kenward-Roger t", TESTS, "KR"),
        ("Q-profile", INTERVALS, "QP"),
        ("t (k-2)", PREDICTIONS, "t(k-2)"),
        ("rma", ("mixed", "weighted"), "mixed"),
        ("lm", ("mixed", "weighted"), "weighted"),
        ("Mixed", ("mixed", "weighted"), "mixed"),
        ("two.sided", ("greater", "less", "two-sided"), "two-sided"),
        ("half normal", ("half-normal", "power"), "half-normal"),
    ],
)
def test_other_forms_and_metafors_words_mean_ours(given: str, allowed: Any, meant: str) -> None:
    assert named(given, allowed, "word") == meant


@pytest.mark.parametrize("given", ["random", "model", None, 3, ["REML"], ""])
def test_what_means_none_of_ours_is_refused_with_ours(given: Any) -> None:
    with pytest.raises(ValueError, match=r"unknown method .* Expected one of: EE, DL, DL2, .*, REML$"):
        named(given, ESTIMATORS, "method")


def test_the_closest_word_is_offered() -> None:
    with pytest.raises(ValueError, match=r"^unknown method 'REMLL'; did you mean 'REML'\? Expected"):
        named("REMLL", ESTIMATORS, "method")
    with pytest.raises(
        ValueError, match=r"^unknown side 'lefft'; did you mean 'left'\? Expected one of: left, right$"
    ):
        named("lefft", ("left", "right"), "side")


def test_every_word_of_a_table_means_itself() -> None:
    for allowed in (ESTIMATORS, TESTS, PREDICTIONS, INTERVALS, WEIGHTINGS):
        for word, thing in allowed.items():
            assert named(word, allowed, "word") == named(word.lower(), allowed, "word") == word
            assert named(thing.name, allowed, "word") in allowed


@pytest.mark.parametrize("value", [0, -5, 2.5, "x", True, None, [3]])
def test_whole_numbers_are_whole(value: Any) -> None:
    with pytest.raises(ValueError, match=r"draws is .*; expected a whole number, 1 or more"):
        as_whole(value, "draws")
    assert as_whole(7, "draws") == 7
    assert as_whole(0, "seed", 0) == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "0.5", True, None, [0.5]])
def test_numbers_are_finite(value: Any) -> None:
    with pytest.raises(ValueError, match=r"null is .*; expected a finite number"):
        as_number(value, "null")
    assert as_number(2, "null") == 2.0


RESULT: Pooled = RESULTS[0]
SLIPS: dict[str, tuple[Callable[[], Any], str]] = {
    "a level of 0.05": (lambda: pool(YI, VI, level=0.05), r"level is 0\.05; did you mean 0\.95\?"),
    "a level of 0.1": (lambda: pool(YI, VI, level=0.1), r"level is 0\.1; did you mean 0\.9\?"),
    "no draws": (lambda: RESULT.permutation_test(draws=-5), "draws is -5; expected a whole number"),
    "draws and a half": (lambda: RESULT.permutation_interval(draws=2.5), r"draws is 2\.5"),  # type: ignore[arg-type]
    "a seed of text": (lambda: RESULT.permutation_test(seed="x"), "seed is 'x'; expected"),  # type: ignore[arg-type]
    "a seed for subsets": (lambda: RESULT.gosh(seed="x"), "seed is 'x'; expected"),  # type: ignore[arg-type]
    "draws of subsets": (lambda: RESULT.gosh(draws=-1), "draws is -1; expected"),
    "a null of text": (lambda: RESULT.multiverse(null="a"), "null is 'a'; expected a finite number"),  # type: ignore[arg-type]
    "one step": (lambda: RESULT.selection_model(steps=0.025), r"steps is 0\.025; expected a list"),  # type: ignore[arg-type]
    "steps of text": (lambda: RESULT.selection_model(steps=["ab"]), r"steps is \['ab'\]; expected a list"),  # type: ignore[list-item]
    "sizes of text": (
        lambda: RESULT.egger(predictor="ni", ni="many"),
        "ni is 'many'; expected a sample size",
    ),
    "sizes of few": (lambda: RESULT.egger(predictor="ni", ni=[1, 2]), r"ni has shape \(2,\); expected"),
    "a size below zero": (lambda: RESULT.egger(predictor="ni", ni=[-1, *range(1, 8)]), "above zero"),
    "no sizes": (lambda: RESULT.egger(predictor="ninv"), "needs the studies' sample sizes"),
    "an order of text": (lambda: RESULT.cumulative("abc"), "order has to name each of the 8 studies once"),  # type: ignore[arg-type]
    "an order of halves": (lambda: RESULT.cumulative([0.5] * 8), "order has to name each"),  # type: ignore[list-item]
    "orders": (lambda: RESULTS[1].permutation_test(draws=2.5), r"draws is 2\.5"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_told_in_a_sentence(slip: str) -> None:
    ask, says = SLIPS[slip]
    with pytest.raises(ValueError, match=says):
        ask()


def test_sample_sizes_may_be_a_list() -> None:
    sizes = [10, 20, 30, 40, 50, 60, 70, 80]
    assert RESULT.egger(predictor="ni", ni=sizes).predictor == "ni"

"""Every question against every choice of a result: used as making the analysis again says, refused, or told.

The table is the one of docs/edge-cases.md; numbers are made by `pool` and `metareg` on the data that the
question is about, or from the formula of the paper.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthesis import Pooled, pool
from tests.synthesis.answers_by_hand import (
    CHOICES,
    ORDER,
    OTHER,
    OTHER_METHOD,
    OWN,
    REFIT_NUMBERS,
    SUBSETS,
    VI,
    YI,
    K,
    X,
    again,
    bayesian,
    begg,
    blup,
    cumulative,
    egger,
    excess_significance,
    fail_safe,
    filled_numbers,
    gosh,
    heterogeneity_test,
    influence,
    leave_one_out,
    limit,
    multiverse,
    p_curve,
    p_uniform,
    permuted_p,
    pet_peese,
    probability_beyond,
    selection_model,
    trim_and_fill,
)
from tests.thinned import thinned

# What the questions answer, as lists of the same numbers.


def _of_refits(found: Any, first: int = 0) -> list[float]:
    return [value for name in REFIT_NUMBERS for value in getattr(found, name)[first:].tolist()]


def _of_blup(result: Pooled) -> list[float]:
    found = result.blup()
    return [*found.effect, *found.low, *found.high, *found.deviation_low]


def _of_influence(result: Pooled) -> list[float]:
    found = result.influence()
    shown = (
        found.rstudent,
        found.cook,
        found.covariance_ratio,
        found.tau2_deleted,
        found.Q_deleted,
        found.hat,
    )
    return [value for part in (*shown, found.dfbetas[:, 0]) for value in part.tolist()]


def _of_gosh(result: Pooled) -> list[float]:
    found = result.gosh()[0]
    members = [np.flatnonzero(row).tolist() for row in found.estimates.subsets.members()]
    rows = [members.index(subset) for subset in SUBSETS]
    assert found.estimate[members.index(list(range(K)))] == pytest.approx(result.estimate, rel=1e-11)
    shown = (found.estimate, found.estimates.tau2, found.estimates.I2, found.estimates.Q)
    return [value for part in shown for value in part[rows].tolist()]


def _of_filled(result: Pooled) -> list[float]:
    found = result.trim_and_fill(side="left")
    assert (found.estimate, found.se, found.p_value, found.tau2, found.ci_low, found.ci_high) == (
        found.pooled.estimate,
        found.pooled.se,
        found.pooled.p_value,
        found.pooled.tau2,
        found.pooled.ci_low,
        found.pooled.ci_high,
    )
    return [float(found.k0), *found.yi, *filled_numbers(found.pooled)]


def _of_selection(result: Pooled) -> list[float]:
    found = result.selection_model()
    return [found.estimate, found.tau2, found.delta[0], (found.ci_high - found.estimate) / found.se]


def _corrected(*found: Any) -> list[float]:
    return [value for each in found for value in (each.estimate, each.low, each.high, each.p_value)]


def _of_limit(result: Pooled) -> list[float]:
    found = result.limit()
    return [found.tau2, *_corrected(found.adjusted)]


def _of_pet_peese(result: Pooled) -> list[float]:
    found = result.pet_peese()
    return _corrected(found.pet, found.peese, found.chosen)


def _of_egger(result: Pooled) -> list[float]:
    found = result.egger()
    return [found.statistic, found.p_value, found.limit, found.limit_low, found.limit_high]


def _of_fail_safe(result: Pooled) -> list[float]:
    found = result.fail_safe()
    return [found.rosenthal, found.orwin, found.rosenberg]


def _of_excess(result: Pooled) -> list[float]:
    found = result.excess_significance()
    return [found.observed, found.expected, found.theta]


def _of_p_uniform(result: Pooled) -> list[float]:
    found = result.p_uniform()
    return [found.estimate, found.tau2, found.ci_high]


def _of_p_curve(result: Pooled) -> list[float]:
    found = result.p_curve()
    return [found.p.size, found.right_skew_full.z]


def _of_multiverse(result: Pooled) -> list[float]:
    found = result.multiverse()
    rows = [i for i, options in enumerate(found.options) if options[0] == "none left out"]
    shown = (found.estimate, found.ci_low, found.ci_high, found.p_value)
    return [value for part in shown for value in part[rows].tolist()]


def _of_heterogeneity(result: Pooled) -> list[float]:
    found = result.heterogeneity_test()
    return [found.statistic.item(), found.p_value.item()]


def _of_begg(result: Pooled) -> list[float]:
    found = result.begg()
    return [found.tau, found.p_value]


def _of_bayesian(result: Pooled) -> list[float]:
    mu = result.bayesian().mu
    return [mu.mean, mu.low, mu.high]


Question = tuple[Callable[[Pooled], list[float]], Callable[[dict[str, Any]], list[float]]]
QUESTIONS: dict[str, Question] = {
    "blup": (_of_blup, blup),
    "probability_beyond": (lambda result: list(result.probability_beyond(X)), probability_beyond),
    "heterogeneity_test": (_of_heterogeneity, heterogeneity_test),
    "permutation_test": (
        lambda result: [result.permutation_test().statistic.item(), result.permutation_test().p_value.item()],
        lambda options: [again(options).statistic, permuted_p(options)],
    ),
    "leave_one_out": (lambda result: _of_refits(result.leave_one_out()), leave_one_out),
    "cumulative": (lambda result: _of_refits(result.cumulative(ORDER), 2), cumulative),
    "influence": (_of_influence, influence),
    "gosh": (_of_gosh, gosh),
    "egger": (_of_egger, egger),
    "begg": (_of_begg, begg),
    "trim_and_fill": (_of_filled, trim_and_fill),
    "pet_peese": (_of_pet_peese, pet_peese),
    "limit": (_of_limit, limit),
    "fail_safe": (_of_fail_safe, fail_safe),
    "excess_significance": (_of_excess, excess_significance),
    "selection_model": (_of_selection, selection_model),
    "p_uniform": (_of_p_uniform, p_uniform),
    "p_curve": (_of_p_curve, p_curve),
    "multiverse": (_of_multiverse, multiverse),
    "bayesian": (_of_bayesian, bayesian),
}
BY_SEARCH = {"selection_model": 1e-5, "p_uniform": 1e-4}  # what another search reaches


def table() -> dict[str, dict[str, str]]:
    """The table of docs/edge-cases.md: question, choice, cell."""
    page = (Path(__file__).parents[3] / "docs" / "edge-cases.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|((?: [a-z-]+ \|){6})$", page, re.MULTILINE)
    return {name: dict(zip(CHOICES, re.findall(r"[a-z-]+", cells), strict=True)) for name, cells in rows}


CELLS = [
    (question, choice, value, cell)
    for question, row in table().items()
    for choice, cell in row.items()
    for value in ([OTHER_METHOD.get(question, "HS")] if choice == "method" else OTHER[choice])
    if question != "permutation_interval"
]


def test_the_table_has_every_question_of_a_result() -> None:
    public = {name for name in vars(Pooled) if not name.startswith("_") and callable(getattr(Pooled, name))}
    assert table().keys() == public - {"of", "plot"} == QUESTIONS.keys() | {"permutation_interval"}
    assert len(CELLS) == 20 * 7


@pytest.mark.parametrize("question", QUESTIONS)
def test_answers_are_those_by_hand(question: str) -> None:
    ask, by_hand = QUESTIONS[question]
    tolerance = BY_SEARCH.get(question, 1e-8)
    assert ask(pool(YI, VI)) == pytest.approx(by_hand({}), rel=tolerance, abs=1e-10)


@pytest.mark.parametrize(("question", "choice", "value", "cell"), thinned(CELLS, 2))
def test_each_choice_is_used_or_refused_or_has_no_part(
    question: str, choice: str, value: Any, cell: str
) -> None:
    ask, by_hand = QUESTIONS[question]
    result = pool(YI, VI, **{choice: value})
    if cell == "refused":
        with pytest.raises(ValueError, match=r"pool with|rules out"):
            ask(result)
        return
    answer, usual = ask(result), ask(pool(YI, VI))
    if cell == "used":
        assert answer == pytest.approx(by_hand({choice: value}), rel=BY_SEARCH.get(question, 1e-8), abs=1e-10)
        assert answer != pytest.approx(usual, rel=1e-5)
    else:
        assert answer == pytest.approx(usual, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize(
    "options",
    [
        {},
        *(
            pytest.param(each, marks=pytest.mark.long)
            for each in (
                {"method": "HS"},
                {"test": "t"},
                {"level": 0.8},
                {"weights": "equal"},
                {"weights": OWN},
            )
        ),
    ],
    ids=["usual", "method", "test", "level", "equal", "own"],
)
def test_the_permutation_interval_ends_where_pooling_every_arrangement_says(options: dict[str, Any]) -> None:
    found = pool(YI, VI, **options).permutation_interval()
    alpha = 1.0 - options.get("level", 0.95)
    assert found.p_value == pytest.approx(permuted_p(options), abs=1e-12)
    for end, outward in ((found.ci_low, -1e-6), (found.ci_high, 1e-6)):
        assert permuted_p(options, end - outward) > alpha >= permuted_p(options, end + outward)


@pytest.mark.parametrize("name", ["prediction", "tau2_interval"])
def test_the_permutation_interval_has_no_part_for_the_other_choices(name: str) -> None:
    other, usual = pool(YI, VI, **{name: OTHER[name][0]}), pool(YI, VI)
    assert other.permutation_interval() == usual.permutation_interval()


def test_own_weights_of_tau2_follow_their_studies() -> None:
    """GENQ has them for tau2 as well, in subsets, refits, orders, arrangements and mirror images."""
    options: dict[str, Any] = {"method": "GENQ", "weights": OWN}
    result = pool(YI, VI, **options)
    for question in ("blup", "leave_one_out", "cumulative", "influence", "gosh", "trim_and_fill"):
        ask, by_hand = QUESTIONS[question]
        assert ask(result) == pytest.approx(by_hand(options), rel=1e-8, abs=1e-10), question
    assert result.permutation_test().p_value.item() == pytest.approx(permuted_p(options), abs=1e-12)
    many = result.multiverse()
    row = many.options.index(("none left out", "GENQ", "HKSJ"))
    assert (many.estimate[row], many.tau2[row]) == pytest.approx((result.estimate, result.tau2), rel=1e-12)


def test_a_test_with_weights_of_its_own_keeps_them() -> None:
    """Henmi and Copas: fixed weights with tau2 by DL."""
    with_test = pool(YI, VI, test="HC")
    fixed = pool(YI, VI, method="DL", test="z", weights="fixed")
    for question in ("influence", "gosh"):
        ask = QUESTIONS[question][0]
        assert ask(with_test) == pytest.approx(ask(fixed), rel=1e-12)
    assert with_test.trim_and_fill().yi == pytest.approx(fixed.trim_and_fill().yi, rel=1e-12)
    assert with_test.trim_and_fill().pooled.test == "HC"
    with pytest.raises(ValueError, match="pool with the model's weights"):
        with_test.limit()
    with pytest.raises(ValueError, match="test 'HC' has no distribution for predictions"):
        with_test.blup()

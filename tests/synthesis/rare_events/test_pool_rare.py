"""What pool_rare says of counts: closed forms, double zeros, ends that do not exist, and its refusals."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats
from scipy.special import expit, logit

import synthesis
from synthesis import RarePooled, pool_rare
from synthesis.plots.subject import NotDefinedError
from synthesis.rare_events.given_counts import GivenCounts
from synthesis.rare_events.rare_words import rare_notes, rare_sentence
from tests.thinned import thinned

# Ten invented studies of few events, two of them without any.
COUNTS: dict[str, Any] = {
    "ai": [3, 0, 2, 5, 0, 1, 0, 4, 2, 0],
    "n1i": [60, 40, 85, 120, 33, 50, 70, 90, 44, 25],
    "ci": [1, 0, 2, 1, 1, 0, 0, 2, 3, 1],
    "n2i": [58, 41, 80, 118, 35, 52, 69, 95, 46, 27],
}
TURNED: dict[str, Any] = dict(zip(COUNTS, (COUNTS[of] for of in ("ci", "n2i", "ai", "n1i")), strict=True))
RATES = {"x1i": COUNTS["ai"], "t1i": COUNTS["n1i"], "x2i": COUNTS["ci"], "t2i": COUNTS["n2i"]}


def _columns(measure: str) -> dict[str, Any]:
    single = {
        "PLO": {"xi": COUNTS["ai"], "ni": COUNTS["n1i"]},
        "IRLN": {"xi": COUNTS["ai"], "ti": COUNTS["n1i"]},
    }
    return single.get(measure, RATES if measure == "IRR" else COUNTS)


@cache
def _of(measure: str, **choices: Any) -> RarePooled:
    return pool_rare(measure, **_columns(measure), **choices)


CASES = [
    *(("OR", model, correlated) for model in ("CM.EL", "CM.AL", "UM.FS") for correlated in (False,)),
    *(
        (m, model, c)
        for m, model in (("OR", "UM.RS"), ("IRR", "UM.RS"), ("OR", "BB"), ("RR", "BB"))
        for c in (False, True)
        if not (model == "BB" and c)
    ),
    *(pytest.param(m, "BB", True, marks=pytest.mark.long) for m in ("OR", "RR")),
    ("RD", "BB", False),
    ("IRR", "CM.EL", False),
    ("IRR", "UM.FS", False),
    ("PLO", "normal", False),
    ("PLO", "BB", False),
    ("IRLN", "normal", False),
]


@pytest.mark.parametrize(("measure", "model", "correlated"), thinned(CASES))
def test_the_interval_ends_where_the_likelihood_has_fallen(
    measure: str, model: str, correlated: bool
) -> None:
    """At both ends of the profile interval, and of tau's, the loss is half of chi-squared's quantile."""
    result = _of(measure, model=model, correlated=correlated)
    counts = GivenCounts.of(measure, _columns(measure), None, None, "refuse")
    likelihood = counts.model(model, 0.5, correlated).likelihood
    start = counts.model(model, 0.5, correlated).start
    assert result.gradient < 1e-7
    for end in (result.ci_low, result.ci_high):
        best = -math.inf
        for spread in (0.1, 0.6, 1.5):
            begin = np.concatenate([start[1:], np.full(len(likelihood.entries), spread)])

            def lost(others: np.ndarray, end: float = end) -> tuple[float, np.ndarray]:
                point = likelihood.point(np.concatenate([[end], others]))
                if not np.isfinite(point.value):
                    return 1e6, np.zeros(others.size)
                return -point.value, -point.gradient[1:]

            best = max(
                best, -optimize.minimize(lost, begin, jac=True, method="BFGS", options={"gtol": 1e-8}).fun
            )
        assert result.loglik - best == pytest.approx(0.5 * stats.chi2.ppf(0.95, 1), abs=2e-6)


def test_a_common_proportion_and_a_common_rate_are_those_of_all_persons_together() -> None:
    share = sum(COUNTS["ai"]) / sum(COUNTS["n1i"])
    proportion = _of("PLO", random=False, test="z")
    assert proportion.estimate == pytest.approx(logit(share), abs=1e-12)
    assert proportion.se == pytest.approx(
        1.0 / math.sqrt(sum(COUNTS["n1i"]) * share * (1 - share)), rel=1e-10
    )
    rate = _of("IRLN", random=False, test="z")
    assert rate.estimate == pytest.approx(math.log(share), abs=1e-12)
    assert rate.se == pytest.approx(1.0 / math.sqrt(sum(COUNTS["ai"])), rel=1e-10)


def test_a_common_odds_ratio_of_one_table_is_fishers_conditional_estimate() -> None:
    result = pool_rare(ai=[3], n1i=[60], ci=[1], n2i=[58])
    expected = stats.contingency.odds_ratio([[3, 57], [1, 57]], kind="conditional").statistic
    assert result.shown[0] == pytest.approx(expected, rel=1e-6)
    assert result.random is False
    assert "One study: nothing is known of differences between studies." in result.notes


@pytest.mark.parametrize(
    ("measure", "model", "persons"),
    [("PLO", "normal", 100), ("PLO", "BB", 100), ("IRR", "CM.EL", 20), ("IRR", "UM.FS", 20)],
)
def test_the_interval_of_a_common_effect_is_the_binomial_one_of_all_events_together(
    measure: str, model: str, persons: int
) -> None:
    """11 of 100 persons, or of 20 events in equal times: studies that differ do not make it wider."""
    columns: dict[str, Any] = {
        "PLO": {"xi": [2, 9], "ni": [50, 50]},
        "IRR": {"x1i": [2, 9], "t1i": [60, 60], "x2i": [8, 1], "t2i": [60, 60]},
    }[measure]
    found = pool_rare(measure, model=model, random=False, **columns)

    def lost(value: float) -> float:
        share = expit(value)
        gone = 11 * math.log(11 / persons / share)
        return gone + (persons - 11) * math.log((1 - 11 / persons) / (1 - share))

    at = logit(11 / persons)
    drop = 0.5 * stats.chi2.ppf(0.95, 1)
    ends = [optimize.brentq(lambda x: lost(x) - drop, at, at + side, xtol=1e-12) for side in (-4, 4)]
    assert found.estimate == pytest.approx(at, abs=1e-9)
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(ends), abs=1e-8)
    assert found.gradient < 1e-7


def test_a_common_binomial_difference_is_that_of_all_persons_together() -> None:
    result = _of("RD", random=False, test="z")
    p1, p2 = sum(COUNTS["ai"]) / sum(COUNTS["n1i"]), sum(COUNTS["ci"]) / sum(COUNTS["n2i"])
    assert result.estimate == pytest.approx(p1 - p2, abs=1e-12)
    variance = p1 * (1 - p1) / sum(COUNTS["n1i"]) + p2 * (1 - p2) / sum(COUNTS["n2i"])
    assert result.se == pytest.approx(math.sqrt(variance), rel=1e-9)
    assert result.shown == (result.estimate, result.ci_low, result.ci_high)


def test_tests_and_intervals_are_of_one_kind() -> None:
    z, t, lr = (_of("OR", test=test) for test in ("z", "t", "LRT"))
    assert z.p_value == pytest.approx(2 * stats.norm.sf(abs(z.estimate / z.se)), abs=1e-12)
    assert z.ci_high == pytest.approx(z.estimate + stats.norm.ppf(0.975) * z.se, abs=1e-12)
    assert t.df == t.k - 1 == 7
    assert t.p_value == pytest.approx(2 * stats.t.sf(abs(t.estimate / t.se), 7), abs=1e-12)
    assert t.ci_low == pytest.approx(t.estimate - stats.t.ppf(0.975, 7) * t.se, abs=1e-12)
    half = stats.t.ppf(0.975, 7) * math.sqrt(t.se**2 + t.tau2)
    assert (t.prediction_low, t.prediction_high) == pytest.approx(
        (t.estimate - half, t.estimate + half), abs=1e-12
    )
    assert lr.p_value == pytest.approx(stats.chi2.sf(lr.statistic**2, 1), abs=1e-12)
    assert math.copysign(1.0, lr.statistic) == math.copysign(1.0, lr.estimate)
    assert (lr.p_value < 0.05) == (not lr.ci_low <= 0.0 <= lr.ci_high)
    wide = _of("OR", level=99)
    assert wide.ci_low < lr.ci_low < lr.ci_high < wide.ci_high
    assert wide.level == 0.99


def test_the_test_of_variation_counts_its_boundary() -> None:
    result = pool_rare("PLO", xi=[1, 9, 0, 4, 12], ni=[50, 60, 45, 70, 55])
    assert result.heterogeneity > 1.0
    assert result.heterogeneity == pytest.approx(2.0 * (result.loglik - result.loglik_common), abs=1e-12)
    assert result.heterogeneity_p == pytest.approx(0.5 * stats.chi2.sf(result.heterogeneity, 1), abs=1e-12)
    none = pool_rare("PLO", xi=[5, 5, 5], ni=[50, 50, 50])
    assert (none.tau2, none.heterogeneity, none.heterogeneity_p) == (0.0, 0.0, 1.0)
    assert none.tau2_low == 0.0 < none.tau2_high


def test_double_zeros_do_what_each_model_says_and_the_output_says_what() -> None:
    without: dict[str, Any] = {
        name: [v for i, v in enumerate(values) if i not in (1, 6)] for name, values in COUNTS.items()
    }
    for model in ("CM.EL", "CM.AL", "UM.FS"):
        all_of_them, less = _of("OR", model=model), pool_rare(model=model, **without)
        assert all_of_them.estimate == pytest.approx(less.estimate, abs=1e-10)
        assert all_of_them.silent == ("study 2", "study 7")
        assert (all_of_them.k, less.k, less.silent) == (8, 8, ())
        assert any(
            note.startswith("2 studies with no events") and "study 2 and study 7" in note
            for note in all_of_them.notes
        )
    for model in ("UM.RS", "BB"):
        all_of_them, less = _of("OR", model=model), pool_rare(model=model, **without)
        assert all_of_them.estimate != pytest.approx(less.estimate, abs=1e-4)
        assert (all_of_them.k, all_of_them.silent) == (10, ())
        assert "2 studies without events take part through the level of events." in all_of_them.notes
    one = pool_rare(model="UM.RS", **{name: values[1:5] for name, values in COUNTS.items()})
    assert "1 study without events takes part through the level of events." in one.notes


@pytest.mark.parametrize(
    ("model", "zeros", "told"),
    [("UM.RS", 2, True), ("BB", 2, True), ("UM.RS", 0, False), ("BB", 0, False), ("normal", 2, False)],
)
def test_studies_without_events_are_told_of_where_there_are_some_and_a_level_knows_of_them(
    model: str, zeros: int, told: bool
) -> None:
    notes = rare_notes(replace(_of("OR"), silent=(), model=model, double_zeros=zeros), 0)
    assert any("take part through the level of events" in note for note in notes) is told


def test_many_silent_studies_are_counted_and_some_named() -> None:
    many: dict[str, Any] = {
        name: [*values, *[0, 30][name[0] == "n"] * np.ones(8, dtype=int)] for name, values in COUNTS.items()
    }
    note = next(note for note in pool_rare(**many).notes if "no events" in note)
    assert note.startswith(
        "10 studies with no events, or nothing else, in both groups (study 2, study 7, study 11"
    )
    assert "and 4 more" in note


@pytest.mark.parametrize(("measure", "model", "correlated"), CASES)
def test_the_margin_says_whether_the_maximum_is_proven(measure: str, model: str, correlated: bool) -> None:
    """Of one random effect, and of dispersed probabilities without correlation; else infinite."""
    found = _of(measure, model=model, correlated=correlated)
    if model != "UM.RS" and not correlated:
        assert 0.0 <= found.margin <= 1e-3
    else:
        assert found.margin == math.inf
    if model != "UM.RS":
        assert _of(measure, model=model, random=False).margin == 0.0


def test_few_studies_and_ends_without_end_are_told_where_they_are() -> None:
    """Below five studies that may vary, and where one limit of the interval is infinite."""
    result = _of("OR", random=False)
    few = "maximum likelihood makes tau2 too small, and the interval too short."
    assert [
        [
            k
            for k in (1, 2, 4, 5)
            if any(few in note for note in rare_notes(replace(result, k=k, random=random), 0))
        ]
        for random in (True, False)
    ] == [[2, 4], []]
    ends = ((-math.inf, 1.0), (0.0, math.inf), (0.0, 1.0))
    told = [rare_notes(replace(result, ci_low=low, ci_high=high, level=0.9), 0) for low, high in ends]
    no_end = "The 90% interval has no end on one side: the counts do not rule out any effect there."
    assert [no_end in notes for notes in told] == [True, True, False]


def test_six_silent_studies_are_named_and_of_seven_one_is_counted() -> None:
    result, names = _of("OR"), tuple("abcdefg")
    notes = [rare_notes(replace(result, silent=names[:number]), 0)[0] for number in (6, 7)]
    assert "(a, b, c, d, e and f):" in notes[0]
    assert "(a, b, c, d, e, f and 1 more):" in notes[1]


def test_a_common_effect_has_no_variance_between_studies_and_no_limits_of_one() -> None:
    common = _of("OR", random=False)
    assert common.tau2 == 0.0
    assert all(map(math.isnan, (common.tau2_low, common.tau2_high, common.heterogeneity)))
    assert all(map(math.isnan, (common.prediction_low, common.heterogeneity_p)))


def test_an_event_is_to_be_avoided_unless_it_is_said_to_be_good() -> None:
    """More events than without treatment: more are harmed, or more benefit."""
    result = _of("OR")
    assert result.shown[0] > 1.0
    assert str(result.absolute(0.1).number).startswith("NNTH")
    assert str(result.absolute(0.1, harmful=False).number).startswith("NNTB")


@pytest.mark.parametrize(
    ("measure", "model", "correlated"),
    [("OR", "UM.RS", False), ("OR", "UM.RS", True), ("IRR", "UM.RS", True), ("OR", "BB", False)],
)
def test_variances_and_correlation_are_those_of_the_highest_likelihood(
    measure: str, model: str, correlated: bool
) -> None:
    """At the effect, the variances and the correlation told, the best level gives the likelihood told."""
    found = _of(measure, model=model, correlated=correlated)
    counts = GivenCounts.of(measure, _columns(measure), None, None, "refuse")
    likelihood = counts.model(model, 0.5, correlated).likelihood
    tau = math.sqrt(found.tau2)
    spread = [tau]
    if model == "UM.RS":
        r = found.correlation if correlated else 0.0
        own = [r * tau, math.sqrt(1.0 - r * r) * tau] if correlated else [tau]
        spread = [math.sqrt(found.sigma2), *own]
    best = optimize.minimize_scalar(
        lambda level: -likelihood.point(np.array([found.estimate, level, *spread])).value,
        bounds=(-8.0, 0.0),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert -best.fun == pytest.approx(found.loglik, abs=1e-9)
    assert found.rho == pytest.approx(found.tau2 / (1.0 + found.tau2), nan_ok=True) or model == "UM.RS"


def test_two_studies_are_compared_and_one_is_not() -> None:
    """Separate shares against a common one: twice the gain in log-likelihood, on one degree."""
    two = pool_rare("PLO", xi=[2, 9], ni=[50, 50], random=False)

    def binomial(events: int, n: int) -> float:
        return events * math.log(events / n) + (n - events) * math.log(1.0 - events / n)

    assert pytest.approx(2.0 * (binomial(2, 50) + binomial(9, 50) - binomial(11, 100)), abs=1e-9) == two.Q
    assert pytest.approx(stats.chi2.sf(two.Q, 1), rel=1e-10) == two.Q_p
    one = pool_rare("PLO", xi=[2], ni=[50])
    assert (one.k, one.random) == (1, False)
    assert math.isnan(one.Q)


@pytest.mark.parametrize(
    ("measure", "model", "random", "coding", "correlated", "test", "says"),
    [
        ("OR", "CM.EL", True, 0.5, False, "LRT",
         "Odds ratio, model CM.EL: exact likelihood given the events of both groups, random effects; maximum "
         "likelihood, profile likelihood interval; nothing added to zeros."),
        ("OR", "CM.AL", False, 0.5, False, "z",
         "Odds ratio, model CM.AL: binomial approximation given the events of both groups, common effect; "
         "maximum likelihood, Wald z interval; nothing added to zeros."),
        ("OR", "UM.FS", True, 1.0, False, "t",
         "Odds ratio, model UM.FS: one coefficient for each study's level, random effects, random effect in "
         "group 1; maximum likelihood, Wald t interval; nothing added to zeros."),
        ("IRR", "UM.FS", False, 0.5, False, "LRT",
         "Incidence rate ratio, model UM.FS: one coefficient for each study's level, common effect; maximum "
         "likelihood, profile likelihood interval; nothing added to zeros."),
        ("IRR", "UM.RS", True, 0.0, True, "LRT",
         "Incidence rate ratio, model UM.RS: random study levels, random effects, random effect in group 2, "
         "correlated; maximum likelihood, profile likelihood interval; nothing added to zeros."),
        ("RR", "BB", True, 0.5, False, "LRT",
         "Risk ratio, model BB: beta-binomial likelihood, probabilities vary between studies; maximum "
         "likelihood, profile likelihood interval; nothing added to zeros."),
        ("RD", "BB", False, 0.5, False, "LRT",
         "Risk difference, model BB: beta-binomial likelihood, binomial, no variation; maximum likelihood, "
         "profile likelihood interval; nothing added to zeros."),
        ("PLO", "BB", True, 0.5, False, "LRT",
         "Proportion, model BB: beta-binomial likelihood, probabilities vary between studies; maximum "
         "likelihood, profile likelihood interval; nothing added to zeros."),
        ("PLO", "normal", True, 0.5, False, "LRT",
         "Proportion: binomial counts with normal logits, random effects; maximum likelihood, profile "
         "likelihood interval; nothing added to zeros."),
        ("IRLN", "normal", True, 0.5, False, "LRT",
         "Incidence rate: Poisson counts with normal log rates, random effects; maximum likelihood, profile "
         "likelihood interval; nothing added to zeros."),
    ],
)  # fmt: skip
def test_the_method_stands_in_one_sentence(
    measure: str, model: str, random: bool, coding: float, correlated: bool, test: str, says: str
) -> None:
    result = replace(_of("OR"), measure=measure, model=model, random=random, test=test)
    assert rare_sentence(result, coding, correlated) == says


@pytest.mark.parametrize("correlated", [False, True])
def test_levels_without_end_are_refused(correlated: bool) -> None:
    """Every study has events in nobody or in nearly all."""
    counts: dict[str, Any] = {
        "ai": [0, 20, 0, 30, 0, 15],
        "n1i": [10, 20, 15, 30, 12, 15],
        "ci": [0, 18, 0, 25, 0, 14],
        "n2i": [12, 18, 20, 25, 14, 14],
    }
    with pytest.raises(
        ValueError, match="the likelihood rises without end: the studies' effects, or their l"
    ):
        pool_rare(model="UM.RS", correlated=correlated, **counts)


@pytest.mark.long
def test_an_odds_ratio_of_thousands_of_events_is_that_of_large_samples() -> None:
    """Given tables of thousands the conditional estimate is next to the unconditional one."""
    rows: dict[str, Any] = {
        "ai": [900, 4100, 2500],
        "n1i": [9000, 30000, 21000],
        "ci": [1200, 5200, 2400],
        "n2i": [9100, 31000, 20500],
    }
    exact, fixed = (pool_rare(model=model, **rows) for model in ("CM.EL", "UM.FS"))
    assert exact.margin <= 1e-3
    assert exact.estimate == pytest.approx(fixed.estimate, abs=2e-4)
    assert exact.tau2 == pytest.approx(fixed.tau2, abs=1e-4)
    assert (exact.ci_low, exact.ci_high) == pytest.approx((fixed.ci_low, fixed.ci_high), abs=1e-3)


def test_groups_that_change_places_turn_the_sign() -> None:
    for measure, model in (("OR", "CM.EL"), ("OR", "UM.FS"), ("OR", "UM.RS"), ("OR", "BB"), ("RD", "BB")):
        one, other = pool_rare(measure, model=model, **COUNTS), pool_rare(measure, model=model, **TURNED)
        assert one.estimate == pytest.approx(-other.estimate, abs=1e-8)
        assert one.ci_low == pytest.approx(-other.ci_high, abs=1e-6)


def test_where_the_random_effect_stands_is_asked() -> None:
    first, second = _of("OR", model="UM.FS", coding=1.0), _of("OR", model="UM.FS", coding=0.0)
    assert first.estimate == pytest.approx(-pool_rare(model="UM.FS", coding=0.0, **TURNED).estimate, abs=1e-8)
    assert "random effect in group 1" in first.method_sentence
    assert "random effect in group 2" in second.method_sentence
    assert "random effect half in either group" in _of("OR", model="UM.FS").method_sentence


def test_effects_stand_as_readers_see_them() -> None:
    ratio, share = _of("OR"), _of("PLO")
    assert ratio.shown == pytest.approx(tuple(np.exp([ratio.estimate, ratio.ci_low, ratio.ci_high])))
    assert share.shown == pytest.approx(tuple(expit([share.estimate, share.ci_low, share.ci_high])))
    assert math.isnan(share.statistic)
    risk = ratio.absolute(0.1)
    odds = 0.1 / 0.9 * ratio.shown[0]
    assert risk.risk[0] == pytest.approx(odds / (1 + odds), abs=1e-12)
    with pytest.raises(ValueError, match="of one group; there is no effect on a risk"):
        share.absolute(0.1)


REFUSED = [
    ({"ai": [0, 0], "n1i": [5, 6], "ci": [1, 2], "n2i": [6, 6]}, "group 1 has no events in any study"),
    (
        {"ai": [5, 6], "n1i": [5, 6], "ci": [1, 2], "n2i": [6, 6]},
        "group 1 has nothing but events in all studies",
    ),
    ({"ai": [1, 7], "n1i": [5, 6], "ci": [0, 2], "n2i": [6, 6]}, "study 2: group 1 has 7 of 6"),
    (
        {"ai": [1.5, 2], "n1i": [5, 6], "ci": [0, 2], "n2i": [6, 6]},
        "study 1: group 1 has 1.5 of 5; events are whole",
    ),
    (
        {"ai": [1, -2], "n1i": [5, 6], "ci": [0, 2], "n2i": [6, 6]},
        "study 2: group 1 has -2 of 6; events are whole",
    ),
    (
        {"ai": [1, 2], "n1i": [5, 6], "ci": [0, 2], "n2i": [6, 6.5]},
        "study 2: group 2 has 2 of 6.5; persons are whole",
    ),
    ({"ai": [1, 2], "ci": [0, 2], "n2i": [6, 6]}, "'n1i' is missing; expected ai, ci, n1i, n2i"),
    ({"ai": [1, 2], "n1i": [5, 6], "ci": [0, 2], "n2i": [6, 6], "xi": [1, 2]}, "unknown column 'xi'"),
    ({"ai": [1, None], "n1i": [5, 6], "ci": [0, 2], "n2i": [6, 6]}, "study 2: a count is missing"),
    ({"ai": [None], "n1i": [5], "ci": [0], "n2i": [6], "missing": "drop"}, "no study with all its counts"),
    ({"ai": [1, 0], "n1i": [5, 6], "ci": [0, 2], "n2i": [6, 6]}, "the likelihood rises without end"),
    ({"ai": [0, 6], "n1i": [5, 6], "ci": [0, 6], "n2i": [6, 6]}, "no study says anything of the effect"),
    ({"ai": [1, 2, 3], "n1i": [5, 6], "ci": [0, 2], "n2i": [6, 6]}, "expected as many of each"),
    (
        {"measure": "RD", "ai": [0, 0], "n1i": [5, 6], "ci": [1, 2], "n2i": [6, 6]},
        "group 1 has no events in any study: the difference is at the edge",
    ),
    (
        {
            "model": "BB",
            "correlated": True,
            "ai": [8, 983],
            "n1i": [4952, 9522],
            "ci": [27, 2588],
            "n2i": [14859, 28569],
        },
        "at an edge of the dependence",
    ),
    (COUNTS | {"model": "BBB"}, "unknown model 'BBB'"),
    (COUNTS | {"measure": "RR", "model": "CM.EL"}, "model CM.EL is not for RR; expected BB"),
    (COUNTS | {"measure": "XX"}, "unknown measure 'XX'"),
    (COUNTS | {"correlated": True}, "model CM.EL has nothing to correlate"),
    (COUNTS | {"coding": 1}, "coding belongs to UM.FS and UM.RS"),
    (COUNTS | {"coding": 0.7, "model": "UM.FS"}, "coding is 0.7; expected 0.5, 1 or 0"),
    (COUNTS | {"test": "F"}, "unknown test 'F'"),
    (COUNTS | {"level": 0.05}, "level is 0.05"),
]


@pytest.mark.parametrize(("given", "message"), REFUSED)
def test_what_cannot_be_pooled_is_refused_with_its_place(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        pool_rare(**given)


@pytest.mark.parametrize("lacking", ["ai", "n2i"])
def test_studies_without_all_counts_can_be_left_out(lacking: str) -> None:
    more: dict[str, Any] = {name: [*values, 3] for name, values in COUNTS.items()} | {
        lacking: [*COUNTS[lacking], None]
    }
    result = pool_rare(missing="drop", **more)
    assert result.estimate == pytest.approx(_of("OR").estimate, abs=1e-12)
    assert "1 study without all counts left out." in result.notes


def test_cells_and_totals_are_one() -> None:
    cells: dict[str, Any] = {
        "ai": COUNTS["ai"],
        "bi": [n - a for a, n in zip(COUNTS["ai"], COUNTS["n1i"], strict=True)],
        "ci": COUNTS["ci"],
        "di": [n - c for c, n in zip(COUNTS["ci"], COUNTS["n2i"], strict=True)],
    }
    assert pool_rare(**cells).to_dict() == _of("OR").to_dict()


def test_the_printed_result_has_its_numbers() -> None:
    result = _of("OR", model="UM.RS", correlated=True)
    text = str(result)
    assert text.startswith("Odds ratio of 10 studies\n  estimate")
    assert all(word in text for word in ("LR = ", "sigma2 of levels", "correlation"))
    assert text.count(result.method_sentence) == 1
    assert "rho" in str(_of("OR", model="BB"))
    page = result._repr_html_()
    assert page.count("<tr>") == text.count("\n") - 1 - len(result.notes)


def test_the_forest_plot_says_which_studies_have_no_effect_of_their_own() -> None:
    from synthesis.drawing.forest_table import NotReportedRow, PredictionRow, StudyRow, SummaryRow
    from synthesis.plots.drawable import PlotRequest
    from synthesis.plots.given import Given
    from synthesis.rare_events.rare_forest import rare_forest

    result = _of("OR")
    request = PlotRequest("forest", None, None, None, None, {})
    table = rare_forest(result, result._counts, request, Given())
    silent = {row.label: row.text for row in table.rows if isinstance(row, NotReportedRow)}
    assert silent == {
        "study 2": "no event",
        "study 7": "no event",
        "study 5": "no effect of its own",
        "study 6": "no effect of its own",
        "study 10": "no effect of its own",
    }
    first = next(row for row in table.rows if isinstance(row, StudyRow))
    odds = (3 * 57) / (57 * 1)
    error = 1.959963984540054 * math.sqrt(1 / 3 + 1 / 57 + 1 / 1 + 1 / 57)
    assert (first.estimate, first.low, first.high) == pytest.approx(
        (odds, odds * math.exp(-error), odds * math.exp(error)), rel=1e-9
    )
    assert first.cells == ("3/60", "1/58")
    summary = next(row for row in table.rows if isinstance(row, SummaryRow))
    assert (summary.label, summary.estimate) == ("CM.EL (8)", result.shown[0])
    ends = next(row for row in table.rows if isinstance(row, PredictionRow))
    assert (ends.low, ends.high) == pytest.approx(
        tuple(np.exp([result.prediction_low, result.prediction_high]))
    )
    with pytest.raises(NotDefinedError, match="has no funnel plot"):
        result.plot("funnel")


def test_pool_rare_is_public() -> None:
    assert synthesis.pool_rare is pool_rare


def test_the_likelihood_ratio_is_that_of_no_effect() -> None:
    """Given 13 events in equal times a common rate ratio of one gives each group half of them."""
    result = pool_rare("IRR", random=False, x1i=[6, 4], t1i=[50, 80], x2i=[1, 2], t2i=[50, 80])
    expected = 2.0 * (10 * math.log(10 / 6.5) + 3 * math.log(3 / 6.5))
    assert result.statistic**2 == pytest.approx(expected, abs=1e-10)
    assert result.shown[0] == pytest.approx(10 / 3, rel=1e-10)
    difference = pool_rare("RD", random=False, ai=[9, 3], n1i=[40, 60], ci=[2, 3], n2i=[50, 50])
    binomial = [12 * math.log(12 / 8.5) + 88 * math.log(88 / 91.5), 5 * math.log(5 / 8.5)]
    binomial.append(95 * math.log(95 / 91.5))
    assert difference.statistic**2 == pytest.approx(2.0 * math.fsum(binomial), abs=1e-10)


@pytest.mark.parametrize(("measure", "model", "correlated"), CASES)
def test_the_test_of_heterogeneity_has_one_degree_less_than_studies(
    measure: str, model: str, correlated: bool
) -> None:
    found = _of(measure, model=model, correlated=correlated)
    assert found.Q_df == found.k - 1
    if model in ("UM.RS", "BB"):
        assert math.isnan(found.Q)
        assert math.isnan(found.Q_p)
    else:
        assert found.Q_p == pytest.approx(stats.chi2.sf(found.Q, found.k - 1), rel=1e-10)


@pytest.mark.parametrize("measure", ["OR", "RR", "RD", "IRR", "PLO", "IRLN"])
def test_a_study_s_own_effect_in_a_plot_is_that_of_its_counts(measure: str) -> None:
    """By hand; without one where a count is zero, but for a difference of risks."""
    from synthesis.drawing.forest_table import StudyRow
    from synthesis.plots.drawable import PlotRequest
    from synthesis.plots.given import Given
    from synthesis.rare_events.rare_forest import rare_forest

    result = _of(measure, **({"model": "BB"} if measure in ("RR", "RD") else {}))
    request = PlotRequest("forest", None, None, None, None, {})
    table = rare_forest(result, result._counts, request, Given())
    found = [row for row in table.rows if isinstance(row, StudyRow)]
    no_effect = {"OR": 1.0, "RR": 1.0, "IRR": 1.0, "RD": 0.0, "PLO": None, "IRLN": None}[measure]
    assert (table.axis.null, table.axis.scale) == (
        no_effect,
        "linear" if measure in ("RD", "PLO") else "log",
    )
    a, n, c, m = (np.array(COUNTS[of], dtype=float) for of in ("ai", "n1i", "ci", "n2i"))
    with np.errstate(all="ignore"):
        effect, variance = {
            "OR": (logit(a / n) - logit(c / m), 1 / a + 1 / (n - a) + 1 / c + 1 / (m - c)),
            "RR": (np.log(a / n) - np.log(c / m), 1 / a - 1 / n + 1 / c - 1 / m),
            "RD": (a / n - c / m, a / n * (1 - a / n) / n + c / m * (1 - c / m) / m),
            "IRR": (np.log(a / n) - np.log(c / m), 1 / a + 1 / c),
            "PLO": (logit(a / n), 1 / a + 1 / (n - a)),
            "IRLN": (np.log(a / n), 1 / a),
        }[measure]
    whole = np.isfinite(effect) & np.isfinite(variance) & (variance > 0)
    assert len(found) == whole.sum() > 3
    half = stats.norm.ppf(0.975) * np.sqrt(variance[whole])
    shown: Any = {"RD": lambda x: x, "PLO": expit}.get(measure, np.exp)
    for row, y, width in zip(found, effect[whole], half, strict=True):
        expected = tuple(shown(np.array([y, y - width, y + width])))
        assert (row.estimate, row.low, row.high) == pytest.approx(expected, rel=1e-9)


def test_probabilities_that_move_against_each_other_have_all_the_negative_dependence() -> None:
    against = pool_rare(
        model="BB", correlated=True, ai=[2, 6, 9, 14], n1i=[20] * 4, ci=[12, 9, 6, 2], n2i=[20] * 4
    )
    assert against.correlation == pytest.approx(-1.0, abs=1e-10)
    assert "share of dependence  -1" in str(against)


@pytest.mark.parametrize(("measure", "model", "correlated"), CASES)
def test_a_row_stands_for_what_is_defined_alone(measure: str, model: str, correlated: bool) -> None:
    found = _of(measure, model=model, correlated=correlated)
    names = {line.strip().split("  ")[0] for line in str(found).splitlines()}
    values = {
        "test": found.statistic,
        "Q": found.Q,
        "prediction": found.prediction_low,
        "sigma2 of levels": found.sigma2,
        "share of dependence" if model == "BB" else "correlation": found.correlation,
        "rho": found.rho,
    }
    assert {name for name in values if name in names} == {
        name for name, value in values.items() if not math.isnan(value)
    }
    assert ("phi" in names, "tau2" in names) == (model == "BB", model != "BB")

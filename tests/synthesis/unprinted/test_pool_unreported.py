"""`pool_unreported`: what is said of results counts, beside the pool without them."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats

import synthesis
from synthesis import UnreportedPooled
from synthesis.drawing.forest_table import ForestTable
from synthesis.plots.drawable import PlotRequest

Y, S = [0.79, 0.40, 0.25], [0.29, 0.20, 0.22]
YI, SEI = [*Y, None], [*S, None]
SAID = [None, None, None, "not significant"]
NI = [653, 1500, 1200, 773]
SLAB = ["one", "two", "three", "four"]


def pooled(**other: object) -> UnreportedPooled:
    asked: dict[str, object] = {"yi": YI, "sei": SEI, "said": SAID, "ni": NI, "slab": SLAB} | other
    return synthesis.pool_unreported(asked.pop("yi"), **asked)  # type: ignore[arg-type]


def loss(mu: float, tau2: float, y: list[float], s: list[float], silent: list[float], c: float) -> float:
    """Minus the log-likelihood of Copas et al. 2014 with sure classifications, by scipy.stats."""
    total = 0.0
    for effect, error in zip(y, s, strict=True):
        total += stats.norm.logpdf(effect, mu, math.sqrt(error**2 + tau2))
    for error in silent:
        there = stats.norm(mu, math.sqrt(error**2 + tau2))
        total += math.log(there.cdf(c * error) - there.cdf(-c * error))
    return -total


@pytest.mark.parametrize("method", ["ML", "EE"])
def test_the_estimate_maximises_the_likelihood_of_copas(method: str) -> None:
    result = pooled(method=method)
    sigma = np.median(np.array(S) * np.sqrt(NI[:3]))
    silent = [float(sigma / math.sqrt(773))]

    def at(x: np.ndarray) -> float:
        return loss(x[0], max(x[1], 0.0) if method == "ML" else 0.0, Y, S, silent, 1.959963984540054)

    best = optimize.minimize(at, [0.4, 0.01], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-14})
    assert_allclose(result.loglik, -best.fun, atol=1e-9)
    assert_allclose(result.estimate, best.x[0], atol=1e-5)
    assert_allclose(result.sei, silent, rtol=1e-12)
    assert result.sei_from == ("typical sigma",)


def test_without_them_stand_the_same_likelihood_and_the_defaults_of_pool() -> None:
    result = pooled()
    usual = synthesis.pool(Y, sei=S, slab=SLAB[:3])
    assert_allclose(result.pooled.estimate, usual.estimate, rtol=1e-14)
    assert (result.pooled.method, result.pooled.test) == ("REML", "HKSJ")
    ml = synthesis.pool(Y, sei=S, method="ML", test="z")
    assert_allclose(result.without.estimate, ml.estimate, rtol=1e-10)
    assert_allclose(result.without.loglik, ml.loglik_ml, rtol=1e-10)
    assert pooled(method="fixed").pooled.method == "EE"


def test_a_result_that_was_not_significant_pulls_towards_no_effect() -> None:
    result = pooled()
    assert 0.0 < result.estimate < result.without.estimate
    assert result.p_value < 0.05
    assert pooled(yi=[-0.79, -0.40, -0.25, None]).estimate == pytest.approx(-result.estimate, rel=1e-9)
    assert pooled(yi=[-0.79, -0.40, -0.25, None]).statistic == pytest.approx(-result.statistic, rel=1e-9)


def test_p_is_that_of_the_likelihood_ratio_and_agrees_with_the_interval() -> None:
    result = pooled()
    assert_allclose(result.p_value, stats.chi2.sf(result.statistic**2, 1), rtol=1e-12)
    at_p = pooled(level=1.0 - result.p_value)
    assert_allclose(at_p.ci_low, 0.0, atol=1e-9)
    assert pooled(level=95).ci_low == result.ci_low


@pytest.mark.parametrize(
    ("other", "source", "expected"),
    [
        ({"sei": [0.29, 0.20, 0.22, 0.5]}, "given", 0.5),
        ({"sei": None, "vi": [0.09, 0.04, 0.05, 0.25]}, "given", 0.5),
        ({"sigma": [None, None, None, 4.0]}, "own sigma", 4.0 / math.sqrt(773)),
        ({"se_rule": "smallest"}, "typical sigma", 0.29 * math.sqrt(653 / 773)),
        ({"se_rule": "largest"}, "typical sigma", 0.20 * math.sqrt(1500 / 773)),
        (
            {"se_rule": "precision"},
            "typical sigma",
            math.sqrt((653 + 1500 + 1200) / (0.29**-2 + 0.2**-2 + 0.22**-2) / 773),
        ),
    ],
)
def test_a_standard_error_is_given_or_follows_from_n(
    other: dict[str, object], source: str, expected: float
) -> None:
    result = pooled(**other)
    assert result.sei_from == (source,)
    assert_allclose(result.sei, expected, rtol=1e-12)


def test_orbit_classes_are_statements() -> None:
    plain = pooled()
    for letter in ("A", "D", "E", "g"):
        found = pooled(said=[None, None, None, letter])
        assert found.estimate == plain.estimate
        assert found.classes == (letter.upper(),)
    for letter in ("C", "F", "H", "I"):
        found = pooled(said=[None, None, None, letter], ni=None)
        assert found.estimate == pytest.approx(plain.without.estimate, rel=1e-10)
        assert math.isnan(found.sei[0])
        assert found.sei_from == ("",)
    assert pooled(said=[None, None, None, "B"]).estimate > plain.without.estimate


def test_what_papers_print_for_not_significant_is_understood() -> None:
    for word in ("NS", "n.s.", "non-significant", "Not significant", "insignificant"):
        found = pooled(said=[None, None, None, word])
        assert found.said == ("not significant",)
        assert found.estimate == pooled().estimate


def test_a_reviewer_who_is_not_sure_gets_what_lies_between() -> None:
    estimates = [pooled(probability=q).estimate for q in (0.0, 0.3, 0.7, 1.0)]
    assert estimates == sorted(estimates, reverse=True)
    assert len(set(estimates)) == 4
    assert_allclose(estimates[0], pooled().without.estimate, rtol=1e-9)
    assert pooled(probability=[None, None, None, 0.3]).estimate == estimates[1]


def test_a_direction_counts_and_the_level_of_the_papers_test_does() -> None:
    higher = pooled(said=[None, None, None, "positive, not significant"])
    lower = pooled(said=[None, None, None, "negative, not significant"])
    assert lower.estimate < pooled().estimate < higher.estimate
    strict, loose = pooled(alpha=0.10), pooled(alpha=[None, None, None, 0.01])
    assert strict.estimate < pooled().estimate < loose.estimate


def test_data_frames_series_and_lists_give_the_same_in_any_order() -> None:
    frame = pd.DataFrame(
        {"b": pd.array(YI, dtype="Float64"), "s": SEI, "words": SAID, "n": NI, "study": SLAB}
    )
    plain = pooled()
    by_name = synthesis.pool_unreported("b", sei="s", said="words", ni="n", slab="study", data=frame)
    assert by_name.to_dict() == plain.to_dict()
    turned = frame.iloc[::-1]
    mixed = synthesis.pool_unreported(
        frame["b"], sei=turned["s"], said=turned["words"], ni=frame["n"], slab=frame["study"]
    )
    assert mixed.to_dict() == plain.to_dict()
    moved = synthesis.pool_unreported("b", sei="s", said="words", ni="n", slab="study", data=turned)
    assert_allclose(moved.estimate, plain.estimate, rtol=1e-12)
    assert moved.silent == ("four",)


def test_effects_of_escalc_go_in_with_their_logarithm() -> None:
    effects = synthesis.escalc(
        "OR", ai=[10, 20, None], bi=[90, 80, None], ci=[5, 15, None], di=[95, 85, None]
    )
    found = synthesis.pool_unreported(effects, said=[None, None, "not significant"], ni=[200, 200, 150])
    assert_allclose(found.pooled.estimate, synthesis.pool(effects, missing="drop").estimate, rtol=1e-12)
    drawn = found._drawn(PlotRequest("forest", None, None, None, None, {}))
    assert isinstance(drawn, ForestTable)
    assert (drawn.axis.label, drawn.axis.scale) == ("Odds ratio", "log")
    proportions = synthesis.escalc("PLO", xi=[1, 2], ni=[10, 20])
    with pytest.raises(ValueError, match="no value that means no effect"):
        synthesis.pool_unreported(proportions, said=[None, None])


def test_one_number_and_only_numbers_are_enough() -> None:
    one = synthesis.pool_unreported([0.5, None], sei=[0.1, 0.2], said=["", "not significant"])
    assert one.k == one.m == 1
    assert one.without.estimate == 0.5
    none = synthesis.pool_unreported([0.5, 0.1], sei=[0.1, 0.2], said=[None, float("nan")])
    assert none.m == 0
    assert none.estimate == pytest.approx(none.without.estimate)
    assert any("both pools are the same" in note for note in none.notes)
    assert "without" in str(none)
    assert "worst" not in str(none)


def test_the_worst_case_holds_every_value_that_the_statement_allows() -> None:
    result = pooled(method="EE")
    edge = 1.959963984540054 * float(result.sei[0])
    for value, bound in ((-edge, result.worst_case.lowest), (edge, result.worst_case.highest)):
        there = synthesis.pool([*Y, value], sei=[*S, float(result.sei[0])], method="EE")
        assert_allclose(bound, there.estimate, rtol=1e-10)
    low = synthesis.pool([*Y, -edge], sei=[*S, float(result.sei[0])], method="EE")
    assert_allclose(result.worst_case.ci_low, low.ci_low, rtol=1e-9)
    assert result.worst_case.selection_bias > 0.0


def test_the_text_says_what_was_done_and_json_holds_it() -> None:
    result = pooled(said=[None, None, None, "E"], probability=0.8)
    text = str(result)
    for piece in (
        "Pooled effect of 3 studies with numbers and 1 without",
        "four: ORBIT E, taken as not significant with probability 0.8; standard error 0.274",
        "sigma / sqrt(n) of the others, n = 773",
        "numbers alone, REML, HKSJ",
        "Copas et al. 2014",
        "worst to best case",
        "makes tau2 too small",
    ):
        assert piece in text
    assert repr(result) == text
    assert "<table>" in result._repr_html_()
    held = json.loads(json.dumps(result.to_dict()))
    assert held["without"]["estimate"] == result.without.estimate
    assert "places" not in held
    frame = result.to_frame()
    assert frame["worst_case.lowest"].item() == result.worst_case.lowest


def test_notes_name_sigmas_that_differ_and_labels_that_repeat() -> None:
    apart = pooled(sei=[0.029, 0.20, 0.22, None])
    assert any("fold, so that this is a guess" in note for note in apart.notes)
    assert not any("fold" in note for note in pooled().notes)
    assert any(note.startswith("Labels repeat") for note in pooled(slab=["a", "b", "a", "c"]).notes)
    hills = pooled(yi=[0.05, None, None, None], said=["", *["significant"] * 3], sei=[0.3, 0.1, 0.1, 0.1])
    assert any("hills" in note for note in hills.notes)
    many = synthesis.pool_unreported(
        [*[0.1] * 9, None], sei=[0.1] * 10, said=[*[None] * 9, "not significant"]
    )
    assert not any("too small" in note for note in (*many.notes, *pooled(method="EE").notes))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"said": [None, None, None, None]}, "four: yi is missing and nothing is said of it"),
        ({"said": ["ns?", None, None, "not significant"]}, "one: yi is 0.79 and said is 'ns[?]'"),
        (
            {"said": [None, None, None, "not signifcant"]},
            "four: unknown statement.*did you mean 'not significant'",
        ),
        ({"said": [None, None, None, "J"]}, "Expected one of 'not significant', 'positive, not significant'"),
        ({"said": "not significant"}, "said is 'not significant'; expected what is said of each"),
        ({"said": None}, "said is None"),
        ({"said": [None, None, None]}, "labels for 3 studies"),
        ({"yi": [None] * 4, "said": ["positive"] * 4}, "no study has a number"),
        (
            {"ni": [653, 1500, 1200, None]},
            "four: said to be 'not significant', but neither its standard error",
        ),
        ({"ni": [None, None, None, 773]}, "four: said to be .* of which none has an n"),
        ({"ni": [653, 1500, 1200, 0]}, "four: ni is 0"),
        ({"ni": [653, 1500, 1200]}, "ni has 3 values for 4 studies"),
        ({"sei": [0.29, 0.20, 0.22, 0.0]}, "four: sei is not above zero"),
        ({"sei": [0.29, 0.20, -0.22, None]}, "three: sei is -0.22"),
        ({"sei": None, "vi": [0.09, 0.04, 0.05, -0.1]}, "four: vi is not above zero"),
        ({"sei": [0.29, 0.20, 0.22, 1e10]}, "four: its standard error, 1e[+]10, is .* check the units"),
        ({"sigma": [None, None, None, -1.0]}, "four: sigma is -1"),
        ({"probability": 1.2}, "one: probability is 1.2; expected 0 to 1"),
        ({"alpha": 5}, "one: alpha is 5; expected the level"),
        ({"alpha": 0}, "alpha is 0"),
        ({"method": "REML"}, "method 'REML' is not defined for results without numbers"),
        ({"se_rule": "mean"}, "unknown se_rule"),
        ({"level": 0.05}, "did you mean 0.95"),
        ({"vi": [0.1] * 4}, "not both"),
    ],
)
def test_what_cannot_be_is_refused_with_the_study_and_a_way_out(
    other: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        pooled(**other)

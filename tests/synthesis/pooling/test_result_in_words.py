"""A result in words: its rows, the sentence of its method, and the notes that a reader needs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from synthesis import pool
from synthesis.pooling.as_data import plain

YI = [0.1, 0.5, 0.3, 0.9]
VI = [0.01, 0.02, 0.03, 0.04]


def rows(result: Any) -> dict[str, str]:
    """The lines of the compact block, by their names."""
    lines = [line[2:].split("  ", 1) for line in str(result).splitlines()[1:]]
    return {line[0]: line[1].strip() for line in lines if len(line) == 2}


# Two effects of 0 and 2 with variance one. By hand: the mean is 1 with variance 1/2, Q = 2, I2 = 1/2; with
# tau2 = 1 its variance is 1; Q / (1 + tau2) is a chi-squared quantile at the ends, 2 / 0.00098207 - 1 above.
PAIR = ([0.0, 2.0], [1.0, 1.0])


def test_equal_effects_by_hand() -> None:
    assert str(pool(*PAIR, method="EE")).splitlines()[:6] == [
        "Pooled effect of 2 studies",
        "  estimate  1, 95% CI [-0.3859, 2.386]",
        "  test      z = 1.414, p = 0.16",
        "  tau2      0, 95% CI [0, 2036]",
        "  I2        50.0%, 95% CI [0.0, 100.0]",
        "  Q         2 on 1 df, p = 0.16",
    ]


def test_random_effects_by_hand() -> None:
    """t with one df: its quantile is tan(0.475 pi) = 12.706, and half of it lies beyond 1."""
    found = rows(pool(*PAIR, test="t"))
    assert list(found) == ["estimate", "test", "tau2", "I2", "Q", "prediction", "Bayesian"]
    assert found["estimate"] == "1, 95% CI [-11.71, 13.71]"
    assert found["test"] == "t(1) = 1.000, p = 0.50"
    assert found["tau2"] == "1, 95% CI [0, 2036]"
    half = 12.706204736 * math.sqrt(2.0)
    assert found["prediction"] == f"95% [{1 - half:.4g}, {1 + half:.4g}]"
    assert found["Bayesian"].startswith("1, 95% [")
    # At 80 percent the quantile is tan(0.4 pi), and those of chi-squared are 2.7055 and 0.015791.
    at_80 = rows(pool(*PAIR, test="t", level=80))
    assert at_80["estimate"] == "1, 80% CI [-2.078, 4.078]"
    assert at_80["tau2"] == "1, 80% CI [0, 125.7]"
    assert at_80["I2"] == "50.0%, 80% CI [0.0, 99.2]"
    assert at_80["prediction"] == "80% [-3.353, 5.353]"
    assert at_80["Bayesian"].startswith("1, 80% [")


def test_one_study_has_its_effect_and_its_test_alone() -> None:
    assert str(pool([0.4], sei=[0.1], slab=["Hart 1999"])).splitlines() == [
        "Hart 1999: one study, nothing pooled",
        "  estimate  0.4, 95% CI [0.204, 0.596]",
        "  test      z = 4.000, p < 0.0001",
        "  One study, nothing pooled; normal (Wald z) interval from its own standard error.",
        "  Note: One study, nothing pooled: the numbers are the study's own.",
    ]


def test_without_a_prediction_interval_there_is_no_row_of_it() -> None:
    assert list(rows(pool(YI, VI))) == ["estimate", "test", "tau2", "I2", "Q", "prediction"]
    assert list(rows(pool(YI, VI, method="EE"))) == ["estimate", "test", "tau2", "I2", "Q"]
    assert "HC = " in rows(pool(YI, VI, test="HC"))["test"]


@pytest.mark.parametrize("shift", [-50.0, 0.0, 50.0])
def test_which_interval_is_narrower_does_not_depend_on_where_they_lie(shift: float) -> None:
    """Effects 0.1 apart with variances of one agree better than chance; those of the pair do not."""
    close = pool(np.array([-0.15, -0.05, 0.05, 0.15]) + shift, [1.0] * 4)
    assert close.narrower_than_wald
    assert list(rows(close))[:4] == ["estimate, HKSJ", "estimate, Wald", "test, HKSJ", "test, Wald"]
    # The mean is the shift with variance 1/4; by HKSJ times Q / 3, Q = 0.05.
    se = math.sqrt(0.25 * 0.05 / 3)
    assert rows(close)["test, Wald"].startswith(f"z = {shift / 0.5:.3f}, p ")
    assert rows(close)["test, HKSJ"].startswith(f"t(3) = {shift / se:.3f}, p ")
    assert (
        rows(close)["estimate, Wald"] == f"{shift:.4g}, 95% CI [{shift - 0.97998:.4g}, {shift + 0.97998:.4g}]"
    )
    half = 3.182446 * se
    assert rows(close)["estimate, HKSJ"] == f"{shift:.4g}, 95% CI [{shift - half:.4g}, {shift + half:.4g}]"
    assert not pool(np.array([-0.15, -0.05, 0.05, 0.15]) + shift, [1.0] * 4, test="t").narrower_than_wald
    assert not pool(np.array(PAIR[0]) + shift, PAIR[1]).narrower_than_wald


def test_a_notebook_has_the_rows_the_sentence_and_the_notes() -> None:
    page = pool([0.4], [0.1], slab=["A & B"])._repr_html_()
    assert page.startswith("<table><caption>A &amp; B: one study, nothing pooled</caption><tbody><tr><th>est")
    assert page.endswith(
        "</td></tr></tbody></table><p>One study, nothing pooled; normal (Wald z) interval from its own "
        "standard error.</p><p>One study, nothing pooled: the numbers are the study&#x27;s own.</p>"
    )


def test_plain_python_for_json() -> None:
    found = plain({1: np.array([1.0, math.nan]), "b": (np.int64(2), math.inf), "c": [True, "x", None, -1.5]})
    assert found == {"1": [1.0, None], "b": [2, None], "c": [True, "x", None, -1.5]}
    assert plain(pool(YI, VI))["weights"] == pool(YI, VI).weights.tolist()
    assert plain(pool(YI[:2], VI[:2]).bayes)["level"] == 0.95


SENTENCES: list[tuple[dict[str, Any], str]] = [
    (
        {"weights": "fixed", "method": "DL", "test": "z"},
        "Random effects: DerSimonian-Laird (DL), inverse sampling variances for the mean; Wald z interval; "
        "Q-profile interval for tau2; prediction interval t (3 df).",
    ),
    (
        {"weights": "equal", "method": "EE"},
        "Equal effects, equal weights for the mean; Wald z interval; Q-profile interval for tau2; "
        "no prediction interval.",
    ),
    (
        {"weights": [1, 2, 3, 4], "prediction": "z", "tau2_interval": "J"},
        "Random effects: restricted maximum likelihood (REML), weights given by the user for the mean; "
        "Hartung-Knapp-Sidik-Jonkman t interval (3 df); Jackson interval for tau2; prediction interval z.",
    ),
    (
        {"prediction": "HTS", "test": "HC"},
        "Random effects: DerSimonian-Laird (DL); Henmi-Copas interval; Q-profile interval for tau2; "
        "prediction interval Higgins-Thompson-Spiegelhalter: t(k-2) with the Wald standard error.",
    ),
    (
        {"prediction": "t(k-2)", "weights": [1, 1, 1, 1], "method": "GENQ", "test": "t"},
        "Random effects: generalised Q (weights given) (GENQ), weights given by the user for the mean; "
        "Wald t interval (3 df); Q-profile interval for tau2; prediction interval t (2 df).",
    ),
    (
        {"method": "GENQ", "test": "t", "weights": "equal"},
        "Random effects: generalised Q (weights 1/se) (GENQ), equal weights for the mean; Wald t interval "
        "(3 df); Q-profile interval for tau2; prediction interval t (3 df).",
    ),
]


@pytest.mark.parametrize(("choices", "sentence"), SENTENCES, ids=[s for _, s in SENTENCES])
def test_the_sentence_of_the_method_names_every_choice(choices: dict[str, Any], sentence: str) -> None:
    assert pool(YI, VI, **choices).method_sentence == sentence


# Notes, each with what calls for it and what does not.

REPEATED = (
    "Study labels repeat: these estimates are not independent ({}), which this model takes them to be; its "
    "standard errors are too small if they share persons."
)
NO_WIDTH = "Even with tau2 = 0 the studies agree better than sampling error alone would allow"
OUTSIDE = "The tau2 estimate ("
PIECES = "The profile likelihood has several maxima"
CLOSE = ([1.0, 1.1, 1.2, 1.3], [1.0] * 4)
FAR = ([-0.8, -0.2, -9.1], [0.26, 0.02, 7.94])  # DL's tau2 is 1.24, below its Q-profile interval
TWO_PEAKS = ([-3.5, -0.1, 0.1, 0.0], [0.811, 0.011, 0.061, 0.005])


@pytest.mark.parametrize(
    ("slab", "says"),
    [
        ("abca", "a stands 2 times"),
        ("abbb", "b stands 3 times"),
        ("abba", "a stands 2 times and 1 more"),
    ],
)
def test_labels_that_repeat_are_counted(slab: str, says: str) -> None:
    assert pool(YI, VI, slab=list(slab)).notes == (REPEATED.format(says),)
    assert pool(YI, VI, slab=list("abcd")).notes == ()


def test_three_labels_that_repeat() -> None:
    found = pool([*YI, *YI], [*VI, *VI], slab=list("abbcaadd"))
    assert found.notes == (REPEATED.format("a stands 3 times and 2 more"),)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_few_studies_are_cautioned(k: int) -> None:
    caution = (
        f"With {k} studies the between-study variance cannot be estimated with any precision: the data show "
        "whether the studies agree, not how much effects differ elsewhere. The Bayesian interval with a "
        "weakly informative prior for tau is given beside it."
    )
    alone = "One study, nothing pooled: the numbers are the study's own."
    assert pool(YI[:k], VI[:k]).notes == {1: (alone,), 2: (caution,), 3: (caution,), 4: ()}[k]


def test_the_narrower_interval_is_said_with_walds_at_its_level() -> None:
    """0.05 of Q on three df; quantiles at 90 percent are 2.3534 and 1.6449."""
    half, wald = 2.353363 * math.sqrt(0.25 * 0.05 / 3), 1.644854 * 0.5
    (note, *_) = pool(*CLOSE, level=0.9).notes
    assert note == (
        f"The Hartung-Knapp-Sidik-Jonkman 90% interval [{1.15 - half:.4g}, {1.15 + half:.4g}] is narrower "
        f"than the Wald interval [{1.15 - wald:.4g}, {1.15 + wald:.4g}], as the studies agree better than "
        "their variances allow; consider the wider one."
    )


def test_a_prediction_that_needs_more_studies_is_said_unless_none_is_asked_for() -> None:
    says = "No prediction interval: {} needs more than 2 studies."
    for kind in ("t(k-2)", "HTS"):
        assert pool(YI[:2], VI[:2], prediction=kind).notes[-1] == says.format(kind)
        assert not any("No prediction" in note for note in pool(YI[:3], VI[:3], prediction=kind).notes)
        assert not any("No prediction" in note for note in pool(YI[:1], VI[:1], prediction=kind).notes)
    assert not any("No prediction" in note for note in pool(YI[:2], VI[:2], method="EE").notes)


@pytest.mark.parametrize(
    ("data", "choices", "start", "said"),
    [
        (CLOSE, {}, NO_WIDTH, True),
        (CLOSE, {"tau2_interval": "J"}, NO_WIDTH, False),  # its interval ends at zero too
        ((YI, VI), {}, NO_WIDTH, False),
        (FAR, {"method": "DL"}, OUTSIDE, True),
        (FAR, {"method": "EE"}, OUTSIDE, False),
        (FAR, {"method": "PM"}, OUTSIDE, False),
        (FAR, {"method": "DL", "tau2_interval": "J"}, OUTSIDE, False),
        (CLOSE, {"method": "SJ"}, OUTSIDE, True),
        (CLOSE, {"method": "SJ", "tau2_interval": "J"}, OUTSIDE, False),
        (TWO_PEAKS, {"tau2_interval": "PL-ML"}, PIECES, True),
        (TWO_PEAKS, {"tau2_interval": "QP"}, PIECES, False),
        ((YI, VI), {"tau2_interval": "PL-ML"}, PIECES, False),
    ],
)
def test_intervals_of_tau2_that_are_odd_are_said(
    data: Any, choices: dict[str, Any], start: str, said: bool
) -> None:
    assert any(note.startswith(start) for note in pool(*data, **choices).notes) == said


def test_an_estimate_outside_its_interval_is_given_with_it() -> None:
    """By hand, with weights 1 / v: tau2 = (Q - 2) / (sum w - sum w2 / sum w)."""
    y, v = (np.array(values) for values in FAR)
    w = 1.0 / v
    q = np.sum(w * (y - np.sum(w * y) / w.sum()) ** 2)
    tau2 = (q - 2) / (w.sum() - np.sum(w * w) / w.sum())
    found = pool(*FAR, method="DL")
    assert found.notes[-1] == (
        f"The tau2 estimate ({tau2:.4g}) lies outside its Q-profile interval [{found.tau2_low:.4g}, "
        f"{found.tau2_high:.4g}]: the two rest on different equations, and here they disagree."
    )
    assert tau2 < found.tau2_low


def test_the_most_important_note_stands_first() -> None:
    found = pool([*CLOSE[0], None], [*CLOSE[1], 1.0], missing="drop", slab=list("aabbc"), method="SJ").notes
    starts = ["1 study without", "Study labels repeat", "The Hartung-Knapp", NO_WIDTH, OUTSIDE]
    assert [note.startswith(start) for note, start in zip(found, starts, strict=True)] == [True] * 5

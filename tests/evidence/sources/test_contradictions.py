"""Candidates against themselves: the audit's own questions."""

from __future__ import annotations

import pytest

from evidence.sources.contradictions import contradictions_of
from tests.evidence.sources.candidate_words import read


def rules(text: str) -> list[str]:
    [candidate] = read(text)
    return [each.rule for each in contradictions_of(candidate)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("OR 0.84 (95% CI 0.63-1.12; P = .23)", []),
        ("OR 0.84 (95% CI 0.63-1.12; P = .003)", ["p-against-significance"]),
        ("OR 0.84 (30% CI 0.63-1.12; P = .003)", ["p-against-significance"]),
        ("MD 5 (95% CI 1.1-2.2)", ["estimate-outside-interval"]),
        # what is beyond any measurement is not computed with
        ("MD 5000000000000000000000 (95% CI 1.1-2.2)", []),
        ("MD 0.84 (95% CI 1.1-5000000000000000000000)", []),
        ("B = 0.52, SE = 0.10, t(0) = 5.2, p = .4", ["p-against-statistic", "p-against-se"]),
        ("OR 0.48 (95% CI 0.63-1.12)", ["estimate-outside-interval"]),
        ("OR 0.84 (95% CI 1.12-0.63)", ["limits-reversed"]),
        ("MD -0.84 (95% CI -1.12, -0.56)", []),
        ("OR -0.84 (95% CI -1.12, -0.56)", ["ratio-not-positive"]),
        ("log OR -0.84 (95% CI -1.12, -0.56)", []),
        ("β 0.13 (SE 0.04, p = 0.001)", []),
        ("β 0.13 (SE 0.04, p = 0.4)", ["p-against-se"]),
        ("β = 0.13 ± 0.04, p = 0.4", []),
        ("r = 1.45, p = 0.003", ["out-of-range"]),
        ("r = 0.45 (n = 50, p = 0.001)", []),
        ("r = 0.45 (n = 50, p = 0.4)", ["p-against-correlation"]),
        ("r = 0.45 (n = 0, p = 0.4)", []),
        ("B = 0.52, SE = 0.10, t(98) = 5.2, p < .001", []),
        ("B = 0.52, SE = 0.10, t(98) = 2.5, p < .001", ["p-against-statistic", "statistic-against-effect"]),
        ("OR 0.84 (90% CI 0.63-1.12; P = .32)", []),
        ("OR 0.84 (95% CI 0.63-1.12; P = 1.2)", []),
        ("12/40 (30%)", []),
        ("12/40 (35%)", ["percent-of-counts"]),
        ("13/40 (32%)", []),
        ("13/40 (33%)", []),
        ("12/40 (30.1%)", ["percent-of-counts"]),
        ("46 (23%)", []),
        ("mean age 62.6 (SD 8.0)", []),
        ("1,325 were excluded", []),
    ],
)
def test_what_cannot_be_true_is_told_by_its_rule(text: str, expected: list[str]) -> None:
    assert rules(text) == expected


def test_of_an_unknown_measure_only_what_no_measure_could_be() -> None:
    assert rules("It was 0.48 (95% CI 0.63, 1.12)") == ["estimate-outside-interval"]
    assert rules("It was 0.70 (95% CI 0.55, 0.89)") == [], "of a slope it is asymmetric, of a ratio it is not"
    assert rules("It was 0.70 (95% CI 0.55, 0.89), p = 0.004") == [], "a ratio has such a p"
    assert "p-against-significance" in rules("It was 3.0 (95% CI 2.0, 4.5), p = 0.6")
    assert "p-against-significance" in rules("It was -3.0 (95% CI -4.5, -1.5), p = 0.6")


def test_the_words_and_the_hint_are_the_audits() -> None:
    [candidate] = read("OR 0.48 (95% CI 0.63-1.12)")
    [wrong] = contradictions_of(candidate)
    assert wrong.says == "the estimate 0.48 lies outside its own 95% interval [0.63, 1.12]"
    assert wrong.hint
    [candidate] = read("12/40 (35%)")
    [wrong] = contradictions_of(candidate)
    assert (wrong.says, wrong.hint) == ("12 of 40 are 30%, not 35%", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a percentage is what events and total give, as far as its digits tell
        ("31/40 (77.5%)", []),
        ("31/40 (78%)", []),
        ("31/40 (77%)", []),
        ("31/40 (76%)", ["percent-of-counts"]),
        ("1/80 (1%)", []),
        ("1/80 (2%)", ["percent-of-counts"]),
        ("0/40 (0%)", []),
        ("0/40 (1%)", ["percent-of-counts"]),
        ("40/40 (100%)", []),
        ("40/40 (99%)", ["percent-of-counts"]),
        ("12 of 40 died", []),
        ("12/40 (1e200%)", []),
        # one limit, another level, df, n and t as far as they can be true
        ("OR 0.84 (80% CI 0.63-1.12; P = .44)", []),
        ("OR 0.84 (95% CI 0.63-1.12; P = .44)", ["p-against-interval"]),
        ("OR 0.84 (80% CI 0.63-1.12; P = .003)", ["p-against-significance"]),
        ("B = 0.52, SE = 0.10, t(0) = 5.2, p < .001", []),
        ("B = 0.52, SE = 0.10, t(1) = 5.2, p < .001", ["p-against-se", "p-against-statistic"]),
        ("B = 0.52, SE = 0.10, t(3) = 5.2, p < .001", ["p-against-se", "p-against-statistic"]),
        ("B = 0.52, SE = 0.10, t(98) = 5.2, p = .4", ["p-against-se", "p-against-statistic"]),
        ("r = 0.45 (n = 3, p = 0.7)", []),
        ("β 0.52 (SE 0.10, n = 1, p = 0.05)", []),
        ("β 0.52 (SE 0.10, n = 0, p = 0.05)", ["p-against-se"]),
    ],
)
def test_each_number_counts_as_far_as_it_can_be_one(text: str, expected: list[str]) -> None:
    assert sorted(rules(text)) == expected
